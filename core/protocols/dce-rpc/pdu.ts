import type { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** Octets of the header that all connection-oriented PDUs share. [C706] 12.6.3.1 */
export const PDU_HEADER_LENGTH = 16;

/** What a server of RPC over HTTP version 1 says first on its own port; PDUs follow in both directions. [MS-RPCH] 3.1.2 */
export const HTTP_BANNER = "ncacn_http/1.0";

/** PDU types of the connection-oriented protocol. [C706] 12.6.4, [MS-RPCE] 2.2.2.1 */
export const PDU = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bindAck: 12,
  bindNak: 13,
  alterContext: 14,
  alterContextResponse: 15,
  auth3: 16,
  shutdown: 17,
  cancel: 18,
  orphaned: 19,
} as const;

const FLAG_FIRST = 0x01;
const FLAG_LAST = 0x02;
const FLAG_OBJECT = 0x80;

/** Fewest octets of each PDU type; 0 for types that do not exist. */
const LEAST_LENGTH: readonly number[] = [24, 0, 24, 28, 0, 0, 0, 0, 0, 0, 0, 28, 26, 18, 28, 24, 20, 16, 16, 16];

/** Header of a connection-oriented PDU. [C706] 12.6.3.1 */
export interface PduHeader {
  readonly type: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** True if an object UUID precedes the stub of a request. */
  readonly hasObject: boolean;
  readonly littleEndian: boolean;
  /** Octets of the whole PDU, header and authentication included. */
  readonly fragLength: number;
  /** Octets of the authentication value, without its 8-octet trailer; 0 for none. */
  readonly authLength: number;
  readonly callId: number;
  /** Octets of the PDU that were not captured; 0 of a whole one. */
  readonly missing: number;
}

/** Security trailer and where its value lies. [MS-RPCE] 2.2.2.11 */
export interface AuthVerifier {
  readonly type: number;
  readonly level: number;
  readonly contextId: number;
  /** Octets between the end of the stub and the trailer. */
  readonly padLength: number;
  /** Range of the token in the reader's source. */
  readonly start: number;
  readonly end: number;
}

/** One presentation context that a client proposes. [C706] 12.6.3.1, p_cont_elem_t */
export interface ProposedContext {
  readonly id: number;
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  readonly transferSyntaxes: readonly string[];
}

/** Answer to one proposed context, in the order of the proposal. */
export interface ContextResult {
  /** 0 accepted, 1 rejected by the user, 2 rejected by the provider, 3 negotiated ([MS-RPCE] 2.2.2.4). */
  readonly result: number;
  readonly reason: number;
  readonly transferSyntax: string;
}

/** Most presentation contexts read of one bind; the count is one octet. */
const MOST_CONTEXTS = 255;

/**
 * True if the next octets look like the header of a connection-oriented PDU, as far as they are there (at least 3).
 * Does not move the reader.
 */
export function looksLikePdu(r: ByteReader): boolean {
  const version = r.peekU8();
  const minor = r.peekU8(1);
  const type = r.peekU8(2);
  if (version !== 5 || minor > 1 || type < 0) return false;
  const least = LEAST_LENGTH[type] ?? 0;
  if (least === 0) return false;
  const integers = r.peekU8(4);
  if (integers < 0) return true;
  // drep: integers big or little, characters ASCII or EBCDIC; floats 0..3; two octets reserved.
  if ((integers & 0xef) > 1 || r.peekU8(5) > 3 || r.peekU8(6) > 0 || r.peekU8(7) > 0) return false;
  if (r.left < 12) return true;
  const little = integers >= 0x10;
  const fragLength = little ? r.peekU8(8) | (r.peekU8(9) << 8) : r.peekU16be(8);
  const authLength = little ? r.peekU8(10) | (r.peekU8(11) << 8) : r.peekU16be(10);
  if (fragLength < least) return false;
  return authLength === 0 || authLength + 8 + PDU_HEADER_LENGTH <= fragLength;
}

/**
 * Octets of the PDU that begins here.
 * @returns 0 if its length field is not there yet.
 */
export function pduLength(r: ByteReader): number {
  if (r.left < 10) return 0;
  return r.peekU8(4) >= 0x10 ? r.peekU8(8) | (r.peekU8(9) << 8) : r.peekU16be(8);
}

