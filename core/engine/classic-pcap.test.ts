import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createClassicPcap } from "./classic-pcap.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-pcap-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const described = (linkType: number) => ({ linkType, snapLength: 0 });

describe("carved packets as a classic pcap", () => {
  it("keep their nanoseconds and lengths, whatever interface they came by", async () => {
    const path = join(folder, "a.pcap");
    const file = createClassicPcap(path);
    await file.addInterface(described(1));
    await file.frame(0, 1_709_259_247_123_456_789n, 60, new Uint8Array([1, 2, 3]), ["left out"]);
    expect(await file.addInterface(described(1))).toBe(1);
    await file.frame(1, 1_709_259_248_000_000_001n, 3, new Uint8Array([4, 5, 6]));
    await file.close();
    const octets = readFileSync(path);
    expect(octets.length).toBe(24 + 2 * (16 + 3));
    expect(octets.readUInt32LE(0)).toBe(0xa1b23c4d);
    expect([0, 4, 8, 12].map((at) => octets.readUInt32LE(24 + at))).toEqual([1_709_259_247, 123_456_789, 3, 60]);
    expect(octets.readUInt32LE(43 + 4)).toBe(1);
  });

  it("refuse a second link type", async () => {
    const file = createClassicPcap(join(folder, "b.pcap"));
    await file.addInterface(described(1));
    await expect(file.addInterface(described(113))).rejects.toThrow(/two link types \(1 and 113\).*\.pcapng/);
    await file.close();
  });
});
