import type { ByteReader } from "../../../bytes/reader.ts";

/** Octets of an SMB2 header. [MS-SMB2] 2.2.1 */
export const SMB2_HEADER_LENGTH = 64;

const PROTOCOL_ID = 0x424d53fe;
const FLAG_RESPONSE = 0x1;
const FLAG_ASYNC = 0x2;
const FLAG_RELATED = 0x4;
const FLAG_SIGNED = 0x8;

/** SMB2 operation codes. [MS-SMB2] 2.2.1.2 */
export const SMB2 = {
  negotiate: 0,
  sessionSetup: 1,
  logoff: 2,
  treeConnect: 3,
  treeDisconnect: 4,
  create: 5,
  close: 6,
  flush: 7,
  read: 8,
  write: 9,
  lock: 10,
  ioctl: 11,
  cancel: 12,
  echo: 13,
  queryDirectory: 14,
  changeNotify: 15,
  queryInfo: 16,
  setInfo: 17,
  oplockBreak: 18,
  serverToClientNotification: 19,
} as const;

/** SMB2 packet header, sync and async form. [MS-SMB2] 2.2.1.1, 2.2.1.2 */
export interface Smb2Header {
  readonly command: number;
  /** NTSTATUS of a response; ChannelSequence of a request. */
  readonly status: number;
  readonly isResponse: boolean;
  /** The request goes on with the session, share and handle of the one before it in the compound. */
  readonly isRelated: boolean;
  readonly isSigned: boolean;
  /** Octets from this header to the next one of a compound; 0 for the last. */
  readonly nextCommand: number;
  /** As a double: exact up to 2^53, which no client reaches. */
  readonly messageId: number;
  /** Share connection; null in the async form. */
  readonly treeId: number | null;
  readonly sessionLow: number;
  readonly sessionHigh: number;
}

/**
 * Reads one header and leaves `r` at the body.
 * @returns null if this is no SMB2 header or it stops early (`r.truncated` tells which).
 */
export function parseSmb2Header(r: ByteReader): Smb2Header | null {
  if (r.u32le() !== PROTOCOL_ID) return null;
  if (r.u16le() !== SMB2_HEADER_LENGTH) return null;
  r.skip(2); // CreditCharge
  const status = r.u32le();
  const command = r.u16le();
  r.skip(2); // CreditRequest or CreditResponse
  const flags = r.u32le();
  const nextCommand = r.u32le();
  const messageId = r.u64leNumber();
  r.skip(4); // Reserved, or the low half of AsyncId
  const treeOrAsync = r.u32le();
  const sessionLow = r.u32le();
  const sessionHigh = r.u32le();
  r.skip(16); // Signature
  if (r.truncated) return null;
  return {
    command,
    status,
    isResponse: (flags & FLAG_RESPONSE) !== 0,
    isRelated: (flags & FLAG_RELATED) !== 0,
    isSigned: (flags & FLAG_SIGNED) !== 0,
    nextCommand,
    messageId,
    treeId: flags & FLAG_ASYNC ? null : treeOrAsync,
    sessionLow,
    sessionHigh,
  };
}

/** Session id as text. */
export function sessionIdText(low: number, high: number): string {
  return `0x${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}`;
}
