import type { ByteReader } from "../../bytes/reader.ts";

/** Protocols that the common encapsulation carries. RFC 3643 5 */
export const FCIP = 1;
export const IFCP = 2;
const VERSION = 1;

/** Octets of the encapsulation header. RFC 3643 3.1 */
export const HEADER_OCTETS = 28;
/** Octets of a special frame, which tells who the two sides are. RFC 3821 7 */
export const SPECIAL_FRAME_OCTETS = 76;
/** Words of the longest frame: one of Fibre Channel with everything around it. */
const MOST_WORDS = 1023;
/** Bits of pFlags: the frame was changed on its way back, the frame is special. RFC 3821 6.6.1 */
const CHANGED = 0x80;
const SPECIAL = 0x01;

export interface SpecialFrame {
  /** World-wide name of the fabric that the originator belongs to. */
  readonly source: string;
  /** That of the responder's; null if any will do. */
  readonly destination: string | null;
  readonly isChanged: boolean;
}

/**
 * True if an encapsulation header begins at `r`, as far as it is there: protocol and version, both again with all bits turned, all of it
 * twice for FCIP; then flags and a length, again with all bits turned.
 */
export function isEncapsulation(r: ByteReader): boolean {
  const protocol = r.peekU8();
  if (protocol !== FCIP && protocol !== IFCP) return false;
  const word = [protocol, VERSION, 0xff - protocol, 0xff - VERSION];
  for (let i = 0; i < 4 && i < r.left; i++) if (r.peekU8(i) !== word[i]) return false;
  if (protocol === FCIP) for (let i = 0; i < 4 && i + 4 < r.left; i++) if (r.peekU8(i + 4) !== word[i]) return false;
  if (r.left < 16) return true;
  const length = r.peekU16be(12);
  const words = length & 0x3ff;
  return (length ^ r.peekU16be(14)) === 0xffff && words * 4 >= HEADER_OCTETS && words <= MOST_WORDS;
}

/** Octets of the frame at `r`; 0 if more are needed to tell, -1 if it is none. */
export function encapsulationLength(r: ByteReader): number {
  if (!isEncapsulation(r)) return -1;
  return r.left < 16 ? 0 : (r.peekU16be(12) & 0x3ff) * 4;
}

/** Reads a special frame, or null if it is another. */
export function parseSpecialFrame(r: ByteReader): SpecialFrame | null {
  if (r.peekU8() !== FCIP) return null;
  const flags = r.peekU8(8);
  if ((flags & SPECIAL) === 0 || r.left < SPECIAL_FRAME_OCTETS) return null;
  r.skip(HEADER_OCTETS + 4);
  const source = wwn(r);
  r.skip(20); // entity identifier, nonce, usage
  const destination = wwn(r);
  if (r.truncated || source === null) return null;
  return { source, destination, isChanged: (flags & CHANGED) !== 0 };
}

function wwn(r: ByteReader): string | null {
  const octets = Array.from(r.bytes(8), (octet) => octet.toString(16).padStart(2, "0"));
  return octets.every((octet) => octet === "00") ? null : octets.join(":");
}
