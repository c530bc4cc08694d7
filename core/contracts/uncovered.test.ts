import { describe, expect, it } from "vitest";
import { uncovered } from "./uncovered.ts";

const SECOND = 1_000_000_000n;

/** Captures of these first and last seconds. */
function captures(packets: number, ...spans: readonly (readonly [number, number])[]) {
  const ns = (seconds: number) => (BigInt(Math.round(seconds * 1000)) * (SECOND / 1000n)).toString();
  return spans.map(([first, last], i) => ({
    ...{ number: i + 1, path: `${i}.pcapng`, octets: 0, sha256: "", format: "", damage: [], packets },
    tsFirst: ns(first),
    tsLast: ns(last),
  }));
}

describe("what is not covered", () => {
  it("is no border between segments of a capture that was rotated, but a time between two captures", () => {
    const rotated = captures(5000, [0, 299.99], [300, 599.5], [600, 900]);
    expect(uncovered({ captures: rotated, gaps: [] })).toEqual([]);
    const apart = captures(5000, [0, 300], [420, 700], [100, 310]);
    expect(uncovered({ captures: apart, gaps: [] })).toEqual([
      { from: (310n * SECOND).toString(), to: (420n * SECOND).toString() },
    ]);
  });

  it("is judged by the pace of a thin capture, and what a recording knows of itself counts whatever its length", () => {
    const thin = captures(3, [0, 250], [350, 590], [700, 900]);
    expect(uncovered({ captures: thin, gaps: [] })).toEqual([]);
    const gap = { from: "5", to: "6" };
    expect(uncovered({ captures: thin, gaps: [gap] })).toEqual([gap]);
  });
});
