import type { FrameBatch } from "./frame-batch.ts";

/**
 * Memory of one batch: octets and columns that a reader fills and the pool takes back. All of it is shared memory.
 *
 * Times are also reachable as 32-bit halves (`ts32[2 * row]` low, `[2 * row + 1]` high), which costs no BigInt.
 */
export class FrameBlock {
  bytes: Uint8Array;
  view: DataView;
  /** Until this is done somebody else reads the octets; null: nobody does. */
  held: Promise<void> | null = null;
  /** Rows written. */
  count = 0;
  readonly rows: number;
  readonly offset: Uint32Array;
  readonly capLen: Uint32Array;
  readonly wireLen: Uint32Array;
  readonly ts: BigInt64Array;
  readonly ts32: Int32Array;
  readonly capture: Uint16Array;
  readonly frame: Uint32Array;
  readonly linkType: Uint16Array;
  readonly iface: Uint16Array;
  readonly fileOffset: Float64Array;

  constructor(octets: number, rows: number) {
    this.rows = rows;
    this.bytes = new Uint8Array(new SharedArrayBuffer(octets));
    this.view = new DataView(this.bytes.buffer);
    const columns = new SharedArrayBuffer(rows * OCTETS_PER_ROW);
    this.ts = new BigInt64Array(columns, 0, rows);
    this.ts32 = new Int32Array(columns, 0, rows * 2);
    this.fileOffset = new Float64Array(columns, rows * 8, rows);
    this.offset = new Uint32Array(columns, rows * 16, rows);
    this.capLen = new Uint32Array(columns, rows * 20, rows);
    this.wireLen = new Uint32Array(columns, rows * 24, rows);
    this.frame = new Uint32Array(columns, rows * 28, rows);
    this.capture = new Uint16Array(columns, rows * 32, rows);
    this.linkType = new Uint16Array(columns, rows * 34, rows);
    this.iface = new Uint16Array(columns, rows * 36, rows);
  }

  /** Makes room for `octets`, keeping the first `used`. */
  reserve(octets: number, used: number): void {
    if (this.bytes.length >= octets) return;
    const larger = new Uint8Array(new SharedArrayBuffer(octets));
    larger.set(this.bytes.subarray(0, used));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  batch(id: number, firstOrdinal: number): FrameBatch {
    return {
      id,
      firstOrdinal,
      count: this.count,
      bytes: this.bytes,
      offset: this.offset,
      capLen: this.capLen,
      wireLen: this.wireLen,
      ts: this.ts,
      capture: this.capture,
      frame: this.frame,
      linkType: this.linkType,
      iface: this.iface,
      fileOffset: this.fileOffset,
    };
  }
}

const OCTETS_PER_ROW = 40;

/** Room that a block has beyond a chunk, for the end of the chunk before. */
export const BLOCK_HEADROOM = 64 * 1024;

/** Lends blocks and keeps those that come back, so that memory stays flat. */
export class BlockPool {
  /** Free blocks by their octets. */
  readonly #free = new Map<number, FrameBlock[]>();
  #freeOctets = 0;

  /** @param octets Capacity of the block. */
  take(octets: number): FrameBlock {
    let list = this.#free.get(octets);
    if (list === undefined) {
      list = [];
      this.#free.set(octets, list);
    }
    const block = list.pop();
    if (block === undefined) return new FrameBlock(octets, Math.max(MIN_ROWS, Math.ceil(octets / OCTETS_PER_FRAME)));
    this.#freeOctets -= octets;
    block.count = 0;
    return block;
  }

  /** Takes a block back; lets it go if it grew or enough are free. */
  give(block: FrameBlock): void {
    const { held } = block;
    if (held !== null) {
      block.held = null;
      void held.then(() => this.give(block));
      return;
    }
    const octets = block.bytes.length;
    const list = this.#free.get(octets);
    if (list === undefined || this.#freeOctets + octets > MOST_FREE_OCTETS) return;
    list.push(block);
    this.#freeOctets += octets;
  }

  /** Lets all free blocks go; those that come back later are not kept. */
  clear(): void {
    this.#free.clear();
    this.#freeOctets = 0;
  }
}

const MIN_ROWS = 256;
/** A chunk full of frames shorter than this is given out in more than one batch. */
const OCTETS_PER_FRAME = 64;
const MOST_FREE_OCTETS = 64 * 1024 * 1024;
