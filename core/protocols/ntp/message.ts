import { ipv4Text } from "../../bytes/address.ts";
import type { ByteReader } from "../../bytes/reader.ts";

/** Octets of a time message without extension fields and authenticator. RFC 5905 7.3 */
const HEADER_OCTETS = 48;
/** Shortest extension field. RFC 7822 3 */
const MIN_EXTENSION = 16;
const KEY_ID_OCTETS = 4;
/** Longest authenticator: a key's number and the digest of SHA-1. RFC 5906 */
const MAX_AUTHENTICATOR = 24;
/** 1900 to 1970 in seconds. */
const EPOCH = 2_208_988_800n;
/** 2^33 s is the longest whole power that an interval in ns can hold; polls that long are nonsense anyhow. */
const MAX_EXPONENT = 33;

export const MODE = { reserved: 0, client: 3, server: 4, broadcast: 5, control: 6, private: 7 } as const;

/** A message of one of the modes 1 to 5. Times are ns since 1970, intervals ns. RFC 5905 7.3 */
export interface NtpTimes {
  readonly stratum: number;
  readonly poll: number;
  readonly precision: number;
  readonly rootDelay: number;
  readonly rootDispersion: number;
  readonly referenceId: string;
  readonly reference: bigint;
  readonly origin: bigint;
  readonly receive: bigint;
  readonly transmit: bigint;
  readonly extensions: number;
  /** Key of the authenticator; null without one. */
  readonly keyId: number | null;
}

/** A control message (mode 6). RFC 9327 2 */
export interface NtpControl {
  readonly isResponse: boolean;
  readonly isError: boolean;
  readonly hasMore: boolean;
  readonly operation: number;
  readonly sequence: number;
  readonly status: number;
  readonly associationId: number;
  readonly data: string;
  readonly keyId: number | null;
  readonly checksum: string | null;
}

/** A private message (mode 7) of the reference implementation; its `include/ntp_request.h`. */
export interface NtpPrivate {
  readonly isAuthenticated: boolean;
  readonly sequence: number;
  readonly implementation: number;
  readonly request: number;
  readonly error: number;
  readonly data: string;
}

/** Version and mode of a datagram. */
export function versionAndMode(octet: number): { version: number; mode: number } {
  return { version: (octet >> 3) & 7, mode: octet & 7 };
}

/** Reads what follows the first octet in modes 1 to 5; null if it is cut short. */
export function readNtpTimes(r: ByteReader): NtpTimes | null {
  if (r.left < HEADER_OCTETS - 1) return null;
  const stratum = r.u8();
  const poll = powerOfTwo(r.i8());
  const precision = powerOfTwo(r.i8());
  const rootDelay = shortTime(r);
  const rootDispersion = shortTime(r);
  const at = r.pos;
  const referenceId = stratum < 2 ? r.latin1(4) : ipv4Text(r);
  r.seek(at + 4);
  const reference = timestamp(r);
  const origin = timestamp(r);
  const receive = timestamp(r);
  const transmit = timestamp(r);
  const extensions = readExtensions(r);
  const keyId = r.left >= KEY_ID_OCTETS ? r.u32be() : null;
  return {
    stratum,
    poll,
    precision,
    rootDelay,
    rootDispersion,
    referenceId,
    reference,
    origin,
    receive,
    transmit,
    extensions,
    keyId,
  };
}

/** Counts extension fields and goes behind them. RFC 7822 3 */
function readExtensions(r: ByteReader): number {
  let count = 0;
  while (r.left > MAX_AUTHENTICATOR) {
    const length = r.peekU16be(2);
    if (length < MIN_EXTENSION || length % 4 !== 0 || length > r.left) break;
    r.skip(length);
    count++;
  }
  return count;
}

const CONTROL_AUTHENTICATOR = 12;

/** Reads what follows the first octet in mode 6; null if it is cut short. */
export function readNtpControl(r: ByteReader): NtpControl | null {
  const bits = r.u8();
  const sequence = r.u16be();
  const status = r.u16be();
  const associationId = r.u16be();
  r.skip(2);
  const count = r.u16be();
  const data = r.latin1(count);
  if (r.truncated) return null;
  const hasKey = r.left === CONTROL_AUTHENTICATOR;
  return {
    isResponse: (bits & 0x80) !== 0,
    isError: (bits & 0x40) !== 0,
    hasMore: (bits & 0x20) !== 0,
    operation: bits & 0x1f,
    sequence,
    status,
    associationId,
    data,
    keyId: hasKey ? r.u32be() : null,
    checksum: hasKey ? r.latin1(8) : null,
  };
}

/** Reads what follows the first octet in mode 7; null if it is cut short. */
export function readNtpPrivate(r: ByteReader): NtpPrivate | null {
  const sequence = r.u8();
  const implementation = r.u8();
  const request = r.u8();
  const errorAndCount = r.u16be();
  const size = r.u16be() & 0xfff;
  if (r.truncated) return null;
  const octets = Math.min((errorAndCount & 0xfff) * size, r.left);
  return {
    isAuthenticated: (sequence & 0x80) !== 0,
    sequence: sequence & 0x7f,
    implementation,
    request,
    error: errorAndCount >> 12,
    data: r.latin1(octets),
  };
}

function powerOfTwo(exponent: number): number {
  return Math.round(2 ** Math.min(exponent, MAX_EXPONENT) * 1e9);
}

/** 16.16 bits of seconds as ns. RFC 5905 6; the delay is signed. */
function shortTime(r: ByteReader): number {
  return Math.round((r.i32be() / 0x1_0000) * 1e9);
}

/** 32.32 bits of seconds since 1900 as ns since 1970; 0 stays 0. RFC 5905 6 */
function timestamp(r: ByteReader): bigint {
  const value = r.u64be();
  if (value === 0n) return 0n;
  return ((value >> 32n) - EPOCH) * 1_000_000_000n + (((value & 0xffff_ffffn) * 1_000_000_000n + 0x8000_0000n) >> 32n);
}
