import { describe, expect, it } from "vitest";
import type { FrameBatch } from "../capture/frame-batch.ts";
import { GapMeter } from "./gap-meter.ts";

function batchAt(times: readonly bigint[]): FrameBatch {
  return { ts: BigInt64Array.from(times), count: times.length } as FrameBatch;
}

const SECOND = 1_000_000_000n;
const START = 1_700_000_000n * SECOND;

describe("GapMeter", () => {
  it("finds the hole in steady traffic, across batches", () => {
    const meter = new GapMeter();
    const steady = (from: bigint) => Array.from({ length: 1000 }, (_, i) => from + BigInt(i) * SECOND);
    meter.add(batchAt(steady(START)));
    meter.add(batchAt(steady(START + 4000n * SECOND)));
    expect(meter.gaps()).toEqual([{ from: START + 999n * SECOND, to: START + 4000n * SECOND }]);
  });
  it("does not call the pace of a thin capture a gap", () => {
    const meter = new GapMeter();
    meter.add(batchAt(Array.from({ length: 2000 }, (_, i) => START + BigInt(i) * 600n * SECOND)));
    expect(meter.gaps()).toEqual([]);
  });
  it("passes over frames that go back in time", () => {
    const meter = new GapMeter();
    meter.add(batchAt([START, START - SECOND, START + SECOND]));
    expect(meter.gaps()).toEqual([]);
  });
});
