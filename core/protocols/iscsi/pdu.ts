import type { ByteReader } from "../../bytes/reader.ts";

/** Octets of a basic header segment. RFC 7143 11.2.1 */
export const BHS_OCTETS = 48;
const DIGEST_OCTETS = 4;

/** Opcodes. RFC 7143 11.2.1.2 */
export const NOP_OUT = 0x00;
export const SCSI_COMMAND = 0x01;
export const TASK_REQUEST = 0x02;
export const LOGIN_REQUEST = 0x03;
export const TEXT_REQUEST = 0x04;
export const DATA_OUT = 0x05;
export const LOGOUT_REQUEST = 0x06;
export const NOP_IN = 0x20;
export const SCSI_RESPONSE = 0x21;
export const TASK_RESPONSE = 0x22;
export const LOGIN_RESPONSE = 0x23;
export const TEXT_RESPONSE = 0x24;
export const DATA_IN = 0x25;
export const LOGOUT_RESPONSE = 0x26;
export const R2T = 0x31;
export const ASYNC_MESSAGE = 0x32;
export const REJECT = 0x3f;
const SNACK = 0x10;

const FROM_INITIATOR: ReadonlySet<number> = new Set([
  NOP_OUT,
  SCSI_COMMAND,
  TASK_REQUEST,
  LOGIN_REQUEST,
  TEXT_REQUEST,
  DATA_OUT,
  LOGOUT_REQUEST,
  SNACK,
]);
const FROM_TARGET: ReadonlySet<number> = new Set([
  NOP_IN,
  SCSI_RESPONSE,
  TASK_RESPONSE,
  LOGIN_RESPONSE,
  TEXT_RESPONSE,
  DATA_IN,
  LOGOUT_RESPONSE,
  R2T,
  ASYNC_MESSAGE,
  REJECT,
]);

/** Which digests a session agreed on. RFC 7143 13.1 */
export interface Digests {
  header: boolean;
  data: boolean;
}

/** Basic header segment: the fields all have. RFC 7143 11.2.1 */
export interface BasicHeader {
  readonly opcode: number;
  /** Second octet: final bit and flags of the opcode. */
  readonly flags: number;
  /** Third and fourth octet: response and status, where the opcode has them. */
  readonly byte2: number;
  readonly byte3: number;
  readonly dataOctets: number;
  /** Where the data segment begins, from the header on. */
  readonly dataAt: number;
  readonly itt: number;
}

/** Octets of the PDU at `r`, digests and padding included; 0 if more are needed to tell, -1 if there is none. */
export function pduLength(r: ByteReader, fromInitiator: boolean, digests: Digests): number {
  if (r.left < BHS_OCTETS) return 0;
  const opcode = r.peekU8() & 0x3f;
  if ((r.peekU8() & 0x80) !== 0 || !(fromInitiator ? FROM_INITIATOR : FROM_TARGET).has(opcode)) return -1;
  const dataOctets = r.peekU32be(4) & 0xff_ffff;
  const padded = (dataOctets + 3) & ~3;
  return dataStart(r, opcode, digests) + padded + (padded > 0 && digests.data && !isLogin(opcode) ? DIGEST_OCTETS : 0);
}

/** Reads the fields all have; `r` stays. */
export function basicHeader(r: ByteReader, digests: Digests): BasicHeader {
  const opcode = r.peekU8() & 0x3f;
  return {
    opcode,
    flags: r.peekU8(1),
    byte2: r.peekU8(2),
    byte3: r.peekU8(3),
    dataOctets: r.peekU32be(4) & 0xff_ffff,
    dataAt: dataStart(r, opcode, digests),
    itt: r.peekU32be(16),
  };
}

/** Login PDUs come before any digest. RFC 7143 13.1 */
function isLogin(opcode: number): boolean {
  return opcode === LOGIN_REQUEST || opcode === LOGIN_RESPONSE;
}

function dataStart(r: ByteReader, opcode: number, digests: Digests): number {
  return BHS_OCTETS + r.peekU8(4) * 4 + (digests.header && !isLogin(opcode) ? DIGEST_OCTETS : 0);
}

/** Longest data segment that is believed where nothing else proves the protocol. */
const LIKELY_DATA = 1 << 20;

/**
 * True if `r` begins with a header whose reserved fields are all as RFC 7143 wants them: what is asked of octets in the middle of
 * a connection.
 */
export function isLikelyHeader(r: ByteReader, fromInitiator: boolean): boolean {
  if (r.left < BHS_OCTETS) return false;
  const first = r.peekU8();
  const opcode = first & 0x3f;
  if ((first & 0x80) !== 0 || !(fromInitiator ? FROM_INITIATOR : FROM_TARGET).has(opcode)) return false;
  if (!fromInitiator && (first & 0x40) !== 0) return false;
  const flags = r.peekU8(1);
  const [byte2, byte3, ahs] = [r.peekU8(2), r.peekU8(3), r.peekU8(4)];
  if ((r.peekU32be(4) & 0xff_ffff) > LIKELY_DATA) return false;
  switch (opcode) {
    case SCSI_COMMAND:
      return (flags & 0x18) === 0 && byte2 === 0 && byte3 === 0 && ahs <= 8 && r.peekU32be(16) !== NO_TASK;
    case DATA_OUT:
      return (
        (flags & 0x7f) === 0 &&
        byte2 === 0 &&
        byte3 === 0 &&
        ahs === 0 &&
        r.peekU32be(24) === 0 &&
        r.peekU32be(32) === 0
      );
    case DATA_IN:
      return (flags & 0x38) === 0 && byte2 === 0 && ahs === 0 && ((flags & 1) !== 0 || byte3 === 0);
    case SCSI_RESPONSE:
      return (
        (flags & 0x81) === 0x80 &&
        (flags & 0x60) === 0 &&
        byte2 < 2 &&
        ahs === 0 &&
        r.peekU32be(8) === 0 &&
        r.peekU32be(12) === 0
      );
    case NOP_OUT:
    case NOP_IN:
    case R2T:
      return flags === 0x80 && byte2 === 0 && byte3 === 0 && ahs === 0;
    case LOGIN_REQUEST:
    case LOGIN_RESPONSE:
      return (flags & 0x30) === 0 && ahs === 0 && byte2 === 0 && byte3 === 0;
    default:
      return ahs === 0 && byte3 === 0;
  }
}

/** An initiator task tag that names no task. RFC 7143 11.2.1.8 */
export const NO_TASK = 0xffff_ffff;
