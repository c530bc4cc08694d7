import { copyMatch } from "./lz77.ts";

const SYMBOLS = 512;
/** Octets of the table in front of each block: four bits a symbol. */
const TABLE = SYMBOLS / 2;
const MOST_BITS = 15;
/** Octets that come out of one block. */
const BLOCK = 65_536;
const LITERALS = 256;
const SHORTEST = 3;
const LONG = 15;

/**
 * Unpacks LZ77 with Huffman codes ("Xpress Huffman"). [MS-XCA] 2.2.4
 * @returns true if all of `out` was filled.
 */
export function unpackLz77Huffman(packed: Uint8Array, out: Uint8Array): boolean {
  const bits = new Bits(packed);
  const codes = new Codes();
  let at = 0;
  while (at < out.length) {
    if (!codes.read(packed, bits.at)) return false;
    bits.begin(bits.at + TABLE);
    const blockEnd = Math.min(at + BLOCK, out.length);
    while (at < blockEnd) {
      const symbol = codes.next(bits);
      if (symbol < 0 || bits.isPast) return false;
      if (symbol < LITERALS) {
        out[at++] = symbol;
        continue;
      }
      const offsetBits = (symbol - LITERALS) >>> 4;
      let length = symbol & LONG;
      if (length === LONG) length = bits.longLength();
      const offset = bits.take(offsetBits) + (1 << offsetBits);
      const end = copyMatch(out, at, offset, length + SHORTEST);
      if (end < 0) return false;
      at = end;
    }
  }
  return true;
}

/** Bits of words of 16, the upper ones first, with octets between the words. */
class Bits {
  /** Where the next word or octet is. */
  at = 0;
  readonly #bytes: Uint8Array;
  #word = 0;
  /** Bits in `#word` beyond the 16 that are always there. */
  #extra = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True if more was read than there is: up to two words are read ahead. */
  get isPast(): boolean {
    return this.at > this.#bytes.length + 4;
  }

  begin(at: number): void {
    this.at = at;
    this.#word = ((this.#u16() << 16) | this.#u16()) >>> 0;
    this.#extra = 16;
  }

  peek(count: number): number {
    return count === 0 ? 0 : this.#word >>> (32 - count);
  }

  take(count: number): number {
    const value = this.peek(count);
    this.#word = (this.#word << count) >>> 0;
    this.#extra -= count;
    if (this.#extra < 0) {
      this.#word = (this.#word | (this.#u16() << -this.#extra)) >>> 0;
      this.#extra += 16;
    }
    return value;
  }

  /** A length in one octet more, in two, or in four; -`LONG` for one that is too short to be said so. */
  longLength(): number {
    const short = this.#bytes[this.at++] ?? 0;
    if (short < 0xff) return short + LONG;
    let length = this.#u16();
    if (length === 0) length = this.#u16() + this.#u16() * 0x10000;
    return length < LONG ? -LONG : length;
  }

  #u16(): number {
    const value = (this.#bytes[this.at] ?? 0) | ((this.#bytes[this.at + 1] ?? 0) << 8);
    this.at += 2;
    return value;
  }
}

/** The codes of one block: a table from the next 15 bits to symbol and length. */
class Codes {
  readonly #symbols = new Uint16Array(1 << MOST_BITS);
  readonly #lengths = new Uint8Array(1 << MOST_BITS);

  /** @returns false if the lengths make no code. */
  read(packed: Uint8Array, at: number): boolean {
    if (packed.length - at < TABLE) return false;
    let next = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      const places = 1 << (MOST_BITS - length);
      for (let symbol = 0; symbol < SYMBOLS; symbol++) {
        const both = packed[at + (symbol >>> 1)]!;
        if (((symbol & 1) === 0 ? both & 15 : both >>> 4) !== length) continue;
        if (next + places > this.#symbols.length) return false;
        this.#symbols.fill(symbol, next, next + places);
        this.#lengths.fill(length, next, next + places);
        next += places;
      }
    }
    return next === this.#symbols.length;
  }

  next(bits: Bits): number {
    const code = bits.peek(MOST_BITS);
    bits.take(this.#lengths[code]!);
    return this.#symbols[code]!;
  }
}
