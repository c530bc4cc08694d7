import { describe, expect, it } from "vitest";
import type { BlockAct, BlockRun } from "./block-runs.ts";
import { BlockRuns } from "./block-runs.ts";

const act = (offset: number, octets: number, second = 0, more: Partial<BlockAct> = {}): BlockAct => ({
  operation: "WRITE",
  kind: "write",
  outcome: "granted",
  status: "GOOD",
  sense: null,
  offset,
  span: octets,
  octets,
  overwritten: 0,
  ranges: null,
  detail: "",
  head: null,
  from: { ts: BigInt(second) * 1_000_000_000n, capture: 1, frame: 1 },
  to: { ts: BigInt(second) * 1_000_000_000n, capture: 1, frame: 1 },
  ...more,
});

function told(acts: readonly BlockAct[]): BlockRun[] {
  const runs: BlockRun[] = [];
  const blocks = new BlockRuns((run) => void runs.push(run));
  for (const one of acts) blocks.add(one);
  blocks.close();
  return runs;
}

describe("BlockRuns", () => {
  it("makes a hundred thousand writes in a row one row, up or down the disk", () => {
    const up = Array.from({ length: 100_000 }, (_, i) => act(i * 512, 512));
    expect(told(up)).toMatchObject([{ commands: 100_000, offset: 0, end: 51_200_000, octets: 51_200_000 }]);
    expect(told(up.slice(0, 100).reverse())).toMatchObject([{ commands: 100, offset: 0, end: 51_200 }]);
  });

  it("follows several runs at a time", () => {
    const acts = Array.from({ length: 400 }, (_, i) => act((i % 4) * 1_000_000 + Math.floor(i / 4) * 512, 512));
    expect(told(acts).map(({ commands }) => commands)).toEqual([100, 100, 100, 100]);
  });

  it("puts small writes all over the disk together", () => {
    const runs = told(Array.from({ length: 10_000 }, (_, i) => act(((i * 7919) % 10_007) * 4096, 512)));
    expect(runs.length).toBeLessThan(20);
    expect(runs.reduce((sum, { commands }) => sum + commands, 0)).toBe(10_000);
    expect(runs.some(({ scattered }) => scattered)).toBe(true);
  });

  it("begins anew after a rest, and where a write falls on what is known", () => {
    expect(told([act(0, 512), act(512, 512, 61)])).toHaveLength(2);
    expect(told([act(0, 512), act(512, 512, 1, { overwritten: 512 })])).toHaveLength(2);
  });

  it("tells changes one by one, up to a bound", () => {
    const changes = Array.from({ length: 5000 }, (_, i) =>
      act(i * 512, 512, 0, { operation: "UNMAP", kind: "change" }),
    );
    expect(told(changes)).toHaveLength(1001);
  });
});
