import { contextTag, DER, DerReader, readTlv } from "../../bytes/der.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { textOfOctets } from "./text.ts";

/**
 * What leads an LDAPMessage: its id, its operation, and where they lie. Positions are in the reader's octets; the
 * message may end behind what has arrived. RFC 4511 4.1.1
 */
export interface Head {
  readonly id: number;
  /** Application tag of the operation. */
  readonly op: number;
  /** First octet of the operation's content, and behind its last. */
  readonly body: number;
  readonly bodyEnd: number;
  /** Behind the message. */
  readonly end: number;
}

/** Operations whose content is not constructed: unbind, delete, abandon. */
const PRIMITIVES: readonly number[] = [0x42, 0x4a, 0x50];
const APPLICATION = 1;

/**
 * Reads the head of the message that begins at `r`, without waiting for the rest of it; moves `r`.
 * @returns "more" if the head itself is not all there, null if this is no LDAP message.
 */
export function readHead(r: ByteReader): Head | "more" | null {
  if (r.u8() !== DER.sequence) return r.truncated ? "more" : null;
  const length = lengthAt(r);
  if (length < 0) return r.truncated ? "more" : null;
  const end = r.pos + length;
  if (r.u8() !== DER.integer) return r.truncated ? "more" : null;
  const octets = r.u8();
  if (!r.truncated && (octets < 1 || octets > 5)) return null;
  let id = 0;
  for (let i = 0; i < octets && !r.truncated; i++) id = id * 256 + r.u8();
  const identifier = r.u8();
  const opLength = lengthAt(r);
  if (r.truncated) return "more";
  const op = identifier & 0x1f;
  const isConstructed = (identifier & 0x20) !== 0;
  if (identifier >> 6 !== APPLICATION || op === 0x1f || isConstructed === PRIMITIVES.includes(identifier)) return null;
  if (id > 0x7fffffff || opLength < 0 || r.pos + opLength > end) return null;
  return { id, op, body: r.pos, bodyEnd: r.pos + opLength, end };
}

/** A definite length of up to four octets; -1 if it is none (or cut short, which sets `r.truncated`). */
function lengthAt(r: ByteReader): number {
  const first = r.u8();
  if (first < 0x80) return first;
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4) return -1;
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + r.u8();
  return r.truncated ? -1 : length;
}

/** LDAPResult, which all responses begin with. RFC 4511 4.1.9 */
export interface Result {
  readonly code: number;
  readonly matchedDn: Uint8Array;
  readonly diagnostic: string;
}

const REFERRAL = contextTag(3);

/** Reads an LDAPResult and leaves `d` at what the response adds to it. */
export function readResult(d: DerReader): Result {
  const code = d.integer(DER.enumerated);
  const matchedDn = d.octets();
  const diagnostic = textOfOctets(d.octets());
  if (d.at(REFERRAL)) d.skip();
  return { code, matchedDn, diagnostic };
}

const CONTROLS = contextTag(0);
/** Most controls read of one message. */
const MAX_CONTROLS = 16;

/** Object identifiers of the controls that follow an operation. RFC 4511 4.1.11 */
export function readControls(bytes: Uint8Array, start: number, end: number): string[] {
  const oids: string[] = [];
  const d = new DerReader(bytes, start, end);
  if (!d.enterIf(CONTROLS)) return oids;
  while (d.more && oids.length < MAX_CONTROLS) {
    d.enter(DER.sequence);
    oids.push(textOfOctets(d.octets()));
    d.leave();
  }
  return d.failed ? oids.slice(0, -1) : oids;
}

/** True if the octets `start..end` are LDAP messages from end to end, by their outermost lengths. */
export function areMessages(r: ByteReader): boolean {
  if (r.peekU8() !== DER.sequence) return false;
  while (r.left > 0) {
    const tlv = readTlv(r);
    if (tlv === null || tlv.identifier !== DER.sequence) return false;
    r.pos = tlv.end;
  }
  return true;
}
