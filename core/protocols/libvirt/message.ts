import type { ByteReader } from "../../bytes/reader.ts";

/** Programs of libvirt's calls. src/remote/remote_protocol.x, qemu_protocol.x, src/rpc/virkeepaliveprotocol.x, src/admin/admin_protocol.x */
export const REMOTE = 0x2000_8086;
const PROGRAMS: ReadonlySet<number> = new Set([REMOTE, 0x2000_8087, 0x2000_8088, 0x6b65_6570, 0x0690_0690]);
const VERSION = 1;
/** Octets of the length and of the header behind it. src/rpc/virnetprotocol.x */
export const HEADER_OCTETS = 28;
/** VIR_NET_MESSAGE_MAX */
const MOST_OCTETS = 32 * 1024 * 1024 + HEADER_OCTETS;
/** Highest message type: call, reply, event, stream, call and reply with descriptors, hole in a stream. */
const MOST_TYPE = 6;
export const CALL = 0;
export const REPLY = 1;
/** Status of a reply. */
export const OK = 0;
const MOST_STATUS = 2;
/** Longest text that is read; longer ones are of no name. */
const MOST_TEXT = 4096;

export interface LibvirtHeader {
  readonly program: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

/** Octets of the message at `r`; 0 if more are needed to tell, -1 if it is none. */
export function messageLength(r: ByteReader): number {
  if (!isMessage(r)) return -1;
  return r.left < HEADER_OCTETS ? 0 : r.peekU32be();
}

/** True if a message begins at `r`, as far as it is there. */
export function isMessage(r: ByteReader): boolean {
  if (r.left < 4) return r.peekU8() <= 2;
  const octets = r.peekU32be();
  if (octets < HEADER_OCTETS || octets > MOST_OCTETS) return false;
  if (r.left >= 8 && !PROGRAMS.has(r.peekU32be(4))) return false;
  if (r.left >= 12 && r.peekU32be(8) !== VERSION) return false;
  return r.left < HEADER_OCTETS || (r.peekU32be(16) <= MOST_TYPE && r.peekU32be(24) <= MOST_STATUS);
}

export function parseHeader(r: ByteReader): LibvirtHeader {
  r.skip(4);
  const program = r.u32be();
  r.skip(4);
  return { program, procedure: r.u32be(), type: r.u32be(), serial: r.u32be(), status: r.u32be() };
}

/** A string of XDR; null if there is none. RFC 4506 4.11 */
export function xdrString(r: ByteReader): string | null {
  const octets = r.u32be();
  if (r.truncated || octets > r.left) return null;
  const start = r.pos;
  const text = r.latin1(Math.min(octets, MOST_TEXT));
  r.seek(start, r.end);
  r.skip(octets + ((4 - (octets % 4)) % 4));
  return Buffer.from(text, "latin1").toString("utf8");
}

/** A string that may be absent. RFC 4506 4.19 */
export function xdrOptionalString(r: ByteReader): string | null {
  return r.u32be() === 0 ? null : xdrString(r);
}

/** The message of an error. remote_error */
export function parseError(r: ByteReader): string | null {
  r.skip(8); // code, domain
  return xdrOptionalString(r);
}
