import { isUtf8 } from "node:buffer";
import type { ByteReader } from "./reader.ts";

/**
 * The next octets as text when the protocol does not say which encoding they are in: UTF-8 if they are valid UTF-8,
 * else ISO 8859-1, one character an octet, so that nothing is lost.
 */
export function wireText(r: ByteReader, octets: number): string {
  const start = r.pos;
  const text = r.latin1(octets);
  if (isAscii(text)) return text;
  const bytes = r.source.subarray(start, start + text.length);
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8") : text;
}

/** ISO 8859-1 text (one character an octet) as UTF-8 text if its octets are valid UTF-8. */
export function utf8OfLatin1(text: string): string {
  if (isAscii(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}

/** True if every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Text of which only the beginning may have been kept. */
export interface BoundedText {
  readonly text: string;
  /** Octets of it that were left out. */
  readonly cut: number;
}

/**
 * The next `octets` octets as text (see `wireText`), `limit` of them at most and cut between characters of UTF-8. Of what
 * the reader does not have, only the length is known: it counts as left out.
 */
export function boundedText(r: ByteReader, octets: number, limit: number): BoundedText {
  const there = Math.min(octets, r.left);
  let shown = Math.min(there, limit);
  if (shown < octets) shown -= unfinishedTail(r.source, r.pos, r.pos + shown);
  const text = wireText(r, shown);
  r.skip(there - shown);
  return { text, cut: octets - shown };
}

/** Octets at the end of `bytes[start..end)` that begin a character of UTF-8 and do not finish it. */
function unfinishedTail(bytes: Uint8Array, start: number, end: number): number {
  for (let tail = 1; tail <= 3 && end - tail >= start; tail++) {
    const octet = bytes[end - tail]!;
    if (octet < 0x80) return 0;
    if (octet < 0xc0) continue;
    const length = octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : 2;
    return length > tail ? tail : 0;
  }
  return 0;
}
