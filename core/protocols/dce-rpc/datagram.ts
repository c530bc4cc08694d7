import type { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** Octets of the header of a connectionless PDU. [C706] 12.5.1 */
export const DATAGRAM_HEADER_LENGTH = 80;

/** PDU types that carry or end a call; the others keep it going. [C706] 12.5.3 */
export const DATAGRAM = { request: 0, response: 2, fault: 3, reject: 6 } as const;

const LAST_TYPE = 10;
const FLAG_LAST_FRAGMENT = 0x02;
const FLAG_FRAGMENT = 0x04;

/** Header of a connectionless PDU. */
export interface DatagramHeader {
  readonly type: number;
  readonly littleEndian: boolean;
  readonly isLast: boolean;
  readonly isFirst: boolean;
  readonly object: string;
  readonly uuid: string;
  readonly version: string;
  /** Client and call: what an answer is matched by. */
  readonly call: string;
  readonly sequence: number;
  readonly opnum: number;
  /** Octets of the body. */
  readonly length: number;
  readonly isAuthenticated: boolean;
}

/** True if a whole datagram is one connectionless PDU. Does not move the reader. */
export function looksLikeDatagram(r: ByteReader): boolean {
  if (r.left < DATAGRAM_HEADER_LENGTH || r.peekU8() !== 4 || r.peekU8(1) > LAST_TYPE) return false;
  const integers = r.peekU8(4);
  if ((integers & 0xef) > 1 || r.peekU8(5) > 3 || r.peekU8(6) > 0) return false;
  // Reserved bits of both flag octets.
  if ((r.peekU8(2) & 0x81) !== 0 || (r.peekU8(3) & 0xfd) !== 0) return false;
  const length = integers >= 0x10 ? r.peekU8(74) | (r.peekU8(75) << 8) : r.peekU16be(74);
  const isAuthenticated = r.peekU8(78) !== 0;
  const wanted = DATAGRAM_HEADER_LENGTH + length;
  return isAuthenticated ? wanted <= r.left : wanted === r.left;
}

/** Reads the header and leaves `r` at the body. Call it only where `looksLikeDatagram` said so. */
export function parseDatagramHeader(r: ByteReader): DatagramHeader {
  r.skip(1);
  const type = r.u8();
  const flags = r.u8();
  r.skip(1);
  const littleEndian = r.u8() >= 0x10;
  r.skip(3);
  const object = readUuid(r, littleEndian);
  const uuid = readUuid(r, littleEndian);
  const activity = readUuid(r, littleEndian);
  r.skip(4); // Server's boot time
  const version = r.u32(littleEndian);
  const sequence = r.u32(littleEndian);
  const opnum = r.u16(littleEndian);
  r.skip(4); // Hints
  const length = r.u16(littleEndian);
  const fragment = r.u16(littleEndian);
  const isAuthenticated = r.u8() !== 0;
  r.skip(1);
  return {
    type,
    littleEndian,
    isFirst: (flags & FLAG_FRAGMENT) === 0 || fragment === 0,
    isLast: (flags & FLAG_FRAGMENT) === 0 || (flags & FLAG_LAST_FRAGMENT) !== 0,
    object,
    uuid,
    version: `${version & 0xffff}.${version >>> 16}`,
    call: `${activity} ${sequence}`,
    sequence,
    opnum,
    length,
    isAuthenticated,
  };
}
