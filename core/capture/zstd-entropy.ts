import { DamagedPack } from "./unpacked-source.ts";

/** Bits read from the end of a stream towards its begin. RFC 8878 4.1, 4.2.2 */
export class BackwardBits {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** Bits not read yet; negative once too many were asked for (they read as 0). */
  left = 0;

  /** The last octet's highest bit that is set only marks the end. */
  aim(bytes: Uint8Array, start: number, end: number): void {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) throw new DamagedPack(MALFORMED);
    this.#bytes = bytes;
    this.#start = start;
    this.left = (end - start - 1) * 8 + highestBit(last);
  }

  /** @param bits 0 to 31. */
  read(bits: number): number {
    if (bits > 24) {
      const upper = this.read(bits - 16);
      return upper * 65_536 + this.read(16);
    }
    this.left -= bits;
    return this.#load(this.left) & ((1 << bits) - 1);
  }

  /** The next `bits` bits (24 at most), without moving. */
  peek(bits: number): number {
    return this.#load(this.left - bits) & ((1 << bits) - 1);
  }

  #load(at: number): number {
    const bytes = this.#bytes;
    if (at < 0) {
      // Before the begin there are only zeros.
      let value = 0;
      for (let i = 3; i >= 0; i--) {
        const index = (at >> 3) + i;
        value = (value << 8) | (index < 0 ? 0 : bytes[this.#start + index]!);
      }
      return value >>> (at & 7);
    }
    const i = this.#start + (at >>> 3);
    return (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> (at & 7);
  }
}

/** Decoding table of finite state entropy. RFC 8878 4.1.1 */
export class FseTable {
  log = 0;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;

  constructor(mostLog: number) {
    this.symbols = new Uint8Array(1 << mostLog);
    this.bits = new Uint8Array(1 << mostLog);
    this.base = new Uint16Array(1 << mostLog);
  }

  /** A table of one symbol that costs no bits. */
  setSingle(symbol: number): void {
    this.log = 0;
    this.symbols[0] = symbol;
    this.bits[0] = 0;
    this.base[0] = 0;
  }

  /** @param shares States of each symbol; -1: less than one. They add up to `1 << log`. */
  build(shares: ArrayLike<number>, count: number, log: number): void {
    const size = 1 << log;
    const next = new Uint16Array(256);
    let high = size;
    for (let s = 0; s < count; s++) {
      if (shares[s] === -1) {
        this.symbols[--high] = s;
        next[s] = 1;
      }
    }
    const step = (size >> 1) + (size >> 3) + 3;
    let at = 0;
    for (let s = 0; s < count; s++) {
      const share = shares[s]!;
      if (share <= 0) continue;
      next[s] = share;
      for (let i = 0; i < share; i++) {
        this.symbols[at] = s;
        do at = (at + step) & (size - 1);
        while (at >= high);
      }
    }
    if (at !== 0) throw new DamagedPack(MALFORMED);
    for (let i = 0; i < size; i++) {
      const s = this.symbols[i]!;
      const state = next[s]!;
      next[s] = state + 1;
      const bits = log - highestBit(state);
      this.bits[i] = bits;
      this.base[i] = (state << bits) - size;
    }
    this.log = log;
  }

  /**
   * Reads a table description and builds the table.
   * @returns index behind the description.
   */
  read(bytes: Uint8Array, start: number, end: number, mostLog: number, mostSymbol: number): number {
    let bit = 0;
    const left = (end - start) * 8;
    const take = (bits: number): number => {
      const at = start + (bit >>> 3);
      const word = octet(bytes, at, end) | (octet(bytes, at + 1, end) << 8) | (octet(bytes, at + 2, end) << 16);
      bit += bits;
      return (word >>> ((bit - bits) & 7)) & ((1 << bits) - 1);
    };
    const log = take(4) + 5;
    if (log > mostLog) throw new DamagedPack(MALFORMED);
    const shares = new Int16Array(256);
    let remaining = 1 << log;
    let symbol = 0;
    while (remaining > 0 && symbol <= mostSymbol && bit <= left) {
      const bits = highestBit(remaining + 1) + 1;
      const lowMask = (1 << (bits - 1)) - 1;
      const threshold = (1 << bits) - 1 - (remaining + 1);
      let value = take(bits);
      if ((value & lowMask) < threshold) {
        bit -= 1;
        value &= lowMask;
      } else if (value > lowMask) {
        value -= threshold;
      }
      const share = value - 1;
      remaining -= share < 0 ? 1 : share;
      shares[symbol++] = share;
      if (share !== 0) continue;
      let zeros = take(2);
      symbol += zeros;
      while (zeros === 3 && bit <= left) {
        zeros = take(2);
        symbol += zeros;
      }
    }
    if (remaining !== 0 || symbol > mostSymbol + 1 || bit > left) throw new DamagedPack(MALFORMED);
    this.build(shares, symbol, log);
    return start + ((bit + 7) >>> 3);
  }
}

/** Huffman table of literals. RFC 8878 4.2.1 */
export class HuffmanTable {
  /** Longest code; 0: no table was read yet. */
  log = 0;
  /** By code: bits used << 8 | symbol. */
  readonly entries = new Uint16Array(1 << MOST_CODE_BITS);
  readonly #weights = new Uint8Array(256);
  readonly #fse = new FseTable(MOST_WEIGHT_LOG);
  readonly #bits = new BackwardBits();

  /** Reads a tree description; returns the index behind it. */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) throw new DamagedPack(MALFORMED);
    const head = bytes[start]!;
    let at = start + 1;
    let count: number;
    if (head >= 128) {
      count = head - 127;
      const octets = (count + 1) >> 1;
      if (octets > end - at) throw new DamagedPack(MALFORMED);
      for (let i = 0; i < count; i++) {
        const pair = bytes[at + (i >> 1)]!;
        this.#weights[i] = (i & 1) === 0 ? pair >> 4 : pair & 15;
      }
      at += octets;
    } else {
      if (head > end - at) throw new DamagedPack(MALFORMED);
      count = this.#packedWeights(bytes, at, at + head);
      at += head;
    }
    this.#build(count);
    return at;
  }

  /** Two FSE states take turns. */
  #packedWeights(bytes: Uint8Array, start: number, end: number): number {
    const table = this.#fse;
    const bits = this.#bits;
    bits.aim(bytes, table.read(bytes, start, end, MOST_WEIGHT_LOG, MOST_CODE_BITS + 1), end);
    let one = bits.read(table.log);
    let two = bits.read(table.log);
    if (bits.left < 0) throw new DamagedPack(MALFORMED);
    let count = 0;
    for (;;) {
      if (count > 253) throw new DamagedPack(MALFORMED);
      this.#weights[count++] = table.symbols[one]!;
      one = table.base[one]! + bits.read(table.bits[one]!);
      if (bits.left < 0) {
        this.#weights[count++] = table.symbols[two]!;
        return count;
      }
      const other = one;
      one = two;
      two = other;
    }
  }

  /** Codes from weights; the last symbol's weight follows from the others. */
  #build(given: number): void {
    const weights = this.#weights;
    let sum = 0;
    for (let i = 0; i < given; i++) {
      const weight = weights[i]!;
      if (weight > MOST_CODE_BITS) throw new DamagedPack(MALFORMED);
      if (weight > 0) sum += 1 << (weight - 1);
    }
    if (sum === 0) throw new DamagedPack(MALFORMED);
    const log = highestBit(sum) + 1;
    const rest = (1 << log) - sum;
    if (log > MOST_CODE_BITS || (rest & (rest - 1)) !== 0) throw new DamagedPack(MALFORMED);
    weights[given] = highestBit(rest) + 1;
    const count = given + 1;
    const codesOf = new Uint16Array(MOST_CODE_BITS + 2);
    for (let i = 0; i < count; i++) codesOf[weights[i]!]!++;
    // Codes go up from the lightest symbols, which have the longest codes.
    const nextCode = new Uint32Array(MOST_CODE_BITS + 2);
    let code = 0;
    for (let weight = 1; weight <= log; weight++) {
      nextCode[weight] = code;
      code += codesOf[weight]! << (weight - 1);
    }
    if (code !== 1 << log) throw new DamagedPack(MALFORMED);
    for (let i = 0; i < count; i++) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      const from = nextCode[weight]!;
      const to = from + (1 << (weight - 1));
      this.entries.fill(((log + 1 - weight) << 8) | i, from, to);
      nextCode[weight] = to;
    }
    this.log = log;
  }

  /** Decodes one stream of exactly `to - from` literals. */
  decode(bytes: Uint8Array, start: number, end: number, out: Uint8Array, from: number, to: number): void {
    const bits = this.#bits;
    const { entries, log } = this;
    bits.aim(bytes, start, end);
    for (let o = from; o < to; o++) {
      const entry = entries[bits.peek(log)]!;
      out[o] = entry & 0xff;
      bits.left -= entry >>> 8;
    }
    if (bits.left !== 0) throw new DamagedPack(MALFORMED);
  }
}

export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

function octet(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? bytes[at]! : 0;
}

export const MALFORMED = "the zstd data is damaged";
const MOST_CODE_BITS = 11;
const MOST_WEIGHT_LOG = 6;
