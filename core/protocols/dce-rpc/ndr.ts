import type { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** Most characters read of one string; a task's XML is the longest that matters. */
const MOST_CHARACTERS = 65_536;
/** Most sub-authorities of a SID. [MS-DTYP] 2.4.2 */
const MOST_SUB_AUTHORITIES = 15;

/**
 * Reads NDR 2.0 and NDR64 data from a stub: alignment is from the stub's first octet, pointers are only tested for
 * null (referents follow in order, none is ever chased). Past the end it gives 0, "" or null and sets `truncated`.
 * [C706] 14.2 and 14.3, [MS-RPCE] 2.2.5
 */
export class NdrReader {
  readonly #r: ByteReader;
  readonly #start: number;
  readonly littleEndian: boolean;
  /** True for NDR64: counts and pointers have 8 octets. */
  readonly is64: boolean;

  /** @param r Aimed at the stub: from `r.pos` to `r.end`. */
  constructor(r: ByteReader, littleEndian: boolean, is64: boolean) {
    this.#r = r;
    this.#start = r.pos;
    this.littleEndian = littleEndian;
    this.is64 = is64;
  }

  get truncated(): boolean {
    return this.#r.truncated;
  }
  get left(): number {
    return this.#r.left;
  }
  /** The cursor below, for what is not NDR (objects marshalled by themselves). */
  get octets(): ByteReader {
    return this.#r;
  }

  align(octets: number): void {
    const past = (this.#r.pos - this.#start) % octets;
    if (past !== 0) this.#r.skip(octets - past);
  }
  skip(octets: number): void {
    this.#r.skip(octets);
  }

  u8(): number {
    return this.#r.u8();
  }
  u16(): number {
    this.align(2);
    return this.#r.u16(this.littleEndian);
  }
  u32(): number {
    this.align(4);
    return this.#r.u32(this.littleEndian);
  }
  /** A conformance or variance count: 4 octets, 8 in NDR64. */
  count(): number {
    if (!this.is64) return this.u32();
    this.align(8);
    return this.littleEndian ? this.#r.u64leNumber() : this.#r.u64beNumber();
  }
  /** An enumeration: 2 octets, 4 in NDR64. */
  enumeration(): number {
    return this.is64 ? this.u32() : this.u16();
  }
  /** A pointer's referent id; true if it is not null. */
  pointer(): boolean {
    return this.count() !== 0;
  }
  uuid(): string {
    this.align(4);
    return readUuid(this.#r, this.littleEndian);
  }
  bytes(octets: number): Uint8Array {
    return this.#r.bytes(octets);
  }

  /** Context handle as hexadecimal, without its attributes; "" if it is null. [C706] 14.2.16.6 */
  handle(): string {
    this.align(4);
    this.#r.skip(4);
    const id = this.#r.hex(16);
    return /^0*$/.test(id) ? "" : id;
  }

  /** Conformant varying string of 16-bit characters, without its terminator. [C706] 14.3.4 */
  wideString(): string {
    this.count();
    this.count();
    return this.wideCharacters(this.count());
  }
  /** Conformant varying string of octets, without its terminator. */
  narrowString(): string {
    this.count();
    this.count();
    const length = this.count();
    if (length > MOST_CHARACTERS) return this.#end();
    return withoutNul(this.#r.latin1(length));
  }
  /** A unique pointer that is a parameter, with the string behind it; null for a null pointer. */
  uniqueWideString(): string | null {
    return this.pointer() ? this.wideString() : null;
  }
  uniqueNarrowString(): string | null {
    return this.pointer() ? this.narrowString() : null;
  }
  wideCharacters(count: number): string {
    if (count > MOST_CHARACTERS) return this.#end();
    this.align(2);
    return withoutNul(this.littleEndian ? this.#r.utf16le(count * 2) : swapped(this.#r.bytes(count * 2)));
  }

  /**
   * Fixed part of an RPC_UNICODE_STRING; its characters come later, see `unicodeBuffer`. [MS-DTYP] 2.3.10
   * @returns true if there is a buffer.
   */
  unicodeHead(): boolean {
    if (this.is64) this.align(8);
    else this.align(4);
    this.u16();
    this.u16();
    return this.pointer();
  }
  unicodeBuffer(): string {
    return this.wideString();
  }
  /** An RPC_UNICODE_STRING that is a parameter, with its buffer behind it. */
  unicodeString(): string {
    return this.unicodeHead() ? this.unicodeBuffer() : "";
  }

  /** A SID that is conformant by its sub-authorities, as text. [MS-DTYP] 2.4.2.3 */
  sid(): string {
    const count = this.count();
    const revision = this.u8();
    const subAuthorities = this.u8();
    const authority = this.#r.u16be() * 0x1_0000_0000 + this.#r.u32be();
    if (count > MOST_SUB_AUTHORITIES || subAuthorities > MOST_SUB_AUTHORITIES) return this.#end();
    let text = `S-${revision}-${authority}`;
    for (let i = 0; i < subAuthorities; i++) text += `-${this.u32()}`;
    return this.truncated ? "" : text;
  }

  /** Ends reading: a count that no honest stub has. */
  #end(): string {
    this.#r.skip(this.#r.left + 1);
    return "";
  }
}

function withoutNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

function swapped(bytes: Uint8Array): string {
  return Buffer.from(bytes.slice(0, bytes.length & ~1))
    .swap16()
    .toString("utf16le");
}
