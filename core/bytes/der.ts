import { ByteReader } from "./reader.ts";

/** Identifier octets of ASN.1's universal types. X.690 8.1.2 and X.680 8.4 */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  generalString: 0x1b,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a constructed `[tag]`; tags above 30 have no single octet. */
export function contextTag(tag: number): number {
  return 0xa0 | tag;
}

/** Identifier octet of a primitive `[tag] IMPLICIT`. */
export function contextPrimitive(tag: number): number {
  return 0x80 | tag;
}

/** Identifier octet of a constructed `[APPLICATION tag]`. */
export function applicationTag(tag: number): number {
  return 0x60 | tag;
}

/** One element's header. Positions refer to the reader's octets. */
export interface Tlv {
  /** First identifier octet: class, constructed bit, and the tag if it is below 31. */
  readonly identifier: number;
  /** 0 universal, 1 application, 2 context-specific, 3 private. */
  readonly cls: number;
  readonly constructed: boolean;
  readonly tag: number;
  /** Position of the identifier octet. */
  readonly start: number;
  /** Position of the first content octet. */
  readonly body: number;
  /** Content octets. */
  readonly length: number;
  /** Position behind the element. */
  readonly end: number;
}

type MutableTlv = { -readonly [K in keyof Tlv]: Tlv[K] };

/**
 * Reads the header of one element and leaves `r` at its content. Definite lengths only (DER, and BER as LDAP and SNMP
 * restrict it); lengths above 2^32 - 1 and tags above 2^28 - 1 are refused. X.690 8.1
 * @returns null if the header is malformed or the content is not all there; where only octets are missing,
 * `r.truncated` is set.
 */
export function readTlv(r: ByteReader): Tlv | null {
  const tlv = emptyTlv();
  return readTlvInto(r, tlv) ? tlv : null;
}

/** As `readTlv`, writing over `tlv`; false where that gives null. */
function readTlvInto(r: ByteReader, tlv: MutableTlv): boolean {
  const start = r.pos;
  const identifier = r.u8();
  let tag = identifier & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let i = 0; ; i++) {
      const octet = r.u8();
      if (i === 4) return false;
      tag = tag * 128 + (octet & 0x7f);
      if (octet < 0x80) break;
    }
  }
  let length = r.u8();
  if (length >= 0x80) {
    const octets = length & 0x7f;
    if (octets === 0 || octets > 4) return false;
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + r.u8();
  }
  if (r.truncated) return false;
  if (length > r.left) {
    r.truncated = true;
    return false;
  }
  const body = r.pos;
  tlv.identifier = identifier;
  tlv.cls = identifier >> 6;
  tlv.constructed = (identifier & 0x20) !== 0;
  tlv.tag = tag;
  tlv.start = start;
  tlv.body = body;
  tlv.length = length;
  tlv.end = body + length;
  return true;
}

function emptyTlv(): MutableTlv {
  return { identifier: 0, cls: 0, constructed: false, tag: 0, start: 0, body: 0, length: 0, end: 0 };
}

/** The header that a `DerReader` read last, whichever it was: none needs it after its own call. */
const LAST_TLV = emptyTlv();

/** Most constructed elements inside each other that a `DerReader` enters. */
const MAX_DEPTH = 32;

/**
 * Cursor over nested elements, for readers that follow an ASN.1 module from top to bottom.
 *
 * It never throws and is sticky: the first element that is malformed, missing or of another type sets `failed`, and from
 * then on every read gives an empty value. Optional elements are asked for with `at` or `enterIf`.
 */
