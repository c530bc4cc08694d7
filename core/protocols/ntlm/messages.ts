import { filetimeToNs } from "../../bytes/filetime.ts";
import { ByteReader } from "../../bytes/reader.ts";

const SIGNATURE = "NTLMSSP\0";

/** Negotiate flags that change how messages are read or what they mean. [MS-NLMP] 2.2.2.5 */
export const NTLM_FLAGS = {
  unicode: 0x00000001,
  sign: 0x00000010,
  seal: 0x00000020,
  anonymous: 0x00000800,
  extendedSessionSecurity: 0x00080000,
  targetInfo: 0x00800000,
  version: 0x02000000,
  encryption128: 0x20000000,
} as const;

/** What the sides agree on, by flag. [MS-NLMP] 2.2.2.5 */
const OPTIONS: readonly (readonly [flag: number, name: string])[] = [
  [0x00000010, "sign"],
  [0x00000020, "seal"],
  [0x00000040, "datagram"],
  [0x00000080, "lm-key"],
  [0x00000200, "ntlm"],
  [0x00000800, "anonymous"],
  [0x00008000, "always-sign"],
  [0x00080000, "extended-session-security"],
  [0x00100000, "identify"],
  [0x20000000, "128-bit"],
  [0x40000000, "key-exchange"],
  [0x80000000, "56-bit"],
];

/** Names of the options in negotiate flags that say how the session is protected. */
export function ntlmOptions(flags: number): string[] {
  return OPTIONS.flatMap(([flag, name]) => ((flags & flag) !== 0 ? [name] : []));
}

/** NEGOTIATE_MESSAGE. [MS-NLMP] 2.2.1.1 */
export interface NtlmNegotiate {
  readonly type: 1;
  readonly flags: number;
  readonly domain: string | null;
  readonly workstation: string | null;
  readonly version: string | null;
}

/** CHALLENGE_MESSAGE. [MS-NLMP] 2.2.1.2 */
export interface NtlmChallenge {
  readonly type: 2;
  readonly flags: number;
  readonly targetName: string | null;
  /** Server challenge, hexadecimal. */
  readonly challenge: string;
  readonly target: AvPairs;
  readonly version: string | null;
}

/** How the client proved that it knows the password. [MS-NLMP] 3.3 */
export type NtlmResponseKind = "NTLMv2" | "NTLMv1" | "NTLM2-session" | "LM" | "anonymous";

/** AUTHENTICATE_MESSAGE. [MS-NLMP] 2.2.1.3 */
export interface NtlmAuthenticate {
  readonly type: 3;
  readonly flags: number;
  readonly domain: string | null;
  readonly user: string | null;
  readonly workstation: string | null;
  readonly version: string | null;
  readonly response: NtlmResponseKind;
  /** What the client's NTLMv2 response repeats of the challenge and adds; empty for older ones. */
  readonly target: AvPairs;
  /** Responses and the sealed session key, borrowed; empty if they are not in the message. */
  readonly lmResponse: Uint8Array;
  readonly ntResponse: Uint8Array;
  readonly encryptedSessionKey: Uint8Array;
}

export type NtlmMessage = NtlmNegotiate | NtlmChallenge | NtlmAuthenticate;

/** AV_PAIR list. [MS-NLMP] 2.2.2.1 */
export interface AvPairs {
  readonly nbComputerName: string | null;
  readonly nbDomainName: string | null;
  readonly dnsComputerName: string | null;
  readonly dnsDomainName: string | null;
  readonly dnsTreeName: string | null;
  /** Service that the client means to talk to. */
  readonly targetName: string | null;
  /** Clock of who made the list, ns since 1970-01-01 UTC. */
  readonly time: bigint | null;
  /** The message carries an integrity code over all three messages. */
  readonly hasMic: boolean;
  /** The client bound the authentication to its TLS channel. */
  readonly hasChannelBinding: boolean;
  /** A pair or the whole list stops early, or does not end with MsvAvEOL. */
  readonly isMalformed: boolean;
}

/** True if an NTLM message begins at `r`. */
export function isNtlm(r: ByteReader): boolean {
  return r.startsWith(SIGNATURE);
}

/** Reads one message from `bytes[start..end)`; null if it is none or its fixed part is cut short. [MS-NLMP] 2.2.1 */
export function parseNtlm(bytes: Uint8Array, start: number, end: number): NtlmMessage | null {
  const r = new ByteReader(bytes, start, end);
  if (!isNtlm(r)) return null;
  r.skip(SIGNATURE.length);
  switch (r.u32le()) {
    case 1:
      return negotiate(r, start);
    case 2:
      return challenge(r, start);
    case 3:
      return authenticate(r, start);
    default:
      return null;
  }
}

/** Where a field's octets are, from the beginning of the message. */
interface Field {
  readonly length: number;
  readonly offset: number;
}

function field(r: ByteReader): Field {
  const length = r.u16le();
  r.skip(2);
  return { length, offset: r.u32le() };
}

function negotiate(r: ByteReader, start: number): NtlmNegotiate | null {
  const flags = r.u32le();
  if (r.truncated) return null;
  const domain = field(r);
  const workstation = field(r);
  const version = r.truncated ? null : versionText(r, flags);
  return {
    type: 1,
    flags,
    domain: text(r, start, domain, false),
    workstation: text(r, start, workstation, false),
    version,
  };
}

