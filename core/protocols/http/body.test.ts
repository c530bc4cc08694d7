import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { CarriedFile } from "../carried-file.ts";
import { BodyMeter } from "./body.ts";

const FACTS = { coding: "gzip", boundary: null, filename: null, length: -1, range: null } as const;

function meter(taken: number[] = []): { meter: BodyMeter; givenUp: number } {
  const file = {
    wants: true,
    data: (bytes: Uint8Array, start: number, end: number) => taken.push(...bytes.subarray(start, end)),
    skipped: () => undefined,
    close: () => undefined,
  } as unknown as CarriedFile;
  const said = { meter: null as unknown as BodyMeter, givenUp: 0 };
  said.meter = new BodyMeter(
    FACTS,
    () => file,
    () => void said.givenUp++,
  );
  return said;
}

describe("compressed bodies", () => {
  it("are unpacked from pieces of one octet as from one", () => {
    const taken: number[] = [];
    const said = meter(taken);
    const packed = gzipSync("what was in it");
    for (let i = 0; i < packed.length; i++) said.meter.add(packed, i, i + 1);
    expect(said.meter.finish(true)).toBe(14);
    expect(Buffer.from(taken).toString()).toBe("what was in it");
    expect(said.givenUp).toBe(0);
  });

  it("have a bound together, and those that find no room are told", () => {
    const mebibyte = new Uint8Array(1 << 20);
    const all = Array.from({ length: 66 }, () => meter());
    for (const { meter } of all) meter.add(mebibyte, 0, mebibyte.length);
    for (const { meter } of all) meter.finish(true);
    expect(all.map(({ givenUp }) => givenUp)).toEqual([...Array<number>(64).fill(0), 1, 1]);
    const next = meter();
    next.meter.add(mebibyte, 0, 1);
    next.meter.finish(true);
    expect(next.givenUp).toBe(0);
  });
});
