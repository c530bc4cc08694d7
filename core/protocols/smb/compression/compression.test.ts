import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../../../../test/analyzer-harness.ts";
import { unpackLz77Huffman } from "./lz77-huffman.ts";
import { unpackLz77 } from "./lz77.ts";
import { unpackLznt1 } from "./lznt1.ts";
import { readCompressionHeader, unpackMessage } from "./message.ts";

type Unpack = (packed: Uint8Array, out: Uint8Array) => boolean;

function unpacked(unpack: Unpack, packed: Uint8Array, octets: number): string | null {
  const out = new Uint8Array(octets);
  return unpack(packed, out) ? Buffer.from(out).toString("latin1") : null;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
const ABC = "abc".repeat(100);

// The examples of [MS-XCA] 3.1 and 3.2.
const LZ77_ALPHABET = Buffer.concat([hex("3f000000"), Buffer.from(ALPHABET)]);
const LZ77_ABC = hex("ffffff1f616263 1700 0fff2601");
const HUFFMAN_ALPHABET = Buffer.concat([
  Buffer.alloc(48),
  hex("50555555555555555555554544 04"),
  Buffer.alloc(66),
  hex("04"),
  Buffer.alloc(127),
  hex("d8523ed794115be9195ff9d67cdf8d0400000000"),
]);
const HUFFMAN_ABC = Buffer.concat([
  Buffer.alloc(48),
  hex("3023"),
  Buffer.alloc(78),
  hex("02"),
  Buffer.alloc(14),
  hex("20"),
  Buffer.alloc(112),
  hex("a8dc0000ff2601"),
]);
const LZNT1 = hex(
  "38b08846232000204720410010a24701a045204400084501507900c045200524138805b4024a44ef0358028c091601484500be009e000401189000",
);
const NOTES =
  "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0";

describe("algorithms", () => {
  it("unpack the examples of their specification", () => {
    expect(unpacked(unpackLz77, LZ77_ALPHABET, 26)).toBe(ALPHABET);
    expect(unpacked(unpackLz77, LZ77_ABC, 300)).toBe(ABC);
    expect(unpacked(unpackLz77Huffman, HUFFMAN_ALPHABET, 26)).toBe(ALPHABET);
    expect(unpacked(unpackLz77Huffman, HUFFMAN_ABC, 300)).toBe(ABC);
    expect(unpacked(unpackLznt1, LZNT1, NOTES.length)).toBe(NOTES);
  });

  it("never throw, and never say that they filled what they did not", () => {
    for (const unpack of [unpackLz77, unpackLz77Huffman, unpackLznt1]) {
      for (const packed of [LZ77_ABC, HUFFMAN_ALPHABET, LZNT1])
        for (let end = 0; end < packed.length; end++) unpacked(unpack, packed.subarray(0, end), 300);
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 600 }),
          fc.nat(2000),
          (packed, octets) => void unpacked(unpack, packed, octets),
        ),
        { numRuns: 200 },
      );
    }
    expect(unpacked(unpackLznt1, hex("038001000000"), 10), "a match at the beginning of a chunk").toBeNull();
    expect(unpacked(unpackLz77, LZ77_ABC.subarray(0, -1), 300)).toBeNull();
    expect(unpacked(unpackLz77, LZ77_ABC, 299), "a match beyond the end").toBeNull();
  });
});

describe("messages", () => {
  it("never throw, cut or damaged", () => {
    const start = Buffer.from("fc534d42", "hex");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        const message = Buffer.concat([start, octets]);
        const header = readCompressionHeader(message);
        if (header !== null && header.octets < 100_000) unpackMessage(message, header);
      }),
      { numRuns: 300 },
    );
  });
});
