import { DamagedPack } from "./unpacked-source.ts";
import { BackwardBits, FseTable, HuffmanTable, MALFORMED } from "./zstd-entropy.ts";

/** Longest block, packed or not. RFC 8878 3.1.1.2.4 */
export const MOST_BLOCK = 128 * 1024;

/** Unpacks compressed blocks of one frame; tables and offsets live from block to block. RFC 8878 3.1.1.3 */
export class ZstdBlocks {
  readonly #literals = new Uint8Array(MOST_BLOCK);
  #literalCount = 0;
  readonly #huffman = new HuffmanTable();
  readonly #lengths = new SequenceTable(LITERAL_LENGTHS, 9);
  readonly #offsets = new SequenceTable(OFFSETS, 8);
  readonly #matches = new SequenceTable(MATCH_LENGTHS, 9);
  readonly #bits = new BackwardBits();
  readonly #recent = new Uint32Array(3);

  /** Begins a frame. */
  reset(): void {
    this.#huffman.log = 0;
    this.#lengths.ready = false;
    this.#offsets.ready = false;
    this.#matches.ready = false;
    this.#recent.set([1, 4, 8]);
  }

  /**
   * Unpacks the block `bytes[start..end)`, behind which 4 more octets can be read, into `out` from `at` on.
   * @param from Index of `out` that matches may not reach below.
   * @returns index behind the last octet written, at most `at + most`.
   * @throws DamagedPack
   */
  unpack(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint8Array,
    at: number,
    from: number,
    most: number,
  ): number {
    const sequences = this.#readLiterals(bytes, start, end);
    return this.#execute(bytes, sequences, end, out, at, from, at + most);
  }

