import { DER, readTlv } from "../../bytes/der.ts";
import type { ByteReader } from "../../bytes/reader.ts";

/** First octets of MCS Connect-Initial and Connect-Response: [APPLICATION 101] and [APPLICATION 102]. T.125 */
export const CONNECT_INITIAL = 0x7f65;
export const CONNECT_RESPONSE = 0x7f66;

/** H.221 keys by which the user data of a GCC message is the client's or the server's. [MS-RDPBCGR] 2.2.1.3 */
const CLIENT_KEY = "Duca";
const SERVER_KEY = "McDn";
/** Octets before such a key that may be there in any message of RDP's. */
const MAX_BEFORE_KEY = 64;
/** Octets from the result of a GCC create response to its key. */
const RESULT_BEFORE_KEY = 4;

const CS_CORE = 0xc001;
const CS_NET = 0xc003;
const CS_CLUSTER = 0xc004;
const SC_SECURITY = 0x0c02;

/** More channels than the 31 that [MS-RDPBCGR] 2.2.1.3.4 allows are read up to this number. */
const MAX_CHANNELS = 255;
const CHANNEL_NAME = 8;
const CLIENT_NAME_OCTETS = 32;
const PRODUCT_ID_OCTETS = 64;
/** Type and length, which counts both. */
const BLOCK_HEADER = 4;
const PROPRIETARY = 1;
const X509_CHAIN = 2;
/** Certificates of a chain that are counted; real ones have two or three. */
const MAX_CERTIFICATES = 1000;
/** Bit of the early capability flags. [MS-RDPBCGR] 2.2.1.3.2 */
const WANTS_32_BIT = 0x0002;
const SESSION_ID_VALID = 0x02;

export interface ClientCore {
  readonly desktopWidth: number;
  readonly desktopHeight: number;
  readonly keyboardLayout: number;
  readonly clientBuild: number;
  readonly clientName: string;
  /** Null where an old client leaves the rest of the block out. */
  readonly highColourDepth: number | null;
  readonly wants32Bit: boolean;
  readonly productId: string | null;
}

export interface ClientData {
  core: ClientCore | null;
  channels: readonly string[] | null;
  /** Session that the client asks for by number: 0 is the administrator's (`mstsc /admin`). */
  requestedSession: number | null;
}

export interface ServerSecurity {
  readonly method: number;
  readonly level: number;
  /** Null if there is no certificate, as without encryption. */
  readonly certificate: { readonly type: number; readonly permanent: boolean; readonly count: number } | null;
}

export interface ServerData {
  readonly result: number;
  security: ServerSecurity | null;
}

/** Reads MCS Connect-Initial, `r` behind its first two octets; null if it is not RDP's. [MS-RDPBCGR] 2.2.1.3 */
export function readClientData(r: ByteReader): ClientData | null {
  if (toUserData(r, CLIENT_KEY) < 0) return null;
  const data: ClientData = { core: null, channels: null, requestedSession: null };
  eachBlock(r, (type) => {
    if (type === CS_CORE) data.core ??= readClientCore(r);
    else if (type === CS_NET) data.channels ??= readChannels(r);
    else if (type === CS_CLUSTER) data.requestedSession ??= readCluster(r);
  });
  return data;
}

/** Reads MCS Connect-Response, `r` behind its first two octets; null if it is not RDP's. [MS-RDPBCGR] 2.2.1.4 */
export function readServerData(r: ByteReader): ServerData | null {
  const key = toUserData(r, SERVER_KEY);
  if (key < 0) return null;
  const result = r.source[key - RESULT_BEFORE_KEY] ?? 0;
  const data: ServerData = { result, security: null };
  eachBlock(r, (type) => {
    if (type === SC_SECURITY) data.security ??= readServerSecurity(r);
  });
  return data;
}

/**
 * Skips BER and PER up to the first data block, and ends `r` where the data blocks end. The key is looked for, since
 * servers differ in what stands before it.
 * @returns position of the key, or -1 if it is not there.
 */
