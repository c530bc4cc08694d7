import type { ByteReader } from "../../bytes/reader.ts";

export const RMCP_VERSION = 6;
const CLASS_ASF = 6;
const CLASS_IPMI = 7;
/** RMCP acknowledgements have this bit in their class. IPMI 2.0 13.1.3 */
const ACKNOWLEDGEMENT = 0x80;
const ASF_IANA = 4542;
const RMCP_PLUS = 6;
const OEM_PAYLOAD = 2;
const ENCRYPTED = 0x80;
const PAYLOAD_TYPE = 0x3f;
/** Authentication code of IPMI 1.5. */
const AUTH_CODE = 16;
/** Shortest IPMI message: addresses, functions, checksums, command. */
const MIN_MESSAGE = 7;

/** One datagram. IPMI 2.0 13.1 to 13.6 */
export type RmcpPacket =
  | { readonly kind: "asf"; readonly type: number; readonly tag: number }
  | { readonly kind: "acknowledgement" }
  | {
      readonly kind: "ipmi";
      readonly version: "1.5" | "2.0";
      readonly authType: number;
      /** 0 for IPMI messages, 1 for serial over LAN, from 0x10 on the setting up of a session. */
      readonly payloadType: number;
      readonly isEncrypted: boolean;
      readonly sessionId: number;
      /** Range of the payload. */
      readonly start: number;
      readonly end: number;
    };

/** Reads one datagram; null if it is not RMCP, or cut short. */
export function readRmcp(r: ByteReader): RmcpPacket | null {
  if (r.u8() !== RMCP_VERSION || r.u8() !== 0) return null;
  r.skip(1);
  const kind = r.u8();
  if (r.truncated) return null;
  if ((kind & ACKNOWLEDGEMENT) !== 0) return (kind & 0x1f) === CLASS_ASF ? { kind: "acknowledgement" } : null;
  if (kind === CLASS_ASF) return readAsf(r);
  return kind === CLASS_IPMI ? readSession(r) : null;
}

/** DSP0136 3.2.4.1 */
function readAsf(r: ByteReader): RmcpPacket | null {
  const iana = r.u32be();
  const type = r.u8();
  const tag = r.u8();
  r.skip(1);
  const length = r.u8();
  return r.truncated || iana !== ASF_IANA || length > r.left ? null : { kind: "asf", type, tag };
}

function readSession(r: ByteReader): RmcpPacket | null {
  const authType = r.u8();
  if (authType !== RMCP_PLUS) {
    r.skip(4);
    const sessionId = r.u32le();
    if (authType !== 0) r.skip(AUTH_CODE);
    const length = r.u8();
    if (r.truncated || authType > RMCP_PLUS || length > r.left) return null;
    const range = { start: r.pos, end: r.pos + length };
    return { kind: "ipmi", version: "1.5", authType, payloadType: 0, isEncrypted: false, sessionId, ...range };
  }
  const type = r.u8();
  if ((type & PAYLOAD_TYPE) === OEM_PAYLOAD) r.skip(6);
  const sessionId = r.u32le();
  r.skip(4);
  const length = r.u16le();
  if (r.truncated || length > r.left) return null;
  return {
    kind: "ipmi",
    version: "2.0",
    authType,
    payloadType: type & PAYLOAD_TYPE,
    isEncrypted: (type & ENCRYPTED) !== 0,
    sessionId,
    start: r.pos,
    end: r.pos + length,
  };
}

/** An IPMI message. IPMI 2.0 13.8 */
export interface IpmiMessage {
  /** Network function of the request, which is even. */
  readonly netfn: number;
  readonly isResponse: boolean;
  readonly command: number;
  readonly sequence: number;
  /** Data with the completion code of a response at their beginning, without the last checksum. */
  readonly start: number;
  readonly end: number;
}

/** Reads an IPMI message; null if it is cut short or its first checksum is wrong. */
export function readMessage(r: ByteReader): IpmiMessage | null {
  if (r.left < MIN_MESSAGE) return null;
  const end = r.end - 1;
  const to = r.u8();
  const function_ = r.u8();
  if (((to + function_ + r.u8()) & 0xff) !== 0) return null;
  r.skip(1);
  const sequence = r.u8() >> 2;
  const command = r.u8();
  const netfn = function_ >> 2;
  return { netfn: netfn & ~1, isResponse: (netfn & 1) !== 0, command, sequence, start: r.pos, end };
}
