import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DER, DerReader, contextTag, readTlv } from "./der.ts";
import { ByteReader } from "./reader.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("readTlv", () => {
  it("reads short, long and high-tag headers", () => {
    expect(readTlv(new ByteReader(hex("30 02 05 00")))).toMatchObject({
      tag: 16,
      constructed: true,
      length: 2,
      end: 4,
    });
    const long = new Uint8Array(3 + 200);
    long.set([0x04, 0x81, 200]);
    expect(readTlv(new ByteReader(long))).toMatchObject({ tag: 4, length: 200, body: 3, end: 203 });
    expect(readTlv(new ByteReader(hex("bf 81 01 00")))).toMatchObject({ cls: 2, tag: 129, length: 0 });
  });

  it("refuses indefinite, huge and cut lengths", () => {
    expect(readTlv(new ByteReader(hex("30 80 00 00")))).toBeNull();
    expect(readTlv(new ByteReader(hex("30 85 00 00 00 00 01 00")))).toBeNull();
    const r = new ByteReader(hex("30 05 00"));
    expect(readTlv(r)).toBeNull();
    expect(r.truncated).toBe(true);
  });
});

describe("DerReader", () => {
  it("walks nested elements", () => {
    // SEQUENCE { [0] { INTEGER 2 }, OID 1.2.840.113549.1.1.11, BOOLEAN TRUE, UTF8String "é" }
    const d = new DerReader(hex("30 17 a0 03 02 01 02 06 09 2a 86 48 86 f7 0d 01 01 0b 01 01 ff 0c 02 c3 a9"));
    expect(d.enter(DER.sequence)).toBe(true);
    expect(d.enterIf(contextTag(1))).toBe(false);
    expect(d.enterIf(contextTag(0))).toBe(true);
    expect(d.integer()).toBe(2);
    d.leave();
    expect(d.oid()).toBe("1.2.840.113549.1.1.11");
    expect(d.boolean()).toBe(true);
    expect(d.text()).toBe("é");
    expect(d.more).toBe(false);
    d.leave();
    expect(d.failed).toBe(false);
  });

  it("reads integers of both signs and any size", () => {
    const of = (text: string): bigint => new DerReader(hex(text)).bigInteger();
    expect(of("02 01 80")).toBe(-128n);
    expect(of("02 02 00 80")).toBe(128n);
    expect(of("02 04 80 00 00 00")).toBe(-2147483648n);
    expect(of("02 08 ff ff ff ff ff ff ff fe")).toBe(-2n);
    expect(of("02 09 00 ff ff ff ff ff ff ff ff")).toBe(0xffffffffffffffffn);
  });

  it("reads both forms of time", () => {
    const of = (tag: number, text: string): bigint | null =>
      new DerReader(Uint8Array.from([tag, text.length, ...Buffer.from(text)])).time();
    expect(of(DER.utcTime, "491231235959Z")).toBe(BigInt(Date.UTC(2049, 11, 31, 23, 59, 59)) * 1_000_000n);
    expect(of(DER.utcTime, "500101000000Z")).toBe(BigInt(Date.UTC(1950, 0, 1)) * 1_000_000n);
    expect(of(DER.utcTime, "9901010100+0100")).toBe(BigInt(Date.UTC(1999, 0, 1)) * 1_000_000n);
    expect(of(DER.generalizedTime, "20240301021407Z")).toBe(BigInt(Date.UTC(2024, 2, 1, 2, 14, 7)) * 1_000_000n);
    expect(of(DER.generalizedTime, "2024-3-1")).toBeNull();
  });

  it("fails once, and stays failed, at a wrong type or too great a depth", () => {
    const d = new DerReader(hex("02 01 05"));
    expect(d.oid()).toBe("");
    expect(d.failed).toBe(true);
    expect(d.integer()).toBe(0);

    let nested = hex("05 00");
    for (let i = 0; i < 40; i++) nested = Uint8Array.from([0x30, nested.length, ...nested]);
    const deep = new DerReader(nested);
    let entered = 0;
    while (deep.enter(DER.sequence)) entered++;
    expect(entered).toBe(32);
  });

  it("never throws, whatever the octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const d = new DerReader(bytes);
        for (let i = 0; d.more && i < 100; i++) {
          const next = d.next;
          if (next >= 0x20 && next < 0x40 && d.enter(next)) continue;
          if (next === DER.oid) d.oid();
          else if (next === DER.integer) d.bigInteger();
          else if (next === DER.utcTime || next === DER.generalizedTime) d.time();
          else d.text();
        }
        expect(d.pos).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