function toUserData(r: ByteReader, key: string): number {
  skipBerLength(r);
  for (let tlv = readTlv(r); tlv !== null; tlv = readTlv(r)) {
    if (tlv.identifier === DER.octetString && toKey(r, tlv.end, key)) {
      const keyStart = r.pos - key.length;
      r.end = tlv.end;
      skipPerLength(r);
      return r.truncated ? -1 : keyStart;
    }
    // A domain selector or domain parameters.
    r.pos = tlv.end;
  }
  return -1;
}

/** Moves behind `key` if it is one of the next octets. */
function toKey(r: ByteReader, end: number, key: string): boolean {
  const last = Math.min(r.pos + MAX_BEFORE_KEY, end - key.length);
  for (; r.pos <= last; r.pos++) {
    if (!r.startsWith(key)) continue;
    r.skip(key.length);
    return true;
  }
  return false;
}

function skipBerLength(r: ByteReader): void {
  const first = r.u8();
  if (first > 0x80) r.skip(first & 0x7f);
}

/** X.691 10.9: one octet below 128, else two. */
function skipPerLength(r: ByteReader): void {
  if (r.u8() >= 0x80) r.skip(1);
}

/** Calls `read` with `r` narrowed to each data block's content. [MS-RDPBCGR] 2.2.1.3.1 */
function eachBlock(r: ByteReader, read: (type: number) => void): void {
  while (r.left >= BLOCK_HEADER) {
    const type = r.u16le();
    const length = r.u16le();
    if (length < BLOCK_HEADER) return;
    const end = Math.min(r.end, r.pos + length - BLOCK_HEADER);
    const former = r.end;
    r.end = end;
    read(type);
    r.seek(end, former);
  }
}

function readClientCore(r: ByteReader): ClientCore | null {
  r.skip(4);
  const desktopWidth = r.u16le();
  const desktopHeight = r.u16le();
  r.skip(4);
  const keyboardLayout = r.u32le();
  const clientBuild = r.u32le();
  const clientName = upToNul(r.utf16le(CLIENT_NAME_OCTETS));
  // Keyboard type, subtype and function keys, and the input method's file.
  r.skip(12 + 64);
  if (r.truncated) return null;
  r.skip(2 + 2 + 4);
  const highColourDepth = r.u16le();
  const hasRest = !r.truncated;
  r.skip(2);
  const capabilities = r.u16le();
  const productId = upToNul(r.utf16le(PRODUCT_ID_OCTETS));
  return {
    desktopWidth,
    desktopHeight,
    keyboardLayout,
    clientBuild,
    clientName,
    highColourDepth: hasRest ? highColourDepth : null,
    wants32Bit: (capabilities & WANTS_32_BIT) !== 0,
    productId: r.truncated ? null : productId,
  };
}

function readChannels(r: ByteReader): string[] | null {
  const count = r.u32le();
  if (r.truncated) return null;
  const names: string[] = [];
  while (names.length < Math.min(count, MAX_CHANNELS) && r.left >= CHANNEL_NAME + 4) {
    names.push(r.latin1(CHANNEL_NAME).replace(/(?<!\0)\0+$/, ""));
    r.skip(4);
  }
  return names;
}

function readCluster(r: ByteReader): number | null {
  const flags = r.u32le();
  const session = r.u32le();
  return !r.truncated && (flags & SESSION_ID_VALID) !== 0 ? session : null;
}

function readServerSecurity(r: ByteReader): ServerSecurity | null {
  const method = r.u32le();
  const level = r.u32le();
  if (r.truncated) return null;
  const randomOctets = r.u32le();
  const certificateOctets = r.u32le();
  r.skip(randomOctets);
  r.narrow(certificateOctets);
  const version = r.u32le();
  if (r.truncated) return { method, level, certificate: null };
  // The top bit says that the certificate is temporary.
  const type = version & 0x7fffffff;
  const count = type === PROPRIETARY ? 1 : type === X509_CHAIN ? countCertificates(r) : 0;
  return { method, level, certificate: { type, permanent: version < 0x80000000, count } };
}

function countCertificates(r: ByteReader): number {
  const count = Math.min(r.u32le(), MAX_CERTIFICATES);
  for (let i = 0; i < count; i++) {
    r.skip(r.u32le());
    if (r.truncated) return i;
  }
  return count;
}

function upToNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