export class DerReader {
  readonly #r: ByteReader;
  readonly #ends: number[] = [];
  failed = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#r = new ByteReader(bytes, start, end);
  }

  /** Position of the next element's identifier. */
  get pos(): number {
    return this.#r.pos;
  }

  /** Octets that positions refer to. */
  get source(): Uint8Array {
    return this.#r.source;
  }

  /** True if the element entered last has another element (and nothing failed). */
  get more(): boolean {
    return !this.failed && this.#r.left > 0;
  }

  /** Identifier octet of the next element, -1 if there is none. */
  get next(): number {
    return this.failed ? -1 : this.#r.peekU8();
  }

  /** True if the next element has this identifier octet. */
  at(identifier: number): boolean {
    return this.next === identifier;
  }

  /** Goes into the next element, which must have this identifier octet. */
  enter(identifier: number): boolean {
    const tlv = this.#expect(identifier);
    if (tlv === null) return false;
    if (this.#ends.length >= MAX_DEPTH) {
      this.failed = true;
      return false;
    }
    this.#ends.push(this.#r.end);
    this.#r.end = tlv.end;
    return true;
  }

  /** Goes into the next element if it has this identifier octet; else does nothing. */
  enterIf(identifier: number): boolean {
    return this.at(identifier) && this.enter(identifier);
  }

  /** Goes behind the element entered last. */
  leave(): void {
    const end = this.#ends.pop();
    if (end === undefined) return;
    this.#r.pos = this.#r.end;
    this.#r.end = end;
  }

  /** Goes behind the next element, whatever it is, and gives its header; null if there is none. */
  skip(): Tlv | null {
    if (this.failed) return null;
    const tlv = readTlv(this.#r);
    if (tlv === null) this.failed = true;
    else this.#r.pos = tlv.end;
    return tlv;
  }

  /** INTEGER or ENUMERATED (or an IMPLICIT one) as a number; exact up to 2^53. */
  integer(identifier: number = DER.integer): number {
    const tlv = this.#expect(identifier);
    return tlv === null ? 0 : Number(integerOf(this.#r, tlv));
  }

  /** INTEGER of any size. */
  bigInteger(identifier: number = DER.integer): bigint {
    const tlv = this.#expect(identifier);
    return tlv === null ? 0n : integerOf(this.#r, tlv);
  }

  boolean(identifier: number = DER.boolean): boolean {
    const tlv = this.#expect(identifier);
    if (tlv === null) return false;
    const value = tlv.length > 0 && this.#r.u8() !== 0;
    this.#r.pos = tlv.end;
    return value;
  }

  /** Dotted OBJECT IDENTIFIER, "" if malformed. */
  oid(identifier: number = DER.oid): string {
    const tlv = this.#expect(identifier);
    return tlv === null ? "" : oidOf(this.#r, tlv);
  }

  /** Content octets of the next element, borrowed. */
  octets(identifier: number = DER.octetString): Uint8Array {
    const tlv = this.#expect(identifier);
    return tlv === null ? EMPTY : this.#r.bytes(tlv.length);
  }

  /** Octets of a BIT STRING without its count of unused bits, borrowed. */
  bits(identifier: number = DER.bitString): Uint8Array {
    const content = this.octets(identifier);
    return content.length > 0 ? content.subarray(1) : content;
  }

  /** The next element as text, decoded as its own type says (see `textOf`). */
  text(): string {
    if (this.failed) return "";
    if (readTlvInto(this.#r, LAST_TLV)) return textOf(this.#r, LAST_TLV);
    this.failed = true;
    return "";
  }

  /** UTCTime or GeneralizedTime as ns since 1970-01-01 UTC; null if it is not one. */
  time(): bigint | null {
    if (this.failed) return null;
    if (readTlvInto(this.#r, LAST_TLV)) return timeOf(this.#r, LAST_TLV);
    this.failed = true;
    return null;
  }

  #expect(identifier: number): Tlv | null {
    if (this.failed) return null;
    if (readTlvInto(this.#r, LAST_TLV) && LAST_TLV.identifier === identifier) return LAST_TLV;
    this.failed = true;
    return null;
  }
}

/** Two's complement content as an integer; `r` is at the content and goes behind it. X.690 8.3 */
export function integerOf(r: ByteReader, tlv: Tlv): bigint {
  if (tlv.length === 0) return 0n;
  if (tlv.length <= 6) {
    let value = r.u8();
    if (value >= 0x80) value -= 0x100;
    for (let i = 1; i < tlv.length; i++) value = value * 256 + r.u8();
    return BigInt(value);
  }
  const negative = r.peekU8() >= 0x80;
  const value = BigInt("0x" + r.hex(tlv.length));
  return negative ? BigInt.asIntN(tlv.length * 8, value) : value;
}

/** Content of an OBJECT IDENTIFIER in dotted form, "" if malformed; `r` goes behind it. X.690 8.19 */
export function oidOf(r: ByteReader, tlv: Tlv): string {
  let text = "";
  let arc = 0;
  let arcOctets = 0;
  for (let i = 0; i < tlv.length; i++) {
    const octet = r.u8();
    if (++arcOctets > 7) {
      r.pos = tlv.end;
      return "";
    }
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (text === "") {
      const first = Math.min(2, Math.floor(arc / 40));
      text = `${first}.${arc - first * 40}`;
    } else {
      text += `.${arc}`;
    }
    arc = 0;
    arcOctets = 0;
  }
  return arcOctets === 0 ? text : "";
}

/** Content of a character string as text, by its own type; anything else as ISO 8859-1. `r` goes behind it. */
export function textOf(r: ByteReader, tlv: Tlv): string {
  switch (tlv.identifier) {
    case DER.bmpString: {
      let text = "";
      for (let i = 0; i + 1 < tlv.length; i += 2) text += String.fromCharCode(r.u16be());
      r.pos = tlv.end;
      return text;
    }
    case DER.universalString: {
      let text = "";
      for (let i = 0; i + 3 < tlv.length; i += 4) {
        const point = r.u32be();
        text += point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd";
      }
      r.pos = tlv.end;
      return text;
    }
    case DER.utf8String:
      return r.utf8(tlv.length);
    default:
      return r.latin1(tlv.length);
  }
}

const NS_PER_MS = 1_000_000n;

/**
 * Content of a UTCTime or GeneralizedTime as ns since 1970-01-01 UTC; `r` goes behind it. Two-digit years are 1950 to
 * 2049. RFC 5280 4.1.2.5; fractions of a second as in Kerberos are not expected and cut. X.690 11.7, 11.8
 */
export function timeOf(r: ByteReader, tlv: Tlv): bigint | null {
  const text = r.latin1(tlv.length);
  const short = tlv.tag === DER.utcTime;
  const yearDigits = short ? 2 : 4;
  let year = digits(text, 0, yearDigits);
  const month = digits(text, yearDigits, 2);
  const day = digits(text, yearDigits + 2, 2);
  const hour = digits(text, yearDigits + 4, 2);
  const minute = digits(text, yearDigits + 6, 2);
  const hasSeconds = digits(text, yearDigits + 8, 1) >= 0;
  const second = hasSeconds ? digits(text, yearDigits + 8, 2) : 0;
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return null;
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) return null;
  if (short) year += year < 50 ? 2000 : 1900;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return BigInt(date.getTime()) * NS_PER_MS - zoneOf(text) * 60_000n * NS_PER_MS;
}

/** Minutes that "+hhmm" or "-hhmm" at the end of a time says, else 0. */
function zoneOf(text: string): bigint {
  const sign = text.at(-5);
  if (sign !== "+" && sign !== "-") return 0n;
  const minutes = digits(text, text.length - 4, 2) * 60 + digits(text, text.length - 2, 2);
  return BigInt(sign === "+" ? minutes : -minutes);
}

/** Decimal value of `count` digits, -1 if one is no digit. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const EMPTY = new Uint8Array(0);