  /** Fills `#literals`; returns the index of the sequences section. 3.1.1.3.1 */
  #readLiterals(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 2) throw new DamagedPack(MALFORMED);
    const head = bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24);
    const kind = head & 3;
    const format = (head >>> 2) & 3;
    if (kind < 2) {
      const octets = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3;
      const size = octets === 1 ? (head & 0xff) >>> 3 : octets === 2 ? (head & 0xffff) >>> 4 : (head & 0xff_ffff) >>> 4;
      const at = start + octets;
      const stored = kind === 0 ? size : 1;
      if (size > MOST_BLOCK || stored > end - at) throw new DamagedPack(MALFORMED);
      if (kind === 0) this.#literals.set(bytes.subarray(at, at + size));
      else this.#literals.fill(bytes[at]!, 0, size);
      this.#literalCount = size;
      return at + stored;
    }
    const octets = format < 2 ? 3 : format + 2;
    const width = format < 2 ? 10 : format === 2 ? 14 : 18;
    const mask = (1 << width) - 1;
    const size = (head >>> 4) & mask;
    const upper = format === 3 ? bytes[start + 4]! : 0;
    const packed = format === 3 ? ((head >>> 22) & 0x3ff) | (upper << 10) : (head >>> (4 + width)) & mask;
    let at = start + octets;
    const stop = at + packed;
    if (size > MOST_BLOCK || stop > end) throw new DamagedPack(MALFORMED);
    if (kind === 2) at = this.#huffman.read(bytes, at, stop);
    else if (this.#huffman.log === 0) throw new DamagedPack(MALFORMED);
    if (format === 0) this.#huffman.decode(bytes, at, stop, this.#literals, 0, size);
    else this.#fourStreams(bytes, at, stop, size);
    this.#literalCount = size;
    return stop;
  }

  #fourStreams(bytes: Uint8Array, start: number, end: number, size: number): void {
    if (end - start < 6) throw new DamagedPack(MALFORMED);
    const quarter = (size + 3) >> 2;
    if (quarter * 3 > size) throw new DamagedPack(MALFORMED);
    let at = start + 6;
    for (let i = 0; i < 4; i++) {
      const octets = i < 3 ? bytes[start + 2 * i]! | (bytes[start + 2 * i + 1]! << 8) : end - at;
      if (octets > end - at) throw new DamagedPack(MALFORMED);
      this.#huffman.decode(bytes, at, at + octets, this.#literals, quarter * i, i < 3 ? quarter * (i + 1) : size);
      at += octets;
    }
  }

  /** 3.1.1.3.2 and 3.1.1.4 */
  #execute(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint8Array,
    outStart: number,
    from: number,
    limit: number,
  ): number {
    const literals = this.#literals;
    let literal = 0;
    let o = outStart;
    let at = start;
    if (at >= end) throw new DamagedPack(MALFORMED);
    let count = bytes[at++]!;
    if (count >= 128) {
      if (end - at < 2) throw new DamagedPack(MALFORMED);
      if (count === 255) {
        count = 0x7f00 + bytes[at]! + (bytes[at + 1]! << 8);
        at += 2;
      } else {
        count = ((count - 128) << 8) + bytes[at++]!;
      }
    }
    if (count > 0) {
      if (at >= end) throw new DamagedPack(MALFORMED);
      const modes = bytes[at++]!;
      if ((modes & 3) !== 0) throw new DamagedPack(MALFORMED);
      at = this.#lengths.choose(modes >>> 6, bytes, at, end);
      at = this.#offsets.choose((modes >>> 4) & 3, bytes, at, end);
      at = this.#matches.choose((modes >>> 2) & 3, bytes, at, end);
      const bits = this.#bits;
      bits.aim(bytes, at, end);
      const lengths = this.#lengths.table;
      const offsets = this.#offsets.table;
      const matches = this.#matches.table;
      const recent = this.#recent;
      let lengthState = bits.read(lengths.log);
      let offsetState = bits.read(offsets.log);
      let matchState = bits.read(matches.log);
      for (let n = 0; n < count; n++) {
        const offsetCode = offsets.symbols[offsetState]!;
        const matchCode = matches.symbols[matchState]!;
        const lengthCode = lengths.symbols[lengthState]!;
        const value = 2 ** offsetCode + bits.read(offsetCode);
        const matchLength = MATCH_BASE[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
        const literalLength = LITERAL_BASE[lengthCode]! + bits.read(LITERAL_BITS[lengthCode]!);
        if (n + 1 < count) {
          lengthState = lengths.base[lengthState]! + bits.read(lengths.bits[lengthState]!);
          matchState = matches.base[matchState]! + bits.read(matches.bits[matchState]!);
          offsetState = offsets.base[offsetState]! + bits.read(offsets.bits[offsetState]!);
        }
        if (bits.left < 0) throw new DamagedPack(MALFORMED);
        const distance = offsetOf(recent, value, literalLength);
        if (literalLength > this.#literalCount - literal || literalLength + matchLength > limit - o) {
          throw new DamagedPack(MALFORMED);
        }
        if (literalLength < SHORT) for (let i = 0; i < literalLength; i++) out[o + i] = literals[literal + i]!;
        else out.set(literals.subarray(literal, literal + literalLength), o);
        o += literalLength;
        literal += literalLength;
        if (distance === 0 || distance > o - from) throw new DamagedPack(MALFORMED);
        if (matchLength < SHORT || distance < matchLength) {
          for (let i = 0; i < matchLength; i++) out[o + i] = out[o + i - distance]!;
        } else {
          out.copyWithin(o, o - distance, o - distance + matchLength);
        }
        o += matchLength;
      }
      if (bits.left !== 0) throw new DamagedPack(MALFORMED);
    } else if (at !== end) {
      throw new DamagedPack(MALFORMED);
    }
    if (this.#literalCount - literal > limit - o) throw new DamagedPack(MALFORMED);
    out.set(literals.subarray(literal, this.#literalCount), o);
    return o + this.#literalCount - literal;
  }
}

/** The distance that an offset value means, and the update of the last three. 3.1.1.5 */
function offsetOf(recent: Uint32Array, value: number, literalLength: number): number {
  if (value > 3) {
    recent[2] = recent[1]!;
    recent[1] = recent[0]!;
    recent[0] = value - 3;
    return value - 3;
  }
  const index = value - 1 + (literalLength === 0 ? 1 : 0);
  if (index === 0) return recent[0]!;
  const distance = index === 3 ? recent[0]! - 1 : recent[index]!;
  if (index > 1) recent[2] = recent[1]!;
  recent[1] = recent[0]!;
  recent[0] = distance;
  return distance;
}

interface UsualShares {
  readonly log: number;
  readonly shares: readonly number[];
  readonly mostSymbol: number;
}

/** One of the three tables that sequences are coded with. */
class SequenceTable {
  readonly table: FseTable;
  /** A table was read in this frame, so that a block may repeat it. */
  ready = false;
  readonly #usual: UsualShares;
  readonly #mostLog: number;

  constructor(usual: UsualShares, mostLog: number) {
    this.#usual = usual;
    this.#mostLog = mostLog;
    this.table = new FseTable(mostLog);
  }

  /** @returns index behind the table's description. */
  choose(mode: number, bytes: Uint8Array, at: number, end: number): number {
    const { table } = this;
    const { shares, log, mostSymbol } = this.#usual;
    if (mode === 3) {
      if (!this.ready) throw new DamagedPack(MALFORMED);
      return at;
    }
    this.ready = true;
    if (mode === 0) {
      table.build(shares, shares.length, log);
      return at;
    }
    if (mode === 2) return table.read(bytes, at, end, this.#mostLog, mostSymbol);
    if (at >= end || bytes[at]! > mostSymbol) throw new DamagedPack(MALFORMED);
    table.setSingle(bytes[at]!);
    return at + 1;
  }
}

const SHORT = 32;

/** Shares of RFC 8878 3.1.1.3.2.2, written as [share, symbols in a row]. */
function runs(pairs: readonly (readonly [number, number])[]): number[] {
  return pairs.flatMap(([share, symbols]) => Array<number>(symbols).fill(share));
}

const LITERAL_LENGTHS: UsualShares = {
  log: 6,
  shares: runs([
    [4, 1],
    [3, 1],
    [2, 11],
    [1, 3],
    [2, 9],
    [3, 1],
    [2, 1],
    [1, 5],
    [-1, 4],
  ]),
  mostSymbol: 35,
};

const MATCH_LENGTHS: UsualShares = {
  log: 6,
  shares: runs([
    [1, 1],
    [4, 1],
    [3, 1],
    [2, 6],
    [1, 37],
    [-1, 7],
  ]),
  mostSymbol: 52,
};

const OFFSETS: UsualShares = {
  log: 5,
  shares: runs([
    [1, 6],
    [2, 3],
    [1, 15],
    [-1, 5],
  ]),
  mostSymbol: 31,
};

/** Code -> least length and extra bits. 3.1.1.3.2.1.1 */
function bases(first: number, extra: readonly number[]): number[] {
  const result: number[] = [];
  let base = first;
  for (const bits of extra) {
    result.push(base);
    base += 2 ** bits;
  }
  return result;
}

const LITERAL_BITS: readonly number[] = [
  ...Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];
const LITERAL_BASE = bases(0, LITERAL_BITS);

const MATCH_BITS: readonly number[] = [
  ...Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];
const MATCH_BASE = bases(3, MATCH_BITS);
