import { expect, it } from "vitest";
import { volumePaths } from "./overview-volume.ts";

it("draws the volume within the time axis, though buckets begin before it and end behind it", () => {
  const buckets = [0, 10, 20].map((from) => ({ from: String(from), octetsIn: 5, octetsOut: 5, sessions: 2 }));
  const { sessions, into, out } = volumePaths(buckets, (ns) => 4 * Number(ns) - 2, [2, 100]);
  for (const path of [sessions, into, out]) {
    const places = [...path.matchAll(/[ML]([\d.]+),/g)].map(([, x]) => Number(x));
    expect([Math.min(...places), Math.max(...places)]).toEqual([2, 100]);
  }
});
