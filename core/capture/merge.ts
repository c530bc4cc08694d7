import { newCaptureFile, type CaptureFile } from "./capture-file.ts";
import { BLOCK_HEADROOM, type BlockPool, type FrameBlock } from "./frame-block.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FoundCapture } from "./open-capture.ts";
import { StreamHeap, type Stream } from "./stream-heap.ts";

/**
 * Reads captures as one, in the order of their frames' times; a capture is opened when its first frame's time comes.
 *
 * A block goes through untouched while its times do not reach the next capture's; only where captures overlap are
 * frames copied, run by run, into blocks of their own.
 */
export class BlockMerge {
  /** In the order of their first frames. */
  readonly captures: readonly CaptureFile[];
  readonly #pool: BlockPool;
  readonly #chunkOctets: number;
  readonly #pending: readonly FoundCapture[];
  /** First of `#pending` that was not opened. */
  #opened = 0;
  readonly #active = new StreamHeap();
  /** The stream whose block went out whole and that needs its next. */
  #drained: { readonly reader: FrameReader; readonly index: number } | null = null;
  /** Frames copied together, not given out yet. */
  #merged: FrameBlock | null = null;
  #mergedOctets = 0;
  #octetsDone = 0;
  /** Octets that readers were asked for. */
  #asked = 0;

  /** @param firstNumber Number of the first capture. */
  constructor(found: readonly FoundCapture[], pool: BlockPool, chunkOctets: number, firstNumber: number) {
    this.#pending = [...found].sort(byFirstTime);
    this.captures = this.#pending.map((capture, i) =>
      newCaptureFile(firstNumber + i, capture.path, capture.container, capture.compression),
    );
    this.#pool = pool;
    this.#chunkOctets = chunkOctets;
  }

  /** Octets read of all files as stored. */
  get octetsRead(): number {
    let octets = this.#octetsDone + (this.#drained?.reader.octetsRead ?? 0);
    for (const { reader } of this.#active.streams) octets += reader.octetsRead;
    return octets;
  }

  /** The next frames; null at the end. */
  async next(): Promise<FrameBlock | null> {
    for (;;) {
      if (this.#drained !== null) {
        const { reader, index } = this.#drained;
        await this.#refill(reader, index);
        this.#drained = null;
      }
      if (this.#isDue()) {
        const index = this.#opened++;
        await this.#refill(this.#pending[index]!.open(this.captures[index]!, this.#pool), index);
        continue;
      }
      const stream = this.#active.first;
      if (stream === null) return this.#takeMerged();
      const end = this.#runEnd(stream);
      if (stream.row === 0 && end === stream.block.count) {
        const merged = this.#takeMerged();
        if (merged !== null) return merged;
        this.#active.removeFirst();
        this.#drained = stream;
        // Where captures overlap in time, each has memory enough as it is.
        if (this.#active.size === 0) stream.reader.readAhead(this.#chunkFor(1));
        return stream.block;
      }
      const isFull = this.#copyRun(stream, end);
      if (stream.row === stream.block.count) {
        this.#active.removeFirst();
        this.#pool.give(stream.block);
        this.#drained = stream;
      } else {
        this.#active.sinkFirst();
      }
      if (isFull) return this.#takeMerged();
    }
  }

  async close(): Promise<void> {
    await this.#drained?.reader.close();
    for (const { reader } of this.#active.streams) await reader.close();
  }

  /** The next capture's first frame does not lie behind the first frame at hand. */
  #isDue(): boolean {
    const capture = this.#pending[this.#opened];
    if (capture === undefined) return false;
    const first = this.#active.first;
    return first === null || capture.firstTime === null || capture.firstTime <= first.block.ts[first.row]!;
  }

  /** Reads the next block of a capture into the heap, or lets the capture go at its end. */
  async #refill(reader: FrameReader, index: number): Promise<void> {
    const block = await reader.next(reader.isAhead ? 0 : this.#chunkFor(this.#active.size + 1));
    if (block === null) this.#octetsDone += reader.octetsRead;
    else this.#active.add({ reader, index, block, row: 0 });
  }

  /** Less is read at once where many captures are open, in steps of powers of two so that blocks can be used again. */
  #chunkFor(open: number): number {
    // The first octets come soon: those who take them have nothing else to do.
    const wanted = this.#asked === 0 ? FIRST_CHUNK : this.#asked < this.#chunkOctets ? EARLY_CHUNK : this.#chunkOctets;
    let octets = Math.min(wanted, this.#chunkOctets);
    while (octets > LEAST_CHUNK && octets * open > MOST_OCTETS_AT_HAND) octets = Math.ceil(octets / 2);
    this.#asked += octets;
    return octets;
  }

  /** Row behind the last that comes before what all other captures have next. */
  #runEnd(stream: Stream): number {
    const { block } = stream;
    const other = this.#active.second;
    const pending = this.#pending[this.#opened];
    let end = block.count;
    if (other !== null) {
      const high = other.block.ts32[2 * other.row + 1]!;
      const low = other.block.ts32[2 * other.row]! >>> 0;
      end = firstRowBehind(block, stream.row, end, high, low, stream.index < other.index);
    }
    if (pending !== undefined && pending.firstTime !== null) {
      const high = Number(BigInt.asIntN(32, pending.firstTime >> 32n));
      const low = Number(BigInt.asUintN(32, pending.firstTime));
      end = firstRowBehind(block, stream.row, end, high, low, true);
    }
    // The first row was chosen by the heap; it goes on in any case.
    return Math.max(end, stream.row + 1);
  }

  /** Copies rows up to `end` as far as there is room; true if the merged block should go out. */
  #copyRun(stream: Stream, end: number): boolean {
    const { block } = stream;
    const capacity = this.#chunkOctets + BLOCK_HEADROOM;
    let merged = this.#merged;
    if (merged === null) {
      merged = this.#pool.take(capacity);
      this.#merged = merged;
      this.#mergedOctets = 0;
    }
    let row = stream.row;
    const last = Math.min(end, row + merged.rows - merged.count);
    // Frames of one capture lie in one stretch, with record headers between them: it is copied as a whole.
    const from = block.offset[row]!;
    let to = from;
    let rows = 0;
    while (row + rows < last) {
      const behind = block.offset[row + rows]! + block.capLen[row + rows]!;
      if (this.#mergedOctets + behind - from > merged.bytes.length) break;
      to = behind;
      rows++;
    }
    if (rows === 0) {
      if (merged.count > 0) return true;
      to = from + block.capLen[row]!;
      merged.reserve(to - from, 0);
      rows = 1;
    }
    const at = this.#mergedOctets;
    copyOctets(block.bytes, from, to, merged.bytes, at);
    for (let i = 0, out = merged.count; i < rows; i++, out++, row++) {
      merged.offset[out] = block.offset[row]! - from + at;
      merged.capLen[out] = block.capLen[row]!;
      merged.wireLen[out] = block.wireLen[row]!;
      merged.ts32[2 * out] = block.ts32[2 * row]!;
      merged.ts32[2 * out + 1] = block.ts32[2 * row + 1]!;
      merged.capture[out] = block.capture[row]!;
      merged.frame[out] = block.frame[row]!;
      merged.linkType[out] = block.linkType[row]!;
      merged.iface[out] = block.iface[row]!;
      merged.fileOffset[out] = block.fileOffset[row]!;
    }
    merged.count += rows;
    this.#mergedOctets = at + (to - from);
    stream.row = row;
    return row < end || merged.count === merged.rows;
  }

  #takeMerged(): FrameBlock | null {
    const merged = this.#merged;
    this.#merged = null;
    return merged;
  }
}

