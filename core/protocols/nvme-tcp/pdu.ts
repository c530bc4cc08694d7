import type { ByteReader } from "../../bytes/reader.ts";

/** Types of PDUs that are looked at. NVMe/TCP Transport 1.0, figure 14 */
export const IC_REQUEST = 0;
export const IC_RESPONSE = 1;
export const COMMAND_CAPSULE = 4;
export const RESPONSE_CAPSULE = 5;

/** Octets of the header that every PDU has. */
export const HEADER_OCTETS = 8;
const IC_OCTETS = 128;
const COMMAND_OCTETS = 72;
const RESPONSE_OCTETS = 24;
/** Highest padding that may be asked for, in units of 4 octets. */
const MOST_PADDING = 31;
/** Longest PDU that is believed. */
const MOST_PDU = 1 << 24;
/** Opcode of all commands of Fabrics, and the one of them that connects a queue. NVMe over Fabrics 1.1, figure 17 */
const FABRICS = 0x7f;
const CONNECT = 1;
/** Octets of a name in Connect's data. */
const NAME_OCTETS = 256;

/** What both sides agree on first. */
export interface IcPdu {
  readonly version: number;
  readonly headerDigest: boolean;
  readonly dataDigest: boolean;
}

/** A command of Fabrics that connects a queue of a host to a subsystem. */
export interface Connect {
  readonly commandId: number;
  readonly queue: number;
  readonly hostName: string;
  readonly subsystemName: string;
}

/** Octets of the PDU at `r`; 0 if more are needed to tell, -1 if it is none. */
export function pduLength(r: ByteReader): number {
  if (r.left < HEADER_OCTETS) return 0;
  const octets = littleEndian32(r, 4);
  return octets < HEADER_OCTETS || octets > MOST_PDU || r.peekU8(2) > octets ? -1 : octets;
}

/** True if the header of an ICReq or ICResp is at `r`: both are 128 octets long and have no data. */
export function isIcHeader(r: ByteReader, type: number): boolean {
  return (
    r.peekU8() === type &&
    r.peekU8(1) === 0 &&
    r.peekU8(2) === IC_OCTETS &&
    r.peekU8(3) === 0 &&
    littleEndian32(r, 4) === IC_OCTETS
  );
}

/** Reads one, or null if it is none. */
export function parseIc(r: ByteReader): IcPdu | null {
  r.skip(HEADER_OCTETS);
  const version = r.u16le();
  const padding = r.u8();
  const digests = r.u8();
  if (r.truncated || padding > MOST_PADDING || digests > 3) return null;
  return { version, headerDigest: (digests & 1) !== 0, dataDigest: (digests & 2) !== 0 };
}

/** The Connect command in a command capsule, or null if it is another. */
export function parseConnect(r: ByteReader): Connect | null {
  const start = r.pos;
  if (r.peekU8(2) !== COMMAND_OCTETS) return null;
  const dataOffset = r.peekU8(3);
  r.skip(HEADER_OCTETS);
  const opcode = r.u8();
  r.skip(1);
  const commandId = r.u16le();
  const type = r.u8();
  if (opcode !== FABRICS || type !== CONNECT) return null;
  r.skip(37);
  const queue = r.u16le();
  if (r.truncated || dataOffset < COMMAND_OCTETS) return null;
  r.seek(start + dataOffset, r.end);
  r.skip(256); // HOSTID, CNTLID, reserved
  const subsystemName = name(r);
  const hostName = name(r);
  return r.truncated ? null : { commandId, queue, hostName, subsystemName };
}

/** Status of a response capsule, without the phase bit; null if it is too short. */
export function parseResponse(r: ByteReader): { readonly commandId: number; readonly status: number } | null {
  if (r.peekU8(2) !== RESPONSE_OCTETS) return null;
  r.skip(HEADER_OCTETS + 12);
  const commandId = r.u16le();
  const status = r.u16le() >>> 1;
  return r.truncated ? null : { commandId, status };
}

/** Statuses of Connect. NVMe over Fabrics 1.1, figure 20 */
const STATUSES: Readonly<Record<number, string>> = {
  0x180: "incompatible format",
  0x181: "controller busy",
  0x182: "invalid parameters",
  0x183: "restart discovery",
  0x184: "invalid host",
  0x191: "authentication required",
};

export function connectStatus(status: number): string {
  return STATUSES[status & 0x7ff] ?? `status 0x${(status & 0x7ff).toString(16)}`;
}

function name(r: ByteReader): string {
  return r.latin1(NAME_OCTETS).replace(/\0[^]*/, "");
}

function littleEndian32(r: ByteReader, at: number): number {
  return r.peekU8(at) + r.peekU8(at + 1) * 0x100 + r.peekU8(at + 2) * 0x1_0000 + r.peekU8(at + 3) * 0x100_0000;
}
