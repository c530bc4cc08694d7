import type { ByteReader } from "../../bytes/reader.ts";

/** What a server says first: "NBDMAGIC". */
export const SERVER_MAGIC = "NBDMAGIC";
/** Mark of options, in both directions: "IHAVEOPT". */
export const OPTION_MAGIC = "IHAVEOPT";
export const OPTION_REPLY_MAGIC = 0x0003_e889;
export const REQUEST_MAGIC = 0x2560_9513;
export const EXTENDED_REQUEST_MAGIC = 0x21e4_1c71;
export const SIMPLE_REPLY_MAGIC = 0x6744_6698;
export const STRUCTURED_REPLY_MAGIC = 0x668e_33ef;
export const EXTENDED_REPLY_MAGIC = 0x6e8a_278c;

/** Options of the client. NBD protocol, "Option types" */
export const OPT_EXPORT_NAME = 1;
export const OPT_STARTTLS = 5;
export const OPT_INFO = 6;
export const OPT_GO = 7;
export const OPTIONS: Readonly<Record<number, string>> = {
  1: "EXPORT_NAME",
  2: "ABORT",
  3: "LIST",
  4: "PEEK_EXPORT",
  5: "STARTTLS",
  6: "INFO",
  7: "GO",
  8: "STRUCTURED_REPLY",
  9: "LIST_META_CONTEXT",
  10: "SET_META_CONTEXT",
  11: "EXTENDED_HEADERS",
};

/** Replies to options. NBD protocol, "Option reply types" */
export const REP_ACK = 1;
export const REP_SERVER = 2;
export const REP_INFO = 3;
const REP_ERRORS: Readonly<Record<number, string>> = {
  1: "ERR_UNSUP",
  2: "ERR_POLICY",
  3: "ERR_INVALID",
  4: "ERR_PLATFORM",
  5: "ERR_TLS_REQD",
  6: "ERR_UNKNOWN",
  7: "ERR_SHUTDOWN",
  8: "ERR_BLOCK_SIZE_REQD",
  9: "ERR_TOO_BIG",
  10: "ERR_EXT_HEADER_REQD",
};

/** The error that a reply to an option says; null if it is none. Errors have the highest bit. */
export function optionError(type: number): string | null {
  return type < 0x8000_0000 ? null : (REP_ERRORS[type & 0xffff] ?? `error ${type & 0xffff}`);
}

export const CMD_READ = 0;
export const CMD_WRITE = 1;
export const CMD_DISC = 2;
export const CMD_TRIM = 4;
export const CMD_WRITE_ZEROES = 6;
/** Commands. NBD protocol, "Request types" */
export const COMMANDS: Readonly<Record<number, string>> = {
  0: "READ",
  1: "WRITE",
  2: "DISC",
  3: "FLUSH",
  4: "TRIM",
  5: "CACHE",
  6: "WRITE_ZEROES",
  7: "BLOCK_STATUS",
  8: "RESIZE",
};

/** Errors of a reply. NBD protocol, "Error values" */
const ERRORS: Readonly<Record<number, string>> = {
  1: "EPERM",
  5: "EIO",
  12: "ENOMEM",
  22: "EINVAL",
  28: "ENOSPC",
  75: "EOVERFLOW",
  95: "ENOTSUP",
  108: "ESHUTDOWN",
};

export function nbdErrorName(error: number): string {
  return error === 0 ? "OK" : (ERRORS[error] ?? `error ${error}`);
}

/** Octets of the fixed part of each message, its magic included. */
export const REQUEST_OCTETS = 28;
export const EXTENDED_REQUEST_OCTETS = 32;
export const SIMPLE_REPLY_OCTETS = 16;
export const STRUCTURED_REPLY_OCTETS = 20;
export const EXTENDED_REPLY_OCTETS = 32;
export const OPTION_OCTETS = 16;
export const OPTION_REPLY_OCTETS = 20;

/** A request of the transmission phase. */
export interface NbdRequest {
  readonly command: number;
  readonly cookie: string;
  readonly offset: number;
  readonly octets: number;
}

/** Reads a request of either form from its magic on; null if it is cut short. */
export function parseRequest(r: ByteReader): NbdRequest | null {
  const isExtended = r.u32be() === EXTENDED_REQUEST_MAGIC;
  r.skip(2);
  const command = r.u16be();
  const cookie = r.hex(8);
  const offset = r.u64beNumber();
  const octets = isExtended ? r.u64beNumber() : r.u32be();
  return r.truncated ? null : { command, cookie, offset, octets };
}

/** One reply, or one chunk of one. */
export interface NbdReply {
  readonly cookie: string;
  /** 0 if all is well so far. */
  readonly error: number;
  /** False if another chunk follows. */
  readonly isLast: boolean;
}

const FLAG_DONE = 1;
/** Chunk types with this bit tell an error. */
const IS_ERROR = 0x8000;

/** Reads a reply of any form from its magic on. */
export function parseReply(r: ByteReader): NbdReply | null {
  const magic = r.u32be();
  if (magic === SIMPLE_REPLY_MAGIC) {
    const error = r.u32be();
    const cookie = r.hex(8);
    return r.truncated ? null : { cookie, error, isLast: true };
  }
  const flags = r.u16be();
  const type = r.u16be();
  const cookie = r.hex(8);
  r.skip(magic === EXTENDED_REPLY_MAGIC ? 16 : 4);
  if (r.truncated) return null;
  const error = (type & IS_ERROR) !== 0 ? r.u32be() || 5 : 0;
  return { cookie, error, isLast: (flags & FLAG_DONE) !== 0 };
}
