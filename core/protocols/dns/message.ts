import { ipv4Text, ipv6GroupsText } from "../../bytes/address.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { NameReader } from "./name.ts";
import { CLASS, OPCODE, TYPE, typeName } from "./names.ts";
import { readRecordData } from "./record-data.ts";
import type { DnsWeird } from "./weirds.ts";

/** Octets of a message header. RFC 1035 4.1.1 */
export const DNS_HEADER_LENGTH = 12;

/** Questions above which a message is taken for something else (Zeek's dns_max_queries). */
export const MAX_QUESTIONS = 25;

/** Message header. RFC 1035 4.1.1, RFC 6895 2 */
export interface DnsHeader {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** Three bits: reserved, AD, CD. */
  readonly z: number;
  readonly rcode: number;
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

/** Reads a header and leaves `r` at the first question; null if it stops early. */
export function readDnsHeader(r: ByteReader): DnsHeader | null {
  const id = r.u16be();
  const flags = r.u16be();
  const questions = r.u16be();
  const answers = r.u16be();
  const authorities = r.u16be();
  const additionals = r.u16be();
  if (r.truncated) return null;
  return {
    id,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    isAuthoritative: (flags & 0x400) !== 0,
    isTruncated: (flags & 0x200) !== 0,
    recursionDesired: (flags & 0x100) !== 0,
    recursionAvailable: (flags & 0x80) !== 0,
    z: (flags >> 4) & 7,
    rcode: flags & 0xf,
    questions,
    answers,
    authorities,
    additionals,
  };
}

/** A question. RFC 1035 4.1.2 */
export interface DnsQuestion {
  readonly name: string;
  /** As it was written. */
  readonly originalName: string;
  readonly type: number;
  readonly cls: number;
}

/** A resource record with its data as text. RFC 1035 4.1.3 */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly cls: number;
  /** Seconds. */
  readonly ttl: number;
  /** See `RecordText`. */
  readonly zeek: string | null;
  readonly other: string | null;
}

/** What an OPT record says. RFC 6891 6.1 */
export interface Edns {
  readonly payloadSize: number;
  readonly dnssecOk: boolean;
  /** RFC 7871, as prefix text; null without. */
  readonly clientSubnet: string | null;
}

/** One message; `fault` says where reading stopped if it did before the end. */
export interface DnsMessage {
  readonly header: DnsHeader;
  readonly questions: DnsQuestion[];
  readonly answers: DnsRecord[];
  readonly authorities: DnsRecord[];
  readonly additionals: DnsRecord[];
  edns: Edns | null;
  /** Reading stopped here. */
  fault: DnsWeird | null;
  /** Faults that did not stop it, with what to add to them. */
  readonly oddities: { readonly name: DnsWeird; readonly addl: string }[];
}

/**
 * Reads one whole message from `r` (its `end` is the message's).
 * @returns null if there is not even a header.
 */
export function readDnsMessage(r: ByteReader, names: NameReader, isNetbios: boolean): DnsMessage | null {
  const messageStart = r.pos;
  const header = readDnsHeader(r);
  if (header === null) return null;
  const message: DnsMessage = {
    header,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    edns: null,
    fault: null,
    oddities: [],
  };
  names.longLabels = isNetbios;
  if (header.questions > MAX_QUESTIONS) {
    message.fault = "DNS_Conn_count_too_large";
    return message;
  }
  for (let i = 0; i < header.questions; i++) {
    const name = names.read(r, messageStart);
    if (names.fault !== null) message.oddities.push({ name: names.fault, addl: "" });
    if (r.left < 4) {
      message.fault = "DNS_truncated_quest_too_short";
      return message;
    }
    const type = r.u16be();
    message.questions.push({ name: name.text, originalName: name.original, type, cls: r.u16be() });
  }
  const sections = [
    { count: header.answers, into: message.answers },
    { count: header.authorities, into: message.authorities },
    { count: header.additionals, into: message.additionals },
  ];
  for (const { count, into } of sections) {
    for (let i = 0; i < count; i++) {
      if (!readRecord(r, names, messageStart, isNetbios, message, into)) return message;
    }
  }
  return message;
}

/** Faults of a record's data that end the message. */
const ENDING: ReadonlySet<DnsWeird> = new Set([
  "DNS_RR_bad_length",
  "DNS_TXT_char_str_past_rdlen",
  "DNS_CAA_char_str_past_rdlen",
]);

