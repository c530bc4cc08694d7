import type { ByteReader } from "../../bytes/reader.ts";

/** Packet codes. RFC 2865 3, RFC 2866 3, RFC 5176 3 */
export const CODE = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
  statusClient: 13,
  disconnectRequest: 40,
  coaNak: 45,
} as const;

/** Attribute types. RFC 2865 5, RFC 2866 5, RFC 2868 3, RFC 2869 5 */
export const ATTR = {
  userName: 1,
  userPassword: 2,
  chapPassword: 3,
  nasAddress: 4,
  serviceType: 6,
  framedAddress: 8,
  replyMessage: 18,
  state: 24,
  vendorSpecific: 26,
  calledStation: 30,
  callingStation: 31,
  nasIdentifier: 32,
  acctStatusType: 40,
  acctInputOctets: 42,
  acctOutputOctets: 43,
  acctSessionId: 44,
  acctSessionTime: 46,
  acctTerminateCause: 49,
  acctInputGigawords: 52,
  acctOutputGigawords: 53,
  tunnelClientEndpoint: 66,
  connectInfo: 77,
  eapMessage: 79,
} as const;

/** One packet. RFC 2865 3 */
export interface RadiusMessage {
  readonly code: number;
  readonly id: number;
  /** Values by type, each the first of its type; borrowed. */
  readonly attributes: ReadonlyMap<number, Uint8Array>;
  /** Vendor attributes as "vendor:type", such as Microsoft's "311:25". RFC 2865 5.26 */
  readonly vendorAttributes: readonly string[];
  /** True if the attributes do not fill the packet. */
  readonly isMalformed: boolean;
}

const HEADER = 20;
/** Longest packet. RFC 2865 3 */
const MAX_PACKET = 4096;

/** Reads a packet; null if it is none by its header. Octets behind its length are padding. RFC 2865 3 */
export function readRadius(r: ByteReader): RadiusMessage | null {
  const start = r.pos;
  const code = r.u8();
  const id = r.u8();
  const length = r.u16be();
  r.skip(16); // authenticator
  if (r.truncated || length < HEADER || length > MAX_PACKET) return null;
  const isCut = start + length > r.end;
  const end = Math.min(r.end, start + length);
  const attributes = new Map<number, Uint8Array>();
  const vendorAttributes: string[] = [];
  let isMalformed = isCut;
  // Each takes two octets at least, so a packet ends this.
  while (r.pos < end) {
    const type = r.u8();
    const octets = r.u8();
    if (octets < 2 || r.pos + octets - 2 > end) {
      isMalformed = true;
      break;
    }
    const value = r.bytes(octets - 2);
    if (!attributes.has(type)) attributes.set(type, value);
    if (type === ATTR.vendorSpecific && value.length >= 6) {
      vendorAttributes.push(`${value[1]! * 65_536 + value[2]! * 256 + value[3]!}:${value[4]!}`);
    }
  }
  return { code, id, attributes, vendorAttributes, isMalformed };
}

/** True for a code that some specification defines. */
export function isCode(code: number): boolean {
  const { accessRequest, accountingResponse, accessChallenge, statusClient, disconnectRequest, coaNak } = CODE;
  return (
    (code >= accessRequest && code <= accountingResponse) ||
    (code >= accessChallenge && code <= statusClient) ||
    (code >= disconnectRequest && code <= coaNak)
  );
}