/** First row from `row` on that is later than the time (`orSame`: rows of that time still come before it). */
function firstRowBehind(
  block: FrameBlock,
  row: number,
  end: number,
  high: number,
  low: number,
  orSame: boolean,
): number {
  const { ts32 } = block;
  for (let i = row; i < end; i++) {
    const rowHigh = ts32[2 * i + 1]!;
    if (rowHigh < high) continue;
    if (rowHigh > high) return i;
    const rowLow = ts32[2 * i]! >>> 0;
    if (rowLow > low || (rowLow === low && !orSame)) return i;
  }
  return end;
}

function copyOctets(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start < SHORT_COPY) for (let i = start, o = at; i < end; i++, o++) to[o] = from[i]!;
  else to.set(from.subarray(start, end), at);
}

/** Those of unknown time first, then by time; equal ones as they were given. */
function byFirstTime(a: FoundCapture, b: FoundCapture): number {
  if (a.firstTime === b.firstTime) return 0;
  if (a.firstTime === null) return -1;
  if (b.firstTime === null) return 1;
  return a.firstTime < b.firstTime ? -1 : 1;
}

const SHORT_COPY = 96;
const LEAST_CHUNK = 64 * 1024;
const FIRST_CHUNK = 256 * 1024;
const EARLY_CHUNK = 1024 * 1024;
/** Octets that all open captures together have read ahead, as long as `LEAST_CHUNK` each allows. */
const MOST_OCTETS_AT_HAND = 64 * 1024 * 1024;