function challenge(r: ByteReader, start: number): NtlmChallenge | null {
  const targetName = field(r);
  const flags = r.u32le();
  const nonce = r.hex(8);
  if (r.truncated) return null;
  r.skip(8);
  const targetInfo = field(r);
  const version = r.truncated ? null : versionText(r, flags);
  const hasInfo = (flags & NTLM_FLAGS.targetInfo) !== 0 && targetInfo.length > 0;
  return {
    type: 2,
    flags,
    targetName: text(r, start, targetName, (flags & NTLM_FLAGS.unicode) !== 0),
    challenge: nonce,
    target: hasInfo ? avPairs(r, start + targetInfo.offset, targetInfo.length) : NO_PAIRS,
    version,
  };
}

/** Octets of an NTLMv2 response before its AV pairs: proof, then the fixed part of the client challenge. 2.2.2.7 */
const NTLMV2_FIXED = 16 + 28;
const NTLMV1_LENGTH = 24;

function authenticate(r: ByteReader, start: number): NtlmAuthenticate | null {
  const lm = field(r);
  const nt = field(r);
  const domain = field(r);
  const user = field(r);
  const workstation = field(r);
  if (r.truncated) return null;
  const sessionKey = field(r);
  const flags = r.u32le();
  const version = r.truncated ? null : versionText(r, flags);
  const unicode = r.truncated || (flags & NTLM_FLAGS.unicode) !== 0;
  const target =
    nt.length > NTLMV2_FIXED ? avPairs(r, start + nt.offset + NTLMV2_FIXED, nt.length - NTLMV2_FIXED) : NO_PAIRS;
  return {
    type: 3,
    flags,
    domain: text(r, start, domain, unicode),
    user: text(r, start, user, unicode),
    workstation: text(r, start, workstation, unicode),
    version,
    response: responseKind(nt.length, lm.length, user.length, flags),
    target,
    lmResponse: octets(r, start, lm),
    ntResponse: octets(r, start, nt),
    encryptedSessionKey: octets(r, start, sessionKey),
  };
}

function responseKind(ntLength: number, lmLength: number, userLength: number, flags: number): NtlmResponseKind {
  if (ntLength > NTLMV1_LENGTH) return "NTLMv2";
  if (ntLength === NTLMV1_LENGTH) {
    return (flags & NTLM_FLAGS.extendedSessionSecurity) !== 0 ? "NTLM2-session" : "NTLMv1";
  }
  return userLength === 0 || lmLength <= 1 ? "anonymous" : "LM";
}

const AV_NAMES = {
  1: "nbComputerName",
  2: "nbDomainName",
  3: "dnsComputerName",
  4: "dnsDomainName",
  5: "dnsTreeName",
  9: "targetName",
} as const;
const AV_FLAGS = 6;
const AV_TIMESTAMP = 7;
const AV_CHANNEL_BINDINGS = 10;
const AV_FLAG_MIC = 2;
const MAX_PAIRS = 64;

const NO_PAIRS: AvPairs = {
  nbComputerName: null,
  nbDomainName: null,
  dnsComputerName: null,
  dnsDomainName: null,
  dnsTreeName: null,
  targetName: null,
  time: null,
  hasMic: false,
  hasChannelBinding: false,
  isMalformed: false,
};

function avPairs(r: ByteReader, at: number, octetCount: number): AvPairs {
  if (at < 0 || at > r.source.length) return { ...NO_PAIRS, isMalformed: true };
  const messageEnd = r.end;
  r.seek(Math.min(at, messageEnd), Math.min(messageEnd, at + octetCount));
  const pairs: { -readonly [K in keyof AvPairs]: AvPairs[K] } = { ...NO_PAIRS, isMalformed: true };
  for (let i = 0; i < MAX_PAIRS && !r.truncated; i++) {
    const id = r.u16le();
    const length = r.u16le();
    if (r.truncated) break;
    if (id === 0) {
      pairs.isMalformed = false;
      break;
    }
    if (id in AV_NAMES) pairs[AV_NAMES[id as keyof typeof AV_NAMES]] = r.utf16le(length);
    else if (id === AV_FLAGS && length === 4) pairs.hasMic = (r.u32le() & AV_FLAG_MIC) !== 0;
    else if (id === AV_CHANNEL_BINDINGS) pairs.hasChannelBinding = r.bytes(length).some((octet) => octet !== 0);
    else if (id === AV_TIMESTAMP && length === 8) pairs.time = filetimeToNs(r.u64le());
    else r.skip(length);
  }
  r.seek(messageEnd, messageEnd);
  return pairs;
}

/** A field's octets, borrowed; none if they are not in the message. */
function octets(r: ByteReader, start: number, at: Field): Uint8Array {
  const from = start + at.offset;
  return from + at.length > r.end ? new Uint8Array(0) : r.source.subarray(from, from + at.length);
}

/** A field's text; null if it is empty or not in the message. */
function text(r: ByteReader, start: number, at: Field, unicode: boolean): string | null {
  const from = start + at.offset;
  if (at.length === 0 || from >= r.end) return null;
  r.seek(from);
  const octets = Math.min(at.length, r.left);
  const value = unicode ? r.utf16le(octets) : r.latin1(octets);
  return value === "" ? null : value;
}

/** VERSION as "major.minor.build"; null if the flags say it is not there. [MS-NLMP] 2.2.2.10 */
function versionText(r: ByteReader, flags: number): string | null {
  if ((flags & NTLM_FLAGS.version) === 0) return null;
  const major = r.u8();
  const minor = r.u8();
  const build = r.u16le();
  return r.truncated || major === 0 ? null : `${major}.${minor}.${build}`;
}
