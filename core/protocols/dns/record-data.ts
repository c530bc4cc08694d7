import { ipv4Text, ipv6Text } from "../../bytes/address.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import type { Oddity } from "./dnssec.ts";
import { bitmapOddities, digestOddities, keyOddities, overflowOddities, signatureOddities } from "./dnssec.ts";
import type { NameReader } from "./name.ts";
import { TYPE, typeName } from "./names.ts";
import type { DnsWeird } from "./weirds.ts";

/** Text of a record's data. */
export interface RecordText {
  /** As Zeek's dns.log shows it among the answers; null where it shows nothing. */
  zeek: string | null;
  /** What Zeek leaves out; null where there is nothing to add. */
  other: string | null;
  fault: DnsWeird | null;
  /** What is odd and does not end the message. */
  oddities: readonly Oddity[];
}

/** What the text of a record depends on besides its data. */
export interface RecordContext {
  readonly owner: string;
  readonly type: number;
  readonly messageStart: number;
  readonly isNetbios: boolean;
}

/** Octets of a SIG record before the name of the signer. RFC 2535 4.1 */
const SIG_FIXED = 18;

/**
 * Reads the data of one record; `r` is narrowed to it, and names in it may point back into the message.
 * The text is that of Zeek's dns_*_reply handlers (base/protocols/dns/main.zeek).
 */
export function readRecordData(r: ByteReader, names: NameReader, context: RecordContext): RecordText {
  const text: RecordText = { zeek: null, other: null, fault: null, oddities: [] };
  const name = (): string => {
    const read = names.read(r, context.messageStart);
    text.fault ??= names.fault;
    return read.text;
  };
  switch (context.type) {
    case TYPE.a:
      if (r.left !== 4) text.fault = "DNS_RR_bad_length";
      else text.zeek = ipv4Text(r);
      break;
    case TYPE.aaaa:
    case TYPE.a6:
      if (r.left < 16) text.fault = "DNS_RR_bad_length";
      else text.zeek = ipv6Text(r);
      break;
    case TYPE.ns:
    case TYPE.cname:
    case TYPE.ptr:
      text.zeek = name();
      break;
    case TYPE.soa:
      text.zeek = name();
      break;
    case TYPE.mx:
      r.skip(2);
      text.zeek = name();
      break;
    case TYPE.srv:
      if (context.isNetbios) text.other = nodeStatusText(r);
      else {
        r.skip(6);
        text.zeek = name();
      }
      break;
    case TYPE.nb:
      if (context.isNetbios) text.other = netbiosAddresses(r);
      break;
    case TYPE.txt:
    case TYPE.spf:
      text.zeek = characterStrings(r, context.type === TYPE.txt ? "TXT" : "SPF", text);
      break;
    case TYPE.wks:
    case TYPE.opt:
    case TYPE.tsig:
      break;
    case TYPE.tkey:
      text.other = `TKEY ${name()}`;
      break;
    case TYPE.hinfo:
      text.other = `HINFO ${characterString(r)} ${characterString(r)}`;
      break;
    case TYPE.caa:
      text.other = caaText(r, text);
      break;
    case TYPE.naptr:
      text.zeek = naptrText(r, name);
      break;
    case TYPE.rrsig: {
      const covered = r.u16be();
      const algorithm = r.u8();
      r.skip(15);
      if (!r.truncated) text.oddities = signatureOddities(algorithm);
      const signer = name();
      if (!r.truncated) text.zeek = `RRSIG ${covered} ${signer === "" ? "<Root>" : signer}`;
      break;
    }
    case TYPE.dnskey: {
      const flags = r.u16be();
      const protocol = r.u8();
      const algorithm = r.u8();
      if (!r.truncated) text.oddities = keyOddities(flags, protocol, algorithm);
      text.zeek = `DNSKEY ${algorithm}`;
      break;
    }
    case TYPE.ds: {
      r.skip(2);
      const algorithm = r.u8();
      const digest = r.u8();
      if (!r.truncated) text.oddities = digestOddities(digest);
      text.zeek = `DS ${algorithm} ${digest}`;
      break;
    }
    case TYPE.nsec:
      text.zeek = `NSEC ${context.owner} ${name()}`;
      text.oddities = bitmapOddities(r, "DNSSEC_NSEC_bitmapLen0");
      break;
    case TYPE.nsec3:
      text.zeek = "NSEC3";
      r.skip(4);
      r.skip(r.u8());
      r.skip(r.u8());
      if (!r.truncated) text.oddities = bitmapOddities(r, "DNSSEC_NSEC3_bitmapLen0");
      r.truncated = false;
      break;
    case TYPE.nsec3param:
      text.zeek = "NSEC3PARAM";
      break;
    case TYPE.bindSigning:
      text.zeek = "BIND9 signing signal";
      break;
    case TYPE.sshfp:
      r.skip(2);
      text.zeek = `SSHFP: ${r.hex(r.left)}`;
      break;
    case TYPE.loc: {
      const version = r.u8();
      if (version !== 0) text.oddities = [{ name: "DNS_LOC_version_unrecognized", addl: String(version) }];
      const size = r.u8();
      const horizontal = r.u8();
      text.zeek = `LOC:  ${size} ${horizontal} ${r.u8()}`;
      break;
    }
    case TYPE.sig:
      r.skip(SIG_FIXED);
      names.read(r, context.messageStart);
      text.oddities = overflowOddities(r.left);
      unknownType(text, context.type);
      break;
    case TYPE.svcb:
    case TYPE.https:
      text.other = serviceBinding(r, typeName(context.type), name, text);
      break;
    default:
      unknownType(text, context.type);
  }
  if (r.truncated) text.fault ??= "DNS_RR_bad_length";
  return text;
}

