import { ByteReader } from "../../../bytes/reader.ts";
import { copyMatch } from "./lz77.ts";

const COMPRESSED = 0x8000;
const SIZE = 0x0fff;
const SHORTEST = 3;
const LEAST_OFFSET_BITS = 4;

/**
 * Unpacks LZNT1. [MS-XCA] 2.5
 * @returns true if all of `out` was filled.
 */
export function unpackLznt1(packed: Uint8Array, out: Uint8Array): boolean {
  const r = new ByteReader(packed);
  let at = 0;
  while (at < out.length) {
    const header = r.u16le();
    const size = (header & SIZE) + 1;
    if (header === 0 || r.left < size) return false;
    const end = r.pos + size;
    if ((header & COMPRESSED) === 0) {
      const wanted = Math.min(size, out.length - at);
      out.set(packed.subarray(r.pos, r.pos + wanted), at);
      at += wanted;
      r.skip(size);
    } else {
      at = unpackChunk(r, end, out, at);
      if (at < 0) return false;
    }
  }
  return true;
}

/** @returns the place behind what came out; -1 if the chunk is malformed. */
function unpackChunk(r: ByteReader, end: number, out: Uint8Array, start: number): number {
  let at = start;
  while (r.pos < end) {
    let flags = r.u8();
    for (let i = 0; i < 8 && r.pos < end; i++, flags >>>= 1) {
      if ((flags & 1) === 0) {
        const octet = r.u8();
        if (at >= out.length) return -1;
        out[at++] = octet;
        continue;
      }
      if (end - r.pos < 2) return -1;
      const token = r.u16le();
      // Nothing lies before the first octet of a chunk: there is no number of bits to say how far back.
      if (at === start) return -1;
      // The further on in the chunk, the more bits of a token say how far back, and the fewer how long.
      let offsetBits = LEAST_OFFSET_BITS;
      while ((at - start - 1) >>> offsetBits > 0) offsetBits++;
      const lengthBits = 16 - offsetBits;
      const length = (token & ((1 << lengthBits) - 1)) + SHORTEST;
      const offset = (token >>> lengthBits) + 1;
      if (offset > at - start) return -1;
      at = copyMatch(out, at, offset, length);
      if (at < 0) return -1;
    }
  }
  return at;
}
