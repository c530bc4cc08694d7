import type { ByteReader } from "../../bytes/reader.ts";
import { boundedText, wireText } from "../../bytes/text.ts";
import { VALUE_OCTETS } from "./records.ts";

/** Longest line: a simple string, or a command written by hand. Lines are searched anew as they grow, so they stay short. */
const MAX_LINE = 8192;
/** Octets of an element that are looked at. */
export const ELEMENT_HEAD = MAX_LINE + VALUE_OCTETS + 2;
/** Longest bulk string and greatest number of elements; Zeek's MAX_SIZE for the latter, Redis' proto-max-bulk-len for the former. */
const MAX_BULK = 512 * 1024 * 1024;
export const MAX_ELEMENTS = 1024 * 1024;

const LF = 0x0a;

/** Octets of the element that begins at `r`: a line, and the string behind it for the types that have one; see `Framing`. */
export function elementLength(r: ByteReader): number {
  const end = r.find(LF);
  if (end < 0) return r.left > MAX_LINE ? -1 : 0;
  const line = end + 1 - r.pos;
  if (line > MAX_LINE) return -1;
  if (!isBulk(r.peekU8())) return line;
  const length = numberIn(r, line);
  if (length === null || length > MAX_BULK) return -1;
  return length < 0 ? line : line + length + 2;
}

/** One element of RESP, aggregates without what is in them. Redis serialization protocol specification */
export interface Element {
  /** Its first octet as a character. */
  readonly type: string;
  readonly text: string;
  /** Number of elements of an aggregate, -1 if it is null; else 0. */
  readonly count: number;
  /** Octets that are not in `text`. */
  readonly cut: number;
  /** True for a string or list that is null. */
  readonly isNull: boolean;
}

/**
 * Reads an element whose length was told by `elementLength`.
 * @returns null if it is malformed.
 */
export function readElement(r: ByteReader, total: number): Element | null {
  const end = r.find(LF);
  if (end < 0) return null;
  const line = end + 1 - r.pos;
  const number = numberIn(r, line);
  const type = r.latin1(1);
  const text = lineText(r, line - 1);
  if (isBulk(type.charCodeAt(0))) {
    if (number === null) return null;
    if (number < 0) return { type, text: "", count: 0, cut: 0, isNull: true };
    const bulk = boundedText(r, total - line - 2, VALUE_OCTETS);
    return { type, text: bulk.text, count: 0, cut: bulk.cut, isNull: false };
  }
  if (!AGGREGATES.includes(type)) return { type, text, count: 0, cut: 0, isNull: type === "_" };
  if (number === null || number > MAX_ELEMENTS) return null;
  return { type, text: "", count: Math.max(-1, number), cut: 0, isNull: number < 0 };
}

/** Array, push, set, map, attribute. */
const AGGREGATES = "*>~%|";

function isBulk(type: number): boolean {
  return type === 0x24 || type === 0x21 || type === 0x3d; // $ ! =
}

/** A line of `octets` octets with its end, as text without it. */
export function lineText(r: ByteReader, octets: number): string {
  const text = wireText(r, octets);
  return text.endsWith("\r\n") ? text.slice(0, -2) : text.slice(0, -1);
}

/** The decimal number behind the first octet of a line; null if there is none. Does not move `r`. */
function numberIn(r: ByteReader, line: number): number | null {
  let at = 1;
  const sign = r.peekU8(at);
  if (sign === 0x2d || sign === 0x2b) at++;
  let value = 0;
  let digits = 0;
  for (; at < line; at++, digits++) {
    const digit = r.peekU8(at) - 0x30;
    if (!(digit >= 0 && digit <= 9) || digits > 10) break;
    value = value * 10 + digit;
  }
  const ends = r.peekU8(at) === 0x0d || r.peekU8(at) === LF;
  if (digits === 0 || !ends) return null;
  return sign === 0x2d ? -value : value;
}