/** Reads the header and leaves `r` at the body. Call it only where `looksLikePdu` said so. */
export function parsePduHeader(r: ByteReader): PduHeader {
  const octets = r.left;
  r.skip(2); // Versions
  const type = r.u8();
  const flags = r.u8();
  const littleEndian = r.u8() >= 0x10;
  r.skip(3);
  const fragLength = r.u16(littleEndian);
  const authLength = r.u16(littleEndian);
  const callId = r.u32(littleEndian);
  return {
    type,
    isFirst: (flags & FLAG_FIRST) !== 0,
    isLast: (flags & FLAG_LAST) !== 0,
    hasObject: (flags & FLAG_OBJECT) !== 0,
    littleEndian,
    fragLength,
    authLength,
    callId,
    missing: Math.max(0, fragLength - octets),
  };
}

/**
 * Reads the security trailer of a PDU that lies in `[start, end)` of the reader's source; the reader does not move.
 * @returns null if it has none or its lengths contradict each other.
 */
export function parseAuthVerifier(r: ByteReader, header: PduHeader, start: number, end: number): AuthVerifier | null {
  if (header.authLength === 0) return null;
  const tokenStart = end - header.authLength;
  const at = tokenStart - 8;
  if (at < start + PDU_HEADER_LENGTH) return null;
  const { pos, end: formerEnd } = r;
  r.seek(at, end);
  const type = r.u8();
  const level = r.u8();
  const padLength = r.u8();
  r.skip(1);
  const contextId = r.u32(header.littleEndian);
  r.seek(pos, formerEnd);
  return { type, level, contextId, padLength, start: tokenStart, end };
}

/** Octets of the stub that were not captured: the trailer of the authentication comes behind it. */
export function missingStub({ missing, authLength }: PduHeader): number {
  return Math.max(0, missing - (authLength > 0 ? authLength + 8 : 0));
}

/** Where the octets that are sealed at level privacy begin in a PDU; 0 for types without. [C706] 12.6.4, [MS-RPCE] 3.3.1.5.2.2 */
export function stubOffset({ type, hasObject }: PduHeader): number {
  if (type === PDU.request) return hasObject ? 40 : 24;
  if (type === PDU.response) return 24;
  return type === PDU.fault ? 32 : 0;
}

/** Reads the body of bind and alter_context. [C706] 12.6.4.3, 12.6.4.1 */
export function parseBind(r: ByteReader, littleEndian: boolean): ProposedContext[] {
  r.skip(8); // Fragment sizes and association group
  const count = r.u8();
  r.skip(3);
  const contexts: ProposedContext[] = [];
  for (let i = 0; i < count && i < MOST_CONTEXTS && !r.truncated; i++) {
    const id = r.u16(littleEndian);
    const syntaxes = r.u8();
    r.skip(1);
    const uuid = readUuid(r, littleEndian);
    const version = r.u32(littleEndian);
    if (r.truncated) break;
    const transferSyntaxes: string[] = [];
    for (let j = 0; j < syntaxes && !r.truncated; j++) {
      const syntax = readUuid(r, littleEndian);
      r.skip(4);
      if (!r.truncated) transferSyntaxes.push(syntax);
    }
    contexts.push({ id, uuid, major: version & 0xffff, minor: version >>> 16, transferSyntaxes });
  }
  return contexts;
}

/** Body of bind_ack and alter_context_resp. [C706] 12.6.4.4, 12.6.4.2 */
export interface BindAck {
  /** Endpoint that the server names: a port or a pipe ("\\PIPE\\lsass"); empty in alter_context_resp. */
  readonly secondaryAddress: string;
  readonly results: readonly ContextResult[];
}

/** @param start Where the PDU begins, for the alignment behind the address. */
export function parseBindAck(r: ByteReader, littleEndian: boolean, start: number): BindAck {
  r.skip(8);
  const addressLength = r.u16(littleEndian);
  // Its last octet is NUL by the specification; some servers leave it out.
  const secondaryAddress = untilNul(r.latin1(addressLength));
  r.skip((4 - ((r.pos - start) & 3)) & 3);
  const count = r.u8();
  r.skip(3);
  const results: ContextResult[] = [];
  for (let i = 0; i < count && !r.truncated; i++) {
    const result = r.u16(littleEndian);
    const reason = r.u16(littleEndian);
    const transferSyntax = readUuid(r, littleEndian);
    r.skip(4);
    if (!r.truncated) results.push({ result, reason, transferSyntax });
  }
  return { secondaryAddress, results };
}

function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
