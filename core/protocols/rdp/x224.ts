import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** TPKT (RFC 1006): version, a reserved octet, length of the packet with this header. */
export const TPKT_HEADER = 4;
export const TPKT_VERSION = 3;

/** X.224 TPDU codes. ISO 8073 13 */
export const CONNECTION_REQUEST = 0xe0;
export const CONNECTION_CONFIRM = 0xd0;
export const DATA = 0xf0;

/** Octets of a connection TPDU before its variable part: length, code, two references, class. */
const CONNECTION_HEADER = 7;
const MSTSHASH = "Cookie: mstshash=";
const LF = 0x0a;
const CR = 0x0d;

const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;
const CORRELATION_INFO = 6;
/** Octets of each negotiation structure. [MS-RDPBCGR] 2.2.1.1.1 */
const NEGOTIATION_OCTETS = 8;

const RESTRICTED_ADMIN_REQUIRED = 0x01;
const REDIRECTED_AUTHENTICATION_REQUIRED = 0x02;
const HAS_CORRELATION_INFO = 0x08;

/** What a client asks for first. [MS-RDPBCGR] 2.2.1.1 */
export interface ConnectionRequest {
  /** Value of the mstshash cookie, "" if there is none: mostly the user's name, cut short by the client. */
  readonly cookie: string;
  /** Routing token for a load balancer, unset if the client sent a cookie or neither. */
  readonly routingToken: string | null;
  /** Bits of the security protocols that the client can speak; null if it says nothing of them. */
  readonly requestedProtocols: number | null;
  /** Credentials are not to be sent to the server (`mstsc /restrictedAdmin`). */
  readonly restrictedAdmin: boolean;
  /** Credentials stay with the client, which answers for the server (`mstsc /remoteGuard`). */
  readonly remoteGuard: boolean;
  readonly correlationId: string | null;
}

/** What a server answers. [MS-RDPBCGR] 2.2.1.2 */
export type ConnectionConfirm =
  | { readonly kind: "old" }
  | { readonly kind: "selected"; readonly protocol: number; readonly flags: number }
  | { readonly kind: "failure"; readonly code: number };

/** Reads a Connection Request; `r` stands behind the TPKT header and is narrowed to the packet. */
export function readConnectionRequest(r: ByteReader): ConnectionRequest {
  r.skip(CONNECTION_HEADER);
  let cookie = "";
  let routingToken: string | null = null;
  const lineEnd = r.find(LF);
  // A negotiation request of protocols 0x0a... would have this octet too, but not a carriage return before it.
  if (lineEnd > r.pos && r.source[lineEnd - 1] === CR) {
    const line = wireText(r, lineEnd - 1 - r.pos);
    r.skip(2);
    if (line.startsWith(MSTSHASH)) cookie = line.slice(MSTSHASH.length);
    else routingToken = line;
  }
  let requestedProtocols: number | null = null;
  let flags = 0;
  if (r.left >= NEGOTIATION_OCTETS && r.peekU8() === NEGOTIATION_REQUEST) {
    r.skip(1);
    flags = r.u8();
    r.skip(2);
    requestedProtocols = r.u32le();
  }
  return {
    cookie,
    routingToken,
    requestedProtocols,
    restrictedAdmin: (flags & RESTRICTED_ADMIN_REQUIRED) !== 0,
    remoteGuard: (flags & REDIRECTED_AUTHENTICATION_REQUIRED) !== 0,
    correlationId: (flags & HAS_CORRELATION_INFO) !== 0 ? readCorrelationId(r) : null,
  };
}

/** [MS-RDPBCGR] 2.2.1.1.2 */
function readCorrelationId(r: ByteReader): string | null {
  if (r.u8() !== CORRELATION_INFO) return null;
  r.skip(3);
  const id = r.hex(16);
  return r.truncated ? null : id;
}

/** Reads a Connection Confirm; null if it is cut short or says what no version says. */
export function readConnectionConfirm(r: ByteReader): ConnectionConfirm | null {
  r.skip(CONNECTION_HEADER);
  if (r.truncated) return null;
  if (r.left === 0) return { kind: "old" };
  const type = r.u8();
  const flags = r.u8();
  r.skip(2);
  const value = r.u32le();
  if (r.truncated) return null;
  if (type === NEGOTIATION_RESPONSE) return { kind: "selected", protocol: value, flags };
  return type === NEGOTIATION_FAILURE ? { kind: "failure", code: value } : null;
}

/** True if a connection TPDU of `length` octets (TPKT included) is RDP's and not that of another protocol over TPKT. */
export function isRdpConnection(r: ByteReader, length: number, isRequest: boolean): boolean | "short" {
  const at = TPKT_HEADER + CONNECTION_HEADER;
  if (length === at) return "short";
  const type = r.peekU8(at);
  if (type < 0) return "short";
  if (isRequest && type === 0x43) return true;
  const isNegotiation = isRequest
    ? type === NEGOTIATION_REQUEST
    : type === NEGOTIATION_RESPONSE || type === NEGOTIATION_FAILURE;
  return isNegotiation && r.peekU8(at + 2) === NEGOTIATION_OCTETS && r.peekU8(at + 3) === 0;
}
