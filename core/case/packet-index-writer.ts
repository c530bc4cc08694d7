import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { syncFolder, writeAll } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import {
  BLOCK_FRAMES,
  blockLayout,
  extraFile,
  framesFile,
  NO_SESSION,
  writeBlockHeader,
} from "./packet-index-format.ts";

/** The columns of a frame batch that the index keeps. */
export interface IndexedFrames {
  readonly capture: number;
  /** 1-based number of row 0 within its capture file. */
  readonly firstFrame: number;
  /** Number of row 0 in the whole run, from 0. */
  readonly firstOrdinal: number;
  readonly count: number;
  readonly capLen: Uint32Array;
  /** Where the frame's octets begin in the capture file. */
  readonly fileOffset: Float64Array;
}

/** Captures whose last block is still open at one time. */
const OPEN_BLOCKS = 16;
/** Pairs gathered before they are written. */
const EXTRA_PAIRS = 8192;
const LARGEST_OFFSET = 0xffff_ffff;

/** Writes the packet index of one run while it is analysed: 12 octets a frame, a block of 65,536 frames at a time. */
export class PacketIndexWriter {
  readonly run: number;
  readonly #folder: string;
  /** Least recently used first. */
  readonly #open = new Map<number, OpenBlock>();
  readonly #spare: OpenBlock[] = [];
  readonly #written = new Set<string>();
  #extra = new Float64Array(EXTRA_PAIRS * 2);
  #extraUsed = 0;

  constructor(folder: string, run: number) {
    this.#folder = folder;
    this.run = run;
  }

  /**
   * Adds a batch. Batches of one capture come in file order; captures may alternate.
   * @param sessions Session key of each row; negative where the frame belongs to none.
   * @param extra Further pairs of run ordinal and session key: tunnels around the session, earlier fragments.
   * @throws BacktrailError when the disk is full or fails.
   */
  append(batch: IndexedFrames, sessions: Float64Array, extra: Float64Array | readonly number[] = []): void {
    try {
      for (let from = 0; from < batch.count;) from = this.#appendRows(batch, sessions, from);
      this.#appendExtra(extra);
    } catch (error) {
      throw ioProblem(error, `writing the packet index in ${this.#folder}`);
    }
  }

