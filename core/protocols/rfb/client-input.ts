import type { ByteReader } from "../../bytes/reader.ts";
import type { RfbRow } from "./records.ts";

/** Octets of a client's message behind the handshake; see `Framing`. RFC 6143 7.5 and the registered extensions */
export function inputLength(r: ByteReader): number {
  switch (r.peekU8()) {
    case 0:
      return 20;
    case 2:
      return r.left < 4 ? 0 : 4 + 4 * r.peekU16be(2);
    case 3:
    case 150:
      return 10;
    case 4:
      return 8;
    case 5:
      return 6;
    case 6:
      return cutTextLength(r);
    case 248:
      return r.left < 9 ? 0 : 9 + r.peekU8(8);
    case 251:
      return r.left < 8 ? 0 : 8 + 16 * r.peekU8(6);
    case 255:
      return qemuLength(r);
    default:
      return -1;
  }
}

/** A negative length says that the extended clipboard's format follows. */
function cutTextLength(r: ByteReader): number {
  return r.left < 8 ? 0 : 8 + Math.abs(r.peekU32be(4) | 0);
}

function qemuLength(r: ByteReader): number {
  if (r.left < 4) return 0;
  if (r.peekU8(1) === 0) return 12;
  return r.peekU8(1) === 1 ? (r.peekU16be(2) === 2 ? 10 : 4) : -1;
}

/** Counts what a message of the client does. */
export function countInput(r: ByteReader, row: RfbRow): void {
  const type = r.u8();
  if (type === 4 && r.u8() !== 0) row.key_presses = (row.key_presses ?? 0) + 1;
  else if (type === 255 && r.u8() === 0 && r.u16be() !== 0) row.key_presses = (row.key_presses ?? 0) + 1;
  else if (type === 5) row.pointer_events = (row.pointer_events ?? 0) + 1;
  else if (type === 6) row.clipboard_octets = (row.clipboard_octets ?? 0) + Math.abs(r.peekU32be(3) | 0);
}
