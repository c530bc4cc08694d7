import type { Tlv } from "../../bytes/der.ts";
import { DER, readTlv } from "../../bytes/der.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { hexOf, utf8 } from "./text.ts";

/** Choices of a Filter. RFC 4511 4.5.1.7 */
const AND = 0;
const OR = 1;
const NOT = 2;
const SUBSTRINGS = 4;
const PRESENT = 7;
const EXTENSIBLE = 9;
/** Signs of the choices that compare an attribute with one value. */
const COMPARISONS: Readonly<Record<number, string>> = { 3: "=", 5: ">=", 6: "<=", 8: "~=" };

const CONTEXT = 2;
/** Filters nested deeper are not followed: no query needs it, and each level costs a call. */
const MAX_DEPTH = 64;
/** Longest text of a filter that is kept. */
const MAX_TEXT = 32_768;
/** What Zeek prints for a filter that it cannot read. */
const UNREADABLE = "FILTER_PARSING_ERROR";

/**
 * The filter at `r` as text in the form that Zeek prints: RFC 4515 with more than two members of an AND or OR nested
 * to the left, "(&(&(a=b)(c=d))(e=f))". Moves `r` behind it.
 */
export function readFilter(r: ByteReader): string {
  const tlv = readTlv(r);
  if (tlv === null) return UNREADABLE;
  const text = filterText(r, tlv, 0);
  r.seek(tlv.end, r.end);
  return (text ?? UNREADABLE).slice(0, MAX_TEXT);
}

function filterText(r: ByteReader, tlv: Tlv, depth: number): string | null {
  if (tlv.cls !== CONTEXT || depth > MAX_DEPTH) return null;
  const inside = new ByteReader(r.source, tlv.body, tlv.end);
  switch (tlv.tag) {
    case AND:
      return joined("&", inside, depth);
    case OR:
      return joined("|", inside, depth);
    case NOT: {
      const negated = readTlv(inside);
      const text = negated === null ? null : filterText(inside, negated, depth + 1);
      return text === null ? null : `(!${text})`;
    }
    case SUBSTRINGS:
      return substrings(inside);
    case PRESENT:
      return `(${utf8(inside.bytes(inside.left))}=*)`;
    case EXTENSIBLE:
      return extensible(inside);
    default:
      return comparison(inside, COMPARISONS[tlv.tag]);
  }
}

/** The members of an AND or OR; "" if it has none. */
function joined(sign: string, r: ByteReader, depth: number): string | null {
  const members: string[] = [];
  while (r.left > 0) {
    const tlv = readTlv(r);
    const text = tlv === null ? null : filterText(r, tlv, depth + 1);
    if (tlv === null || text === null) return null;
    members.push(text);
    r.pos = tlv.end;
  }
  if (members.length <= 2) return members.length === 0 ? "" : `(${sign}${members.join("")})`;
  const opened = `(${sign}`.repeat(members.length - 1);
  return `${opened}${members[0]!}${members.slice(1).join(")")})`;
}

function comparison(r: ByteReader, sign: string | undefined): string | null {
  if (sign === undefined) return null;
  const name = octetString(r);
  const value = octetString(r);
  if (name === null || value === null) return null;
  const attribute = utf8(name);
  return `(${attribute}${sign}${valueText(attribute, value)})`;
}

function substrings(r: ByteReader): string | null {
  const name = octetString(r);
  const list = readTlv(r);
  if (name === null || list?.identifier !== DER.sequence) return null;
  let initial = "";
  let final = "";
  const between: string[] = [];
  while (r.left > 0) {
    const tlv = readTlv(r);
    if (tlv === null || tlv.tag > 2) return null;
    const text = escaped(r.bytes(tlv.length));
    if (tlv.tag === 0) initial = text;
    else if (tlv.tag === 1) between.push(text);
    else final = text;
  }
  const middle = between.length === 0 ? "" : `${between.join("*")}*`;
  return `(${utf8(name)}=${initial}*${middle}${final})`;
}

/** MatchingRuleAssertion, whose parts are `[1]` rule, `[2]` attribute, `[3]` value. */
function extensible(r: ByteReader): string | null {
  const parts: (string | undefined)[] = [];
  while (r.left > 0) {
    const tlv = readTlv(r);
    if (tlv === null || tlv.tag > 4) return null;
    parts[tlv.tag] = escaped(r.bytes(tlv.length));
  }
  return `(${parts[2] ?? ""}:${parts[1] ?? ""}:=${parts[3] ?? ""})`;
}

function octetString(r: ByteReader): Uint8Array | null {
  const tlv = readTlv(r);
  return tlv?.identifier === DER.octetString ? r.bytes(tlv.length) : null;
}

/** An assertion's value; some attributes of the domain controller locator are binary. [MS-ADTS] 6.3.3.2 */
function valueText(attribute: string, value: Uint8Array): string {
  switch (attribute) {
    case "DomainGuid":
      return guidText(value);
    case "objectSid":
    case "AAC":
      return hexOf(value).replaceAll(/..(?=.)/g, "$&:");
    case "DomainSid":
      return domainSidText(value);
    case "NtVer":
      return value.length === 4 ? `0x${hexOf(value.slice().reverse())}` : "HEX_FORMAT_FAILED";
    default:
      return escaped(value);
  }
}

function guidText(value: Uint8Array): string {
  if (value.length !== 16) return "GUID_FORMAT_FAILED";
  const little = (from: number, to: number): string => hexOf(value.slice(from, to).reverse());
  const tail = hexOf(value.subarray(8));
  return `${little(0, 4)}-${little(4, 6)}-${little(6, 8)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** A SID of four sub-authorities, as domains have. [MS-DTYP] 2.4.2.2 */
function domainSidText(value: Uint8Array): string {
  if (value.length !== 24) return "SID_FORMAT_FAILED";
  const r = new ByteReader(value);
  const revision = r.u8();
  r.skip(1);
  const authority = r.u16be() * 0x1_0000_0000 + r.u32be();
  return `S-${revision}-${authority}-${r.u32le()}-${r.u32le()}-${r.u32le()}-${r.u32le()}`;
}

/** The characters that Zeek writes as "\" and two digits in a filter's values. */

const ESCAPED = /[\x00\x1b()*]/g;

function escaped(value: Uint8Array): string {
  return utf8(value).replaceAll(ESCAPED, (at) => `\\${at.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