function readRecord(
  r: ByteReader,
  names: NameReader,
  messageStart: number,
  isNetbios: boolean,
  message: DnsMessage,
  into: DnsRecord[],
): boolean {
  const owner = names.read(r, messageStart).text;
  if (names.fault !== null) message.oddities.push({ name: names.fault, addl: "" });
  if (r.left < 10) {
    message.fault = "DNS_truncated_ans_too_short";
    return false;
  }
  const type = r.u16be();
  const cls = r.u16be();
  const ttl = r.u32be();
  const length = r.u16be();
  const isUpdate = message.header.opcode === OPCODE.update && !isNetbios;
  if (length > r.left) {
    message.fault = "DNS_truncated_RR_rdlength_lt_len";
    return false;
  }
  if (type === TYPE.opt) {
    const former = r.narrow(length);
    message.edns = readEdns(r, cls, ttl, message);
    r.widen(former);
    into.push({ name: owner, type, cls, ttl, zeek: null, other: null });
    return true;
  }
  if (isUpdate && into !== message.additionals) {
    const text = into === message.answers ? prerequisiteText(owner, type, cls) : deletionText(owner, type, cls);
    if (text !== null) {
      r.skip(length);
      into.push({ name: owner, type, cls, ttl, zeek: text, other: null });
      return true;
    }
  }
  if (length === 0 && r.left > 0) {
    message.fault = "DNS_zero_rdlength";
    return false;
  }
  const former = r.narrow(length);
  const text = readRecordData(r, names, { owner, type, messageStart, isNetbios });
  const stopped = r.truncated;
  r.truncated = false;
  r.widen(former);
  // Zeek reads the answers only.
  if (into === message.answers) message.oddities.push(...text.oddities);
  if (text.fault !== null && ENDING.has(text.fault)) {
    message.fault = text.fault;
    if (text.zeek === null || stopped) return false;
  } else if (text.fault !== null) {
    message.oddities.push({ name: text.fault, addl: text.fault === "DNS_RR_unknown_type" ? String(type) : "" });
  }
  let zeek = text.zeek;
  if (zeek !== null && isUpdate && into === message.authorities) {
    const label = type === TYPE.a ? "A" : type === TYPE.aaaa ? "AAAA" : type === TYPE.a6 ? "A6" : null;
    zeek = label === null ? `add: ${zeek}` : `add: ${label} ${owner} ${zeek}`;
  }
  into.push({ name: owner, type, cls, ttl, zeek, other: text.other });
  return message.fault === null;
}

/** What a record of the prerequisite section asks for. RFC 2136 2.4 */
function prerequisiteText(owner: string, type: number, cls: number): string {
  if (cls === CLASS.none && type === TYPE.any) return `pre: NameNotInUse ${owner}`;
  if (cls === CLASS.any && type === TYPE.any) return `pre: NameInUse ${owner}`;
  if (cls === CLASS.none) return `pre: NoRRSet ${typeName(type)} ${owner}`;
  return `pre: RRSetExists ${typeName(type)} ${owner}`;
}

/** What a record of the update section deletes; null if it adds. RFC 2136 2.5 */
function deletionText(owner: string, type: number, cls: number): string | null {
  if (cls === CLASS.any && type === TYPE.any) return `del: RRSet * ${owner}`;
  if (cls === CLASS.none) return `del: RR ${typeName(type)} ${owner}`;
  if (cls === CLASS.any) return `del: RRSet ${typeName(type)}`;
  return null;
}

const OPTION_CLIENT_SUBNET = 8;

function readEdns(r: ByteReader, payloadSize: number, ttl: number, message: DnsMessage): Edns {
  let clientSubnet: string | null = null;
  while (r.left > 0) {
    const option = r.u16be();
    const length = r.u16be();
    if (r.truncated || length > r.left) {
      message.oddities.push({ name: "EDNS_truncated_option", addl: "" });
      r.truncated = false;
      r.pos = r.end;
      break;
    }
    const former = r.narrow(length);
    if (option === OPTION_CLIENT_SUBNET) clientSubnet = clientSubnetText(r);
    r.widen(former);
  }
  return { payloadSize, dnssecOk: (ttl & 0x8000) !== 0, clientSubnet };
}

/** RFC 7871 6: the address is cut to the prefix's octets. */
function clientSubnetText(r: ByteReader): string | null {
  if (r.left < 4) return null;
  const family = r.u16be();
  const prefix = r.u8();
  r.skip(1);
  const octets = new Uint8Array(16);
  octets.set(r.bytes(Math.min(r.left, 16)));
  const address = new ByteReader(octets);
  if (family === 1 && prefix <= 32) return `${ipv4Text(address)}/${prefix}`;
  if (family !== 2 || prefix > 128) return null;
  return `${ipv6GroupsText(Array.from({ length: 8 }, () => address.u16be()))}/${prefix}`;
}
