import type { ByteReader } from "../../../bytes/reader.ts";

const FLAG_BINDING = 1;
const FLAG_GUEST = 1;
const FLAG_NULL = 2;
const FLAG_ENCRYPT = 4;

/** SMB2 SESSION_SETUP request. [MS-SMB2] 2.2.5 */
export interface SessionSetupRequest {
  /** The connection joins the session that the header names (multichannel). */
  readonly isBinding: boolean;
  /** Where the authentication token is in the reader's octets. */
  readonly tokenStart: number;
  readonly tokenEnd: number;
}

/** SMB2 SESSION_SETUP response. [MS-SMB2] 2.2.6 */
export interface SessionSetupResponse {
  readonly isGuest: boolean;
  readonly isNull: boolean;
  readonly mustEncrypt: boolean;
  readonly tokenStart: number;
  readonly tokenEnd: number;
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseSessionSetupRequest(r: ByteReader, headerAt: number): SessionSetupRequest | null {
  if (r.u16le() !== 25) return null;
  const flags = r.u8();
  r.skip(1 + 4 + 4); // SecurityMode, Capabilities, Channel
  const offset = r.u16le();
  const length = r.u16le();
  if (r.truncated) return null;
  const [tokenStart, tokenEnd] = range(r, headerAt + offset, length);
  return { isBinding: (flags & FLAG_BINDING) !== 0, tokenStart, tokenEnd };
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseSessionSetupResponse(r: ByteReader, headerAt: number): SessionSetupResponse | null {
  if (r.u16le() !== 9) return null;
  const flags = r.u16le();
  const offset = r.u16le();
  const length = r.u16le();
  if (r.truncated) return null;
  const [tokenStart, tokenEnd] = range(r, headerAt + offset, length);
  return {
    isGuest: (flags & FLAG_GUEST) !== 0,
    isNull: (flags & FLAG_NULL) !== 0,
    mustEncrypt: (flags & FLAG_ENCRYPT) !== 0,
    tokenStart,
    tokenEnd,
  };
}

/** [start, end) limited to the octets there are; empty if it begins outside them. */
export function range(r: ByteReader, start: number, length: number): [start: number, end: number] {
  if (length === 0 || start < r.pos || start >= r.end) return [r.end, r.end];
  return [start, Math.min(start + length, r.end)];
}
