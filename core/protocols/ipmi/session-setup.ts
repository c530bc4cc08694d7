import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Payload types by which an RMCP+ session is set up. IPMI 2.0 table 13-16 */
export const OPEN_REQUEST = 0x10;
export const OPEN_RESPONSE = 0x11;
export const RAKP_1 = 0x12;
export const RAKP_2 = 0x13;
export const RAKP_3 = 0x14;
export const RAKP_4 = 0x15;

const MAX_USER = 16;
const RANDOM = 16;
const GUID = 16;

export interface Algorithms {
  readonly authentication: number;
  readonly integrity: number;
  readonly confidentiality: number;
}

/** One message of the four, request and response. Fields that a message does not have are null. */
export interface SetupMessage {
  readonly tag: number;
  readonly status: number | null;
  readonly privilege: number | null;
  /** Identifier that the addressee gave to the session. */
  readonly sessionId: number;
  readonly managedId: number | null;
  readonly user: string | null;
  readonly algorithms: Algorithms | null;
  /** Octets of a keyed hash that the message ends with. */
  readonly hashOctets: number;
}

/** Reads a message of the setting up, `r` narrowed to it; null if it is cut short. IPMI 2.0 13.17 to 13.24 */
export function readSetup(type: number, r: ByteReader): SetupMessage | null {
  const tag = r.u8();
  const second = r.u8();
  const third = r.u8();
  r.skip(1);
  const sessionId = r.u32le();
  let managedId: number | null = null;
  let user: string | null = null;
  let privilege: number | null = null;
  let algorithms: Algorithms | null = null;
  const isRequest = type === OPEN_REQUEST || type === RAKP_1;
  const status = isRequest ? null : second;
  if (type === OPEN_REQUEST) {
    privilege = second & 0x0f;
    algorithms = readAlgorithms(r);
  } else if (type === OPEN_RESPONSE && status === 0) {
    privilege = third & 0x0f;
    managedId = r.u32le();
    algorithms = readAlgorithms(r);
  } else if (type === RAKP_1) {
    r.skip(RANDOM);
    privilege = r.u8() & 0x0f;
    r.skip(2);
    user = wireText(r, Math.min(r.u8(), MAX_USER));
  } else if (type === RAKP_2 && status === 0) {
    r.skip(RANDOM + GUID);
  }
  if (r.truncated) return null;
  const hashOctets = type === OPEN_REQUEST || type === OPEN_RESPONSE ? 0 : r.left;
  return { tag, status, privilege, sessionId, managedId, user, algorithms, hashOctets };
}

/** Three payloads of eight octets, the algorithm in the fifth. */
function readAlgorithms(r: ByteReader): Algorithms {
  const algorithm = (): number => {
    r.skip(4);
    const value = r.u8() & 0x3f;
    r.skip(3);
    return value;
  };
  return { authentication: algorithm(), integrity: algorithm(), confidentiality: algorithm() };
}
