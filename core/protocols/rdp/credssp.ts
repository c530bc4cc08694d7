import { contextTag, DER, DerReader, readTlv } from "../../bytes/der.ts";
import type { ByteReader } from "../../bytes/reader.ts";

/** Most tokens read of one message; real ones have one. */
const MAX_TOKENS = 8;
const VERSION = contextTag(0);
const NEGO_TOKENS = contextTag(1);
const NEGO_TOKEN = contextTag(0);

/** Result that a server of HYBRID_EX sends behind the last message. [MS-RDPBCGR] 2.2.10.2 */
const AUTHORIZATION_RESULTS: Readonly<Record<number, string>> = { 0: "AUTHZ_SUCCESS", 5: "AUTHZ_ACCESS_DENIED" };

/** Octets that tell a TSRequest: its header, and the version in its own. */
const TELLING_OCTETS = 9;

/** Judges whether octets begin like a TSRequest: a sequence whose first element is the version. [MS-CSSP] 2.2.1 */
export function beginsTsRequest(r: ByteReader): boolean | "short" {
  if (r.peekU8() !== DER.sequence) return r.left === 0 ? "short" : false;
  if (r.left < TELLING_OCTETS) return "short";
  const first = r.peekU8(1);
  const at = 2 + (first > 0x80 ? first & 0x7f : 0);
  return r.peekU8(at) === VERSION && r.peekU8(at + 1) === 3 && r.peekU8(at + 2) === DER.integer;
}

/** Length of the TSRequest at `r`, 0 if more octets are needed, -1 if it is none. Does not move `r`. */
export function tsRequestLength(r: ByteReader): number {
  const { pos, end } = r;
  const tlv = readTlv(r);
  const isShort = r.truncated;
  r.seek(pos, end);
  if (tlv === null) return isShort ? 0 : -1;
  return tlv.identifier === DER.sequence ? tlv.end - pos : -1;
}

/** Tokens of the authentication that a TSRequest carries, borrowed. */
export function tokensOf(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  const der = new DerReader(bytes, start, end);
  const tokens: Uint8Array[] = [];
  der.enter(DER.sequence);
  if (der.at(VERSION)) der.skip();
  if (!der.enterIf(NEGO_TOKENS) || !der.enter(DER.sequence)) return tokens;
  while (der.more && tokens.length < MAX_TOKENS) {
    der.enter(DER.sequence);
    der.enter(NEGO_TOKEN);
    const token = der.octets();
    if (der.failed) break;
    tokens.push(token);
    der.leave();
    der.leave();
  }
  return tokens;
}

/** Name of an Early User Authorization Result; null if it is none. */
export function authorizationResult(code: number): string | null {
  return AUTHORIZATION_RESULTS[code] ?? null;
}
