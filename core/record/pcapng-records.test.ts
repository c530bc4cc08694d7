import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pcapngFile, pcapStream } from "../../test/pcap-stream.ts";
import { encodeInterface, encodePacket, encodeSection } from "../capture/pcapng-encode.ts";
import { PcapngRecords } from "./pcapng-records.ts";

const TIMES = [1, 999_999_999, 1_000_000_000, 1_500_000_001, 4_294_967_296];

/** Records that octets give in pieces of some size. */
function recordsOf(octets: Buffer, pieceOctets: number): { records: Buffer; damage: string | null } {
  const blocks = new PcapngRecords();
  const records: Buffer[] = [];
  for (let at = 0; at < octets.length; at += pieceOctets)
    records.push(Buffer.from(blocks.push(octets.subarray(at, at + pieceOctets))));
  return { records: Buffer.concat(records), damage: blocks.damage };
}

describe("pcapng that a driver writes", () => {
  it("gives the records of a pcap stream, to the nanosecond, in pieces of every size", () => {
    const octets = pcapngFile(TIMES);
    const expected = { records: pcapStream(TIMES).subarray(24), damage: null };
    for (const size of [1, 7, 64, 1000, octets.length]) expect(recordsOf(octets, size)).toEqual(expected);
  });

  it("gives times in microseconds in nanoseconds too, until 2106", () => {
    const description = encodeInterface({ linkType: 113, snapLength: 0 });
    const resolution = description.findIndex((_, i) => description[i] === 9 && description[i + 2] === 1);
    description[resolution + 4] = 6;
    const ts = 4_294_967_295_999_999n;
    const blocks = new PcapngRecords();
    const octets = Buffer.concat([encodeSection({}), description, encodePacket(0, ts, 4, new Uint8Array(4))]);
    const records = blocks.push(octets);
    expect([records.readUInt32LE(0), records.readUInt32LE(4)]).toEqual([4_294_967_295, 999_999_000]);
    expect(blocks.linkType).toBe(113);
  });

  it("gives what is whole, and says where it is damaged", () => {
    const octets = pcapngFile([1, 2]);
    const whole = pcapStream([1]).subarray(24);
    expect(recordsOf(octets.subarray(0, -1), 50)).toEqual({ records: whole, damage: null });
    const zeros = Buffer.concat([octets.subarray(0, -92), Buffer.alloc(92)]);
    expect(recordsOf(zeros, 50)).toEqual({
      records: whole,
      damage: `there is no block at its octet ${octets.length - 92}`,
    });
    expect(recordsOf(octets.subarray(28), 50).damage).toBe("it does not begin like pcapng at its octet 0");
    const torn = Buffer.from(octets);
    torn.writeUInt32LE(9999, octets.length - 92 + 20);
    expect(recordsOf(torn, 50).damage).toContain("there is no frame");
  });

  it("is refused in the byte order of another machine, and where a frame is longer than can be", () => {
    const swapped = Buffer.from(encodeSection({})).swap32();
    expect(recordsOf(swapped, 50).damage).toBe("it is not in the byte order of this machine at its octet 0");
    const head = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0 })];
    const most = Buffer.concat([...head, encodePacket(0, 1n, 262_144, new Uint8Array(262_144))]);
    expect(recordsOf(most, most.length)).toMatchObject({ damage: null });
    const long = Buffer.concat([...head, encodePacket(0, 1n, 262_148, new Uint8Array(262_148))]);
    expect(recordsOf(long, long.length).damage).toContain("there is no frame");
  });

  it("never makes it throw, whatever it is, nor gives more than it is", () => {
    const change = fc.record({ at: fc.nat(pcapngFile(TIMES).length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const octets = pcapngFile(TIMES);
        for (const { at, to } of changes) octets[at] = to;
        expect(recordsOf(octets, 61).records.length).toBeLessThanOrEqual(octets.length);
      }),
      { numRuns: 300 },
    );
  });
});