/** What Zeek says of a type that it does not read. */
function unknownType(text: RecordText, type: number): void {
  text.zeek = `<unknown type=${type}>`;
  text.fault = "DNS_RR_unknown_type";
}

/** One character string: a length octet and so many octets. RFC 1035 3.3 */
function characterString(r: ByteReader): string {
  return wireText(r, r.u8());
}

function characterStrings(r: ByteReader, label: string, text: RecordText): string {
  let joined = "";
  while (r.left > 0) {
    const octets = r.u8();
    if (octets > r.left) {
      text.fault = "DNS_TXT_char_str_past_rdlen";
      r.pos = r.end;
      break;
    }
    joined += `${joined === "" ? "" : " "}${label} ${octets} ${wireText(r, octets)}`;
  }
  return joined;
}

/** RFC 8659 4.1 */
function caaText(r: ByteReader, text: RecordText): string | null {
  const flags = r.u8();
  const octets = r.u8();
  if (octets >= r.left) {
    text.fault = "DNS_CAA_char_str_past_rdlen";
    return null;
  }
  const tag = wireText(r, octets);
  return `CAA ${flags} ${tag} ${wireText(r, r.left)}`;
}

/** RFC 3403 4.1 */
function naptrText(r: ByteReader, name: () => string): string {
  const order = r.u16be();
  const preference = r.u16be();
  const flags = characterString(r);
  const service = characterString(r);
  const regexp = characterString(r);
  const replacement = name();
  const target = regexp !== "" && replacement !== "" ? `${regexp} ${replacement}` : regexp + replacement;
  return `NAPTR ${order} ${preference} ${flags} ${service} ${target}`;
}

/** Octets of the least that a service binding has: its priority and the root as its target. */
const LEAST_BINDING = 3;

/** RFC 9460 2.2 and 7 */
function serviceBinding(r: ByteReader, label: string, name: () => string, record: RecordText): string | null {
  if (r.left < LEAST_BINDING) {
    record.oddities = [{ name: "DNS_SVCB_wrong_length", addl: "" }];
    return null;
  }
  const priority = r.u16be();
  const target = name();
  let text = `${label} ${priority} ${target === "" ? "." : target}`;
  while (r.left >= 4) {
    const key = r.u16be();
    const former = r.narrow(r.u16be());
    if (r.truncated) break;
    const fault = parameterFault(r, key);
    if (fault !== null) record.oddities = [...record.oddities, { name: fault, addl: "" }];
    else text += ` ${parameterText(r, key)}`;
    r.pos = r.end;
    r.widen(former);
  }
  return text;
}

const ALPN = 1;
const PORT = 3;

/** A parameter whose own lengths do not fit; `r` is at its value and stays there. RFC 9460 7.1, 7.2 */
function parameterFault(r: ByteReader, key: number): DnsWeird | null {
  if (key === PORT) return r.left === 2 ? null : "DNS_SVCB_port_length_invalid";
  if (key !== ALPN) return null;
  const start = r.pos;
  while (r.left > 0) {
    const octets = r.u8();
    if (octets > r.left) {
      r.pos = start;
      return "DNS_SVCB_alpn_length_invalid";
    }
    r.skip(octets);
  }
  r.pos = start;
  return null;
}

function parameterText(r: ByteReader, key: number): string {
  const values: string[] = [];
  switch (key) {
    case ALPN:
      while (r.left > 0 && !r.truncated) values.push(characterString(r));
      return `alpn=${values.join(",")}`;
    case 2:
      return "no-default-alpn";
    case PORT:
      return `port=${r.u16be()}`;
    case 4:
      while (r.left >= 4) values.push(ipv4Text(r));
      return `ipv4hint=${values.join(",")}`;
    case 5:
      return `ech=${r.left} octets`;
    case 6:
      while (r.left >= 16) values.push(ipv6Text(r));
      return `ipv6hint=${values.join(",")}`;
    default:
      return `key${key}=${r.hex(r.left)}`;
  }
}

/** Names that a node status response lists. RFC 1002 4.2.18 */
function nodeStatusText(r: ByteReader): string {
  const count = r.u8();
  const names: string[] = [];
  for (let i = 0; i < count && r.left >= 18; i++) {
    const name = r.latin1(15).trimEnd();
    const type = r.u8();
    const isGroup = (r.u16be() & 0x8000) !== 0;
    names.push(`${name}<${type.toString(16).padStart(2, "0")}>${isGroup ? " group" : ""}`);
  }
  return `NBSTAT ${names.join(", ")}`;
}

/** Addresses of a positive name query response. RFC 1002 4.2.13 */
function netbiosAddresses(r: ByteReader): string | null {
  const addresses: string[] = [];
  while (r.left >= 6) {
    r.skip(2);
    addresses.push(ipv4Text(r));
  }
  return addresses.length > 0 ? `NB ${addresses.join(" ")}` : null;
}
