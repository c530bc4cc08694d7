import type { ByteReader } from "../../../bytes/reader.ts";

/** Names of dialect revisions. [MS-SMB2] 2.2.4 */
const DIALECTS: Readonly<Record<number, string>> = {
  0x0202: "2.0.2",
  0x0210: "2.1",
  0x02ff: "2.???",
  0x0300: "3.0",
  0x0302: "3.0.2",
  0x0311: "3.1.1",
};

/** The server's multi-protocol answer to an SMB1 negotiation: the dialect is settled by a second one. */
export const DIALECT_WILDCARD = 0x02ff;

export function dialectName(revision: number): string {
  return DIALECTS[revision] ?? `0x${revision.toString(16).padStart(4, "0")}`;
}

/** Names of the ciphers. [MS-SMB2] 2.2.3.1.2 */
export const CIPHERS: Readonly<Record<number, string>> = {
  1: "AES-128-CCM",
  2: "AES-128-GCM",
  3: "AES-256-CCM",
  4: "AES-256-GCM",
};
const SIGNING_ALGORITHMS: Readonly<Record<number, string>> = { 0: "HMAC-SHA256", 1: "AES-CMAC", 2: "AES-GMAC" };

const COMPRESSION_ALGORITHMS: Readonly<Record<number, string>> = {
  0: "none",
  1: "LZNT1",
  2: "LZ77",
  3: "LZ77+Huffman",
  4: "Pattern_V1",
  5: "LZ4",
};

/** Name of a compression algorithm. [MS-SMB2] 2.2.3.1.3 */
export function compressionName(algorithm: number): string {
  return COMPRESSION_ALGORITHMS[algorithm] ?? `0x${algorithm.toString(16)}`;
}

const CONTEXT_ENCRYPTION = 2;
const CONTEXT_COMPRESSION = 3;
const CONTEXT_SIGNING = 8;
/** Most algorithms of one context that are named. */
const MAX_ALGORITHMS = 8;
const MAX_CONTEXTS = 32;

/** First octet of a GSS token. RFC 2743 3.1 */
const GSS_TOKEN = 0x60;

/** SMB2 NEGOTIATE request. [MS-SMB2] 2.2.3 */
export interface NegotiateRequest {
  readonly dialects: readonly number[];
  readonly securityMode: number;
  readonly clientGuid: string;
}

/** SMB2 NEGOTIATE response. [MS-SMB2] 2.2.4 */
export interface NegotiateResponse {
  readonly dialect: number;
  readonly securityMode: number;
  readonly serverGuid: string;
  /** Name of the cipher chosen; null if none was. */
  readonly cipher: string | null;
  /** Name of the signing algorithm; null for a dialect that is not known. */
  readonly signingAlgorithm: string | null;
  /** Names of the compression algorithms agreed on; empty without compression. */
  readonly compression: readonly string[];
  /** Whether it names mechanisms in a GSS token. */
  readonly offersGss: boolean;
}

/** Reads the body that `r` is at. */
export function parseNegotiateRequest(r: ByteReader): NegotiateRequest | null {
  if (r.u16le() !== 36) return null;
  const count = r.u16le();
  const securityMode = r.u16le();
  r.skip(2 + 4); // Reserved, Capabilities
  const clientGuid = guidText(r);
  r.skip(8); // ClientStartTime, or where the contexts are
  const dialects: number[] = [];
  for (let i = 0; i < count && !r.truncated; i++) dialects.push(r.u16le());
  return r.truncated ? null : { dialects, securityMode, clientGuid };
}

/**
 * Reads the body that `r` is at.
 * @param headerAt Position of the SMB2 header, from which offsets count.
 */
export function parseNegotiateResponse(r: ByteReader, headerAt: number): NegotiateResponse | null {
  if (r.u16le() !== 65) return null;
  const securityMode = r.u16le();
  const dialect = r.u16le();
  const contextCount = r.u16le();
  const serverGuid = guidText(r);
  r.skip(4 + 4 + 4 + 4 + 8 + 8); // Capabilities .. ServerStartTime
  const tokenAt = headerAt + r.u16le();
  const tokenLength = r.u16le();
  const contextsAt = r.u32le();
  if (r.truncated) return null;
  const offersGss = tokenLength > 0 && r.peekU8(tokenAt - r.pos) === GSS_TOKEN;
  let cipher: string | null = null;
  let signingAlgorithm = dialect < 0x0300 ? SIGNING_ALGORITHMS[0]! : SIGNING_ALGORITHMS[1]!;
  let compression: string[] = [];
  if (dialect === 0x0311 && contextsAt >= 64) {
    r.seek(Math.min(headerAt + contextsAt, r.end));
    for (let i = 0; i < Math.min(contextCount, MAX_CONTEXTS) && !r.truncated; i++) {
      const type = r.u16le();
      const length = r.u16le();
      r.skip(4);
      const at = r.pos;
      if (type === CONTEXT_ENCRYPTION && r.u16le() > 0) {
        const chosen = r.u16le();
        if (!r.truncated && chosen !== 0) cipher = CIPHERS[chosen] ?? `0x${chosen.toString(16)}`;
      } else if (type === CONTEXT_SIGNING && r.u16le() > 0) {
        const chosen = r.u16le();
        if (!r.truncated) signingAlgorithm = SIGNING_ALGORITHMS[chosen] ?? `0x${chosen.toString(16)}`;
      } else if (type === CONTEXT_COMPRESSION) {
        compression = compressionNames(r);
      }
      r.seek(Math.min(r.end, at + ((length + 7) & ~7)));
    }
  } else if (dialect >= 0x0300 && dialect < 0x0311) {
    cipher = CIPHERS[1] ?? null; // SMB 3.0 and 3.0.2 know one
  }
  return { dialect, securityMode, serverGuid, cipher, signingAlgorithm, compression, offersGss };
}

/** SMB2_COMPRESSION_CAPABILITIES; `r` is at it. [MS-SMB2] 2.2.4.1.3 */
function compressionNames(r: ByteReader): string[] {
  const count = r.u16le();
  r.skip(2 + 4); // Padding, Flags
  const names: string[] = [];
  for (let i = 0; i < Math.min(count, MAX_ALGORITHMS); i++) {
    const algorithm = r.u16le();
    if (r.truncated) break;
    if (algorithm !== 0) names.push(compressionName(algorithm));
  }
  return names;
}

/** GUID in its usual text form, the first three fields little-endian. [MS-DTYP] 2.3.4 */
function guidText(r: ByteReader): string {
  const a = r.u32le().toString(16).padStart(8, "0");
  const b = r.u16le().toString(16).padStart(4, "0");
  const c = r.u16le().toString(16).padStart(4, "0");
  const d = r.hex(2);
  return `${a}-${b}-${c}-${d}-${r.hex(6)}`;
}