  /** Writes what is left and makes all of it durable. */
  finish(): void {
    try {
      for (const [capture, block] of this.#open) this.#write(capture, block);
      this.#open.clear();
      this.#writeExtra();
      for (const name of this.#written) {
        const file = openSync(join(this.#folder, name), "r+");
        fsyncSync(file);
        closeSync(file);
      }
      syncFolder(this.#folder);
    } catch (error) {
      throw ioProblem(error, `writing the packet index in ${this.#folder}`);
    }
  }

  /** Takes rows from `from` on until the block is full; returns the next row. */
  #appendRows(batch: IndexedFrames, sessions: Float64Array, from: number): number {
    const block = this.#blockOf(batch.capture, batch.firstFrame + from);
    if (block.frames === 0) {
      block.firstFrame = batch.firstFrame + from;
      block.baseOffset = batch.fileOffset[from]!;
    }
    const most = Math.min(batch.count, from + BLOCK_FRAMES - block.frames);
    let row = from;
    for (let to = block.frames; row < most; row++, to++) {
      const offset = batch.fileOffset[row]! - block.baseOffset;
      if (offset > LARGEST_OFFSET || offset < 0) break;
      if (row === from) block.extend(batch.firstOrdinal + from);
      block.sessions[to] = sessions[row]!;
      block.offsets[to] = offset;
      block.lengths[to] = batch.capLen[row]!;
    }
    block.frames += row - from;
    if (row < batch.count || block.frames === BLOCK_FRAMES) {
      this.#write(batch.capture, block);
      this.#open.delete(batch.capture);
    }
    return row;
  }

  #blockOf(capture: number, frame: number): OpenBlock {
    let block = this.#open.get(capture);
    if (block !== undefined) {
      this.#open.delete(capture);
      if (block.frames > 0 && block.firstFrame + block.frames !== frame) {
        throw new Error(`capture ${capture}: frame ${block.firstFrame + block.frames} is due, ${frame} came`);
      }
    } else {
      if (this.#open.size >= OPEN_BLOCKS) {
        const [oldest, full] = this.#open.entries().next().value!;
        this.#open.delete(oldest);
        this.#write(oldest, full);
      }
      block = this.#spare.pop() ?? new OpenBlock();
    }
    this.#open.set(capture, block);
    return block;
  }

  #write(capture: number, block: OpenBlock): void {
    if (block.frames > 0) this.#appendFile(framesFile(this.run, capture), block.encode());
    block.clear();
    this.#spare.push(block);
  }

  #appendExtra(extra: Float64Array | readonly number[]): void {
    for (let i = 0; i + 1 < extra.length; i += 2) {
      this.#extra[this.#extraUsed++] = extra[i]!;
      this.#extra[this.#extraUsed++] = extra[i + 1]!;
      if (this.#extraUsed === this.#extra.length) this.#writeExtra();
    }
  }

  #writeExtra(): void {
    if (this.#extraUsed === 0) return;
    this.#appendFile(extraFile(this.run), new Uint8Array(this.#extra.buffer, 0, this.#extraUsed * 8));
    this.#extraUsed = 0;
  }

  /** The first write of a run replaces what an earlier attempt of the same number left. */
  #appendFile(name: string, octets: Uint8Array): void {
    const file = openSync(join(this.#folder, name), this.#written.has(name) ? "a" : "w");
    this.#written.add(name);
    try {
      writeAll(file, octets);
    } finally {
      closeSync(file);
    }
  }
}

/** Frames of one capture that have not been written yet. */
class OpenBlock {
  readonly sessions = new Float64Array(BLOCK_FRAMES);
  readonly offsets = new Uint32Array(BLOCK_FRAMES);
  readonly lengths = new Uint32Array(BLOCK_FRAMES);
  frames = 0;
  firstFrame = 0;
  baseOffset = 0;
  /** Rows and their ordinals where the count does not simply go on. */
  #extents: number[] = [];
  #nextOrdinal = -1;
  #nextRow = 0;

  /** Says that the next row has this ordinal. */
  extend(ordinal: number): void {
    if (this.#nextOrdinal + (this.frames - this.#nextRow) !== ordinal || this.frames === 0) {
      this.#extents.push(this.frames, ordinal);
      this.#nextOrdinal = ordinal;
      this.#nextRow = this.frames;
    }
  }

  clear(): void {
    this.frames = 0;
    this.#extents = [];
    this.#nextOrdinal = -1;
    this.#nextRow = 0;
  }

  encode(): Uint8Array {
    const { frames } = this;
    let least = -1;
    let greatest = -1;
    for (let i = 0; i < frames; i++) {
      const key = this.sessions[i]!;
      if (key < 0) continue;
      if (least < 0 || key < least) least = key;
      if (key > greatest) greatest = key;
    }
    const wide = greatest - least >= NO_SESSION;
    const layout = blockLayout(frames, this.#extents.length / 2, wide);
    const buffer = new ArrayBuffer(layout.end);
    writeBlockHeader(new DataView(buffer), {
      frames,
      extents: this.#extents.length / 2,
      wide,
      firstFrame: this.firstFrame,
      baseOffset: this.baseOffset,
      leastSession: least,
      greatestSession: greatest,
      octets: layout.end,
    });
    new Float64Array(buffer, layout.extents, this.#extents.length).set(this.#extents);
    if (wide) {
      new Float64Array(buffer, layout.sessions, frames).set(this.sessions.subarray(0, frames));
    } else {
      const relative = new Uint32Array(buffer, layout.sessions, frames);
      for (let i = 0; i < frames; i++) {
        const key = this.sessions[i]!;
        relative[i] = key < 0 ? NO_SESSION : key - least;
      }
    }
    new Uint32Array(buffer, layout.offsets, frames).set(this.offsets.subarray(0, frames));
    new Uint32Array(buffer, layout.lengths, frames).set(this.lengths.subarray(0, frames));
    return new Uint8Array(buffer);
  }
}
