import { ByteReader } from "../../../bytes/reader.ts";

/** Shortest match, and what a token's length counts from there before further octets go on counting. */
const SHORTEST = 3;
const LONG = 7;
const HALF_OCTET = 15;

/**
 * Unpacks plain LZ77 ("Xpress"). [MS-XCA] 2.4.4
 * @param out Takes what comes out; its length is what the message says.
 * @returns true if all of `out` was filled.
 */
export function unpackLz77(packed: Uint8Array, out: Uint8Array): boolean {
  const r = new ByteReader(packed);
  let flags = 0;
  let flagsLeft = 0;
  /** Octet whose upper half has the next long length, -1 if none. */
  let halfUsed = -1;
  let at = 0;
  while (at < out.length) {
    if (flagsLeft === 0) {
      flags = r.u32le();
      flagsLeft = 32;
    }
    flagsLeft--;
    if (((flags >>> flagsLeft) & 1) === 0) {
      out[at++] = r.u8();
      if (r.truncated) return false;
      continue;
    }
    const token = r.u16le();
    let length = token & LONG;
    if (length === LONG) {
      if (halfUsed < 0) {
        halfUsed = r.pos;
        length = r.u8() & HALF_OCTET;
      } else {
        length = packed[halfUsed]! >>> 4;
        halfUsed = -1;
      }
      if (length === HALF_OCTET) length = longLength(r, HALF_OCTET + LONG);
      length += LONG;
    }
    const end = copyMatch(out, at, (token >>> 3) + 1, length + SHORTEST);
    if (r.truncated || end < 0) return false;
    at = end;
  }
  return true;
}

/** A length in one octet more, in two, or in four; -1 in place of one that is too short to be said so. */
function longLength(r: ByteReader, counted: number): number {
  const short = r.u8();
  if (short < 0xff) return short + HALF_OCTET;
  let length = r.u16le();
  if (length === 0) length = r.u32le();
  return length < counted ? -counted : length - counted + HALF_OCTET;
}

/** Repeats what came `offset` octets before. @returns the place behind it; -1 if that is before the beginning or behind the end. */
export function copyMatch(out: Uint8Array, at: number, offset: number, length: number): number {
  const end = at + length;
  if (offset > at || length <= 0 || end > out.length) return -1;
  if (offset >= length) out.copyWithin(at, at - offset, end - offset);
  else for (let i = at; i < end; i++) out[i] = out[i - offset]!;
  return end;
}
