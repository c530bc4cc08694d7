import { Charge, textWeight } from "../../bytes/held-budget.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { huffmanText } from "./huffman.ts";

/** A header field; text is one character an octet. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

const field = (name: string, value = ""): Field => ({ name, value });

/** RFC 7541 appendix A, from index 1. */
const STATIC: readonly Field[] = [
  field(":authority"),
  field(":method", "GET"),
  field(":method", "POST"),
  field(":path", "/"),
  field(":path", "/index.html"),
  field(":scheme", "http"),
  field(":scheme", "https"),
  ...["200", "204", "206", "304", "400", "404", "500"].map((status) => field(":status", status)),
  field("accept-charset"),
  field("accept-encoding", "gzip, deflate"),
  ...(
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
    "content-disposition content-encoding content-language content-length content-location content-range content-type " +
    "cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since " +
    "last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after " +
    "server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
  )
    .split(" ")
    .map((name) => field(name)),
];

/** Octets that an entry of the dynamic table counts besides its text. RFC 7541 4.1 */
const ENTRY_OVERHEAD = 32;
const DEFAULT_TABLE = 4096;
/** Octets of memory of a field beside its texts. */
const FIELD = 64;
/** Largest dynamic table that is followed, whatever the other side allows. */
const MAX_TABLE = 65_536;
/** Most text that one block may unpack to: entries of the table may be named over and over. */
const MAX_TEXT = 262_144;
const MAX_FIELDS = 1000;

/** Unpacks the header blocks of one direction, in order. RFC 7541 */
export class HpackDecoder {
  /** Newest first. */
  readonly #table: Field[] = [];
  #tableOctets = 0;
  #tableLimit = DEFAULT_TABLE;
  /** An entry without text takes some hundred octets of memory, however few it counts in the table. */
  readonly #charge = new Charge();

  /**
   * Reads one whole block.
   * @returns null if it is malformed, or unpacks to more than anybody sends: what follows cannot be read either.
   */
  decode(r: ByteReader): Field[] | null {
    const fields: Field[] = [];
    let text = 0;
    while (r.left > 0) {
      const first = r.peekU8();
      if ((first & 0xe0) === 0x20) {
        if (!this.#resize(prefixed(r, 5))) return null;
        continue;
      }
      const next = this.#field(r, first);
      if (next === null || r.truncated) return null;
      text += next.name.length + next.value.length;
      if (text > MAX_TEXT || fields.length >= MAX_FIELDS) return null;
      fields.push(next);
    }
    return fields;
  }

  /** RFC 7541 6.1 and 6.2 */
  #field(r: ByteReader, first: number): Field | null {
    if ((first & 0x80) !== 0) return this.#entry(prefixed(r, 7));
    const isKept = (first & 0x40) !== 0;
    const index = prefixed(r, isKept ? 6 : 4);
    const name = index === 0 ? stringOf(r) : (this.#entry(index)?.name ?? null);
    const value = stringOf(r);
    if (name === null || value === null) return null;
    const made = field(name, value);
    if (isKept) this.#keep(made);
    return made;
  }

  #entry(index: number): Field | null {
    if (index === 0) return null;
    return (index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1]) ?? null;
  }

  #keep(entry: Field): void {
    this.#table.unshift(entry);
    this.#tableOctets += sizeOf(entry);
    this.#charge.add(weightOf(entry));
    this.#evict();
  }

  #resize(limit: number): boolean {
    if (limit < 0 || limit > MAX_TABLE) return false;
    this.#tableLimit = limit;
    this.#evict();
    return true;
  }

  #evict(): void {
    while (this.#tableOctets > this.#tableLimit) {
      const entry = this.#table.pop()!;
      this.#tableOctets -= sizeOf(entry);
      this.#charge.add(-weightOf(entry));
    }
  }
}

function sizeOf({ name, value }: Field): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

function weightOf({ name, value }: Field): number {
  return FIELD + textWeight(name) + textWeight(value);
}

/** An integer whose first octet has so many bits for it; -1 if it is larger than any use of it. RFC 7541 5.1 */
function prefixed(r: ByteReader, bits: number): number {
  const most = (1 << bits) - 1;
  let value = r.u8() & most;
  if (value < most) return value;
  for (let shift = 0; shift <= 21; shift += 7) {
    const octet = r.u8();
    value += (octet & 0x7f) * 2 ** shift;
    if ((octet & 0x80) === 0) return r.truncated ? -1 : value;
  }
  return -1;
}

/** RFC 7541 5.2 */
function stringOf(r: ByteReader): string | null {
  const isHuffman = (r.peekU8() & 0x80) !== 0;
  const octets = prefixed(r, 7);
  if (octets < 0 || octets > r.left) return null;
  return isHuffman ? huffmanText(r.bytes(octets)) : r.latin1(octets);
}
