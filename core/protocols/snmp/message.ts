import { ByteReader } from "../../bytes/reader.ts";
import { DER, DerReader } from "../../bytes/der.ts";
import { wireText } from "../../bytes/text.ts";

/** Versions by their number on the wire. RFC 1157, RFC 1901, RFC 3412 */
const V1 = 0;
const V2C = 1;
const V3 = 3;
const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [V1, "1"],
  [V2C, "2c"],
  [V3, "3"],
]);

/** Identifier octets of the PDUs. RFC 1157 4.1, RFC 3416 3 */
export const PDU = {
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  set: 0xa3,
  trapV1: 0xa4,
  getBulk: 0xa5,
  inform: 0xa6,
  trap: 0xa7,
  report: 0xa8,
} as const;

/** Identifier octets of values. RFC 2578 2 */
const TIME_TICKS = 0x43;
const IP_ADDRESS = 0x40;
const UNSIGNED: readonly number[] = [0x41, 0x42, TIME_TICKS, 0x46];
const NOT_TEXT: readonly number[] = [DER.null, 0x80, 0x81, 0x82, DER.oid, DER.integer, IP_ADDRESS, ...UNSIGNED];

/** Bindings read of one PDU. A datagram can hold some 8,000. */
const MAX_BINDINGS = 10_000;
/** Octets of an unsigned value that can matter. */
const MAX_UNSIGNED = 8;

export interface SnmpBinding {
  readonly oid: string;
  /** Value if it is a counter, gauge or time; else null. */
  readonly unsigned: bigint | null;
  /** Value if it is text or of a kind of its own; else null. */
  readonly text: string | null;
}

export interface SnmpPdu {
  /** Identifier octet, see `PDU`. */
  readonly kind: number;
  /** Error status of a response. */
  readonly error: number;
  readonly bindings: readonly SnmpBinding[];
}

/** One message; `pdu` is null if it is encrypted, of an unknown kind, or malformed. */
export interface SnmpMessage {
  readonly version: string;
  readonly community: string | null;
  readonly v3: SnmpV3 | null;
  readonly isEncrypted: boolean;
  readonly pdu: SnmpPdu | null;
  /** True if the PDU, or what it lies in, is of a kind that no specification names. */
  readonly isUnknown: boolean;
  /** True if the PDU could not be read to its end. */
  readonly isMalformed: boolean;
  /** Longest part of an object identifier, in octets. */
  readonly longestSubidentifier: number;
}

/** What version 3 adds. RFC 3412 6, RFC 3414 2.4 */
export interface SnmpV3 {
  readonly isAuthenticated: boolean;
  readonly isPrivate: boolean;
  readonly engineId: string | null;
  readonly user: string | null;
  readonly context: string | null;
}

/** True if the octets begin as a message does: a sequence whose first element is a known version; does not move. */
export function looksLikeSnmp(r: ByteReader): boolean {
  const d = new DerReader(r.source, r.pos, r.end);
  return d.enter(DER.sequence) && d.at(DER.integer) && VERSION_NAMES.has(d.integer()) && !d.failed;
}

/** Reads one datagram; null if not even the header of a known version is there. */
export function readSnmp(bytes: Uint8Array, start: number, end: number): SnmpMessage | null {
  const d = new DerReader(bytes, start, end);
  d.enter(DER.sequence);
  const number = d.integer();
  const version = VERSION_NAMES.get(number);
  if (d.failed || version === undefined) return null;
  if (number !== V3) {
    const community = textOf(d.octets());
    if (d.failed) return null;
    return { version, community, v3: null, isEncrypted: false, ...readPdu(d) };
  }
  const v3 = readV3(d);
  if (v3 === null) return null;
  if (!d.at(DER.sequence)) {
    const isEncrypted = d.at(DER.octetString);
    const part = isEncrypted ? NO_PDU : partWithoutPdu(d);
    return { version, community: null, v3, isEncrypted, ...part };
  }
  d.enter(DER.sequence);
  d.octets();
  const context = textOf(d.octets());
  if (d.failed) return null;
  const named = { ...v3, context: context === "" ? null : context };
  return { version, community: null, v3: named, isEncrypted: false, ...readPdu(d) };
}

