import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TrialHolder } from "../../test/analyzer-harness.ts";
import { Charge } from "../bytes/held-budget.ts";
import { BlockRanges } from "./block-ranges.ts";

it("take what they have, less when they are taken out, nothing when they are released", () => {
  const holder = new TrialHolder();
  const ranges = new BlockRanges(new Charge(null, holder));
  for (let i = 0; i < 1000; i++) ranges.add(10 * i, 10 * i + 5);
  expect(holder.carried).toBeGreaterThan(14_000);
  ranges.remove(0, 9000);
  expect(holder.carried).toBeLessThan(3000);
  ranges.release();
  expect([holder.carried, ranges.count]).toEqual([0, 0]);
});

describe("ranges that are taken out again", () => {
  it("leave what lies before and behind them", () => {
    const ranges = new BlockRanges();
    ranges.add(0, 100);
    ranges.add(200, 300);
    ranges.remove(50, 250);
    expect([ranges.list(9), ranges.octets, ranges.end]).toEqual([
      [
        [0, 50],
        [250, 300],
      ],
      100,
      300,
    ]);
    ranges.remove(10, 20);
    expect(ranges.list(2)).toEqual([
      [0, 10],
      [20, 50],
    ]);
  });
});

describe("BlockRanges", () => {
  it("counts what a plain set of octets would", () => {
    const range = fc.tuple(fc.nat(200), fc.nat(40));
    fc.assert(
      fc.property(fc.array(range), range, (ranges, [start, octets]) => {
        const known = new BlockRanges();
        const plain = new Set<number>();
        for (const [first, size] of ranges) {
          known.add(first, first + size);
          for (let at = first; at < first + size; at++) plain.add(at);
        }
        let overlap = 0;
        for (let at = start; at < start + octets; at++) if (plain.has(at)) overlap++;
        expect(known.overlap(start, start + octets)).toBe(overlap);
      }),
    );
  });

  it("keeps its memory bounded, the large ranges longest", () => {
    const known = new BlockRanges();
    known.add(0, 1000);
    for (let i = 1; i < 20_000; i++) known.add(i * 2000, i * 2000 + 10);
    expect(known.count).toBeLessThanOrEqual(4096);
    expect(known.overlap(0, 1000)).toBe(1000);
  });
});
