/**
 * Bounds-checked cursor over borrowed octets.
 *
 * A read past `end` gives 0 (or an empty value), moves to `end` and sets `truncated`; it never throws. The cursor can be
 * re-aimed at other octets, so that a hot loop needs one reader only.
 */
export class ByteReader {
  #view: DataView;
  #bytes: Uint8Array;
  #buffer: Slices;
  /** Index of the next octet. */
  pos: number;
  /** Index behind the last octet that may be read. */
  end: number;
  /** True once a read asked for more than was left. */
  truncated = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#buffer = slicesOf(bytes);
    this.pos = start;
    this.end = end;
  }

  /** Borrowed octets that positions refer to. */
  get source(): Uint8Array {
    return this.#bytes;
  }

  /** Octets not read yet. */
  get left(): number {
    return this.end - this.pos;
  }

  /** Points this reader at other octets and forgets `truncated`. */
  aim(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#buffer = slicesOf(bytes);
    }
    this.pos = start;
    this.end = end;
    this.truncated = false;
  }

  /** Moves to another range of the same octets and forgets `truncated`. */
  seek(start: number, end = this.end): void {
    this.pos = start;
    this.end = end;
    this.truncated = false;
  }

  /**
   * Limits reading to the next `octets` octets (fewer if fewer are left, which sets `truncated`).
   * @returns the former `end`, to give back to `widen`.
   */
  narrow(octets: number): number {
    const former = this.end;
    if (octets > this.left || octets < 0) this.truncated = true;
    else this.end = this.pos + octets;
    return former;
  }

  /** Ends what `narrow` began: moves behind the narrowed range and restores `end`. */
  widen(former: number): void {
    this.pos = this.end;
    this.end = former;
  }

  skip(octets: number): void {
    this.#take(octets);
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }
  i8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getInt8(at);
  }
  u16be(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at);
  }
  u16le(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }
  u24be(): number {
    const at = this.#take(3);
    return at < 0 ? 0 : this.#view.getUint8(at) * 0x10000 + this.#view.getUint16(at + 1);
  }
  u24le(): number {
    const at = this.#take(3);
    return at < 0 ? 0 : this.#view.getUint16(at, true) + this.#view.getUint8(at + 2) * 0x10000;
  }
  u32be(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }
  u32le(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }
  i32be(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getInt32(at);
  }
  i32le(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getInt32(at, true);
  }
  u64be(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigUint64(at);
  }
  u64le(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigUint64(at, true);
  }
  /** 64-bit unsigned as a double: exact up to 2^53, nearest value above. */
  u64leNumber(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 0x1_0000_0000;
  }
  /** 64-bit unsigned as a double: exact up to 2^53, nearest value above. */
  u64beNumber(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }
  u16(littleEndian: boolean): number {
    return littleEndian ? this.u16le() : this.u16be();
  }
  u32(littleEndian: boolean): number {
    return littleEndian ? this.u32le() : this.u32be();
  }

  /** The octet `ahead` positions further without moving; -1 behind `end`. */
  peekU8(ahead = 0): number {
    const at = this.pos + ahead;
    return at < this.end && ahead >= 0 ? this.#view.getUint8(at) : -1;
  }
  /** Big-endian 16 bits `ahead` positions further without moving; -1 if they are not all there. */
  peekU16be(ahead = 0): number {
    const at = this.pos + ahead;
    return at + 2 <= this.end && ahead >= 0 ? this.#view.getUint16(at) : -1;
  }
  /** Big-endian 32 bits `ahead` positions further without moving; -1 if they are not all there. */
  peekU32be(ahead = 0): number {
    const at = this.pos + ahead;
    return at + 4 <= this.end && ahead >= 0 ? this.#view.getUint32(at) : -1;
  }
  /** Little-endian 32 bits `ahead` positions further without moving; -1 if they are not all there. */
  peekU32le(ahead = 0): number {
    const at = this.pos + ahead;
    return at + 4 <= this.end && ahead >= 0 ? this.#view.getUint32(at, true) : -1;
  }

  /** The next octets, borrowed (`slice()` them to keep them). Empty and `truncated` if fewer are left. */
  bytes(octets: number): Uint8Array {
    const at = this.#take(octets);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + octets);
  }
  /** The next octets as ISO 8859-1 text, one character an octet. */
  latin1(octets: number): string {
    const at = this.#take(octets);
    return at < 0 ? "" : this.#buffer.latin1Slice(at, at + octets);
  }
  /** The next octets as UTF-16LE; `octets` counts octets, and an odd last one is left out. */
  utf16le(octets: number): string {
    const at = this.#take(octets);
    return at < 0 ? "" : this.#buffer.ucs2Slice(at, at + (octets & ~1));
  }
  /** The next octets as UTF-8; malformed sequences become U+FFFD. */
  utf8(octets: number): string {
    const at = this.#take(octets);
    return at < 0 ? "" : this.#buffer.utf8Slice(at, at + octets);
  }
  /** Lower-case hexadecimal of the next octets. */
  hex(octets: number): string {
    const at = this.#take(octets);
    return at < 0 ? "" : this.#buffer.hexSlice(at, at + octets);
  }
  /** Position of `octet` at or behind `pos`, or -1 if it is not there before `end`. */
  find(octet: number): number {
    const at = this.#bytes.subarray(this.pos, this.end).indexOf(octet);
    return at < 0 ? -1 : this.pos + at;
  }
  /** True if the next octets are those of `text` (ISO 8859-1); does not move. */
  startsWith(text: string): boolean {
    if (text.length > this.left) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.#view.getUint8(this.pos + i) !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #take(octets: number): number {
    const at = this.pos;
    if (octets > this.end - at || octets < 0) {
      this.truncated = true;
      this.pos = this.end;
      return -1;
    }
    this.pos = at + octets;
    return at;
  }
}

const EMPTY = new Uint8Array(0);

/** Decoders that every Node Buffer has natively; its published types leave them out. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  hexSlice(start: number, end: number): string;
}

function slicesOf(bytes: Uint8Array): Slices {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as Slices;
}