function readV3(d: DerReader): SnmpV3 | null {
  d.enter(DER.sequence);
  d.integer();
  d.integer();
  const flags = d.octets();
  d.integer();
  d.leave();
  const security = d.octets();
  if (d.failed || flags.length !== 1) return null;
  const usm = new DerReader(security, 0, security.length);
  usm.enter(DER.sequence);
  const engine = usm.octets();
  usm.integer();
  usm.integer();
  const user = textOf(usm.octets());
  const hasUser = !usm.failed;
  return {
    isAuthenticated: (flags[0]! & 1) !== 0,
    isPrivate: (flags[0]! & 2) !== 0,
    engineId: hasUser && engine.length > 0 ? Buffer.from(engine).toString("hex") : null,
    user: hasUser && user !== "" ? user : null,
    context: null,
  };
}

type PduPart = Pick<SnmpMessage, "pdu" | "isUnknown" | "isMalformed" | "longestSubidentifier">;

const NO_PDU: PduPart = { pdu: null, isUnknown: false, isMalformed: false, longestSubidentifier: 0 };

/** Something else is where a PDU must be, or nothing. */
function partWithoutPdu(d: DerReader): PduPart {
  return d.next < 0 ? { ...NO_PDU, isMalformed: true } : { ...NO_PDU, isUnknown: true };
}

function readPdu(d: DerReader): PduPart {
  const kind = d.next;
  if (kind < PDU.get || kind > PDU.report) return partWithoutPdu(d);
  d.enter(kind);
  let error = 0;
  if (kind === PDU.trapV1) {
    d.oid();
    d.octets(IP_ADDRESS);
    d.integer();
    d.integer();
    d.integer(TIME_TICKS);
  } else {
    d.integer();
    error = d.integer();
    d.integer();
  }
  const bindings: SnmpBinding[] = [];
  let longest = 0;
  d.enter(DER.sequence);
  while (d.more && bindings.length < MAX_BINDINGS) {
    d.enter(DER.sequence);
    const at = d.pos;
    const oid = d.oid();
    longest = Math.max(longest, longestSubidentifier(d.source, at, d.pos));
    const binding = readValue(d, oid);
    d.leave();
    if (d.failed) break;
    bindings.push(binding);
  }
  const pdu = d.failed ? null : { kind, error, bindings };
  return { pdu, isUnknown: false, isMalformed: d.failed, longestSubidentifier: longest };
}

function readValue(d: DerReader, oid: string): SnmpBinding {
  const tag = d.next;
  if (UNSIGNED.includes(tag)) {
    const hex = Buffer.from(d.octets(tag).subarray(-MAX_UNSIGNED)).toString("hex");
    return { oid, unsigned: hex === "" ? 0n : BigInt(`0x${hex}`), text: null };
  }
  if (tag < 0 || NOT_TEXT.includes(tag)) {
    d.skip();
    return { oid, unsigned: null, text: null };
  }
  return { oid, unsigned: null, text: textOf(d.octets(tag)) };
}

/** Octets of the longest part of the object identifier that lies in `bytes[start..end)`, its header included. */
function longestSubidentifier(bytes: Uint8Array, start: number, end: number): number {
  let longest = 0;
  let octets = 0;
  for (let i = start + 2; i < end; i++) {
    octets++;
    longest = Math.max(longest, octets);
    if (bytes[i]! < 0x80) octets = 0;
  }
  return longest;
}

const text = new ByteReader(new Uint8Array(0));

function textOf(octets: Uint8Array): string {
  text.aim(octets, 0, octets.length);
  return wireText(text, octets.length);
}
