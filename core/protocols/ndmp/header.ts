import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { MESSAGE_NAMES } from "./messages.ts";

/** Octets of a header. NDMP version 4, 2.1.2 */
export const HEADER_OCTETS = 24;
/** Octets of the mark before a fragment. RFC 5531, 11 */
export const MARK_OCTETS = 4;
const LAST_FRAGMENT = 0x8000_0000;
/** Longest fragment that is believed: a tape's record and what goes with it. */
const MOST_FRAGMENT = 64 << 20;
/** Higher than any error and any message that is known. */
const MOST_ERROR = 0xff;
const MOST_CODE = 0xffff;

export interface Header {
  readonly sequence: number;
  readonly isReply: boolean;
  readonly code: number;
  /** Sequence of the request that a reply answers. */
  readonly replySequence: number;
  readonly error: number;
}

/** Octets of the fragment behind its mark; -1 if it is none. Does not move `r`. */
export function fragmentOctets(r: ByteReader): number {
  const octets = r.peekU32be() & ~LAST_FRAGMENT;
  return octets <= MOST_FRAGMENT ? octets : -1;
}

export function isLastFragment(mark: number): boolean {
  return mark >>> 31 === 1;
}

/** null if it cannot be one. */
export function readHeader(r: ByteReader): Header | null {
  const sequence = r.u32be();
  r.skip(4);
  const type = r.u32be();
  const code = r.u32be();
  const replySequence = r.u32be();
  const error = r.u32be();
  if (r.truncated || type > 1 || code > MOST_CODE || error > MOST_ERROR) return null;
  return { sequence, isReply: type === 1, code, replySequence, error };
}

/**
 * Whether a message of NDMP begins at `r`, its mark included: a known message, a length that fits, a request without an error and
 * without the number of another. undefined if more octets are needed. Does not move `r`.
 */
export function beginsMessage(r: ByteReader): boolean | undefined {
  const first = r.peekU8();
  if (first < 0) return undefined;
  if (first < 0x80 && first > 0x04) return false;
  if (r.left >= MARK_OCTETS && (fragmentOctets(r) < HEADER_OCTETS || fragmentOctets(r) < 0)) return false;
  if (r.left < MARK_OCTETS + HEADER_OCTETS) return undefined;
  const type = r.peekU32be(12);
  const error = r.peekU32be(24);
  if (type > 1 || !MESSAGE_NAMES.has(r.peekU32be(16)) || error > MOST_ERROR) return false;
  return type === 1 || (r.peekU32be(20) === 0 && error === 0);
}

/** XDR string. RFC 4506, 4.11 */
export function xdrString(r: ByteReader, most = 4096): string {
  const octets = r.u32be();
  const shown = Math.min(octets, most);
  const text = wireText(r, shown);
  r.skip(octets - shown + padding(octets));
  return r.truncated ? "" : text;
}

/** Octets of an XDR opaque; leaves them out and tells how many they are. */
export function xdrOpaqueOctets(r: ByteReader): number {
  const octets = r.u32be();
  r.skip(Math.min(octets + padding(octets), r.left));
  return octets;
}

function padding(octets: number): number {
  return (4 - (octets & 3)) & 3;
}

/** The items of an XDR array, `most` at most; those behind are left unread. */
export function xdrArray<T>(r: ByteReader, most: number, read: (r: ByteReader) => T): T[] {
  const count = r.u32be();
  const items: T[] = [];
  for (let i = 0; i < count && i < most && !r.truncated; i++) {
    const item = read(r);
    if (!r.truncated) items.push(item);
  }
  return items;
}
