import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { syncFolder, writeAll } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import type { IndexedFrames } from "./packet-index-block.ts";
import { OpenBlock } from "./packet-index-block.ts";
import { BLOCK_FRAMES, extraFile, framesFile } from "./packet-index-format.ts";

/** Captures whose last block is still open at one time. */
const OPEN_BLOCKS = 16;
/** Pairs gathered before they are written. */
const EXTRA_PAIRS = 8192;

/** Writes the packet index of one run while it is analysed: usually 12 octets a frame, a block of 65,536 frames at a time. */
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
   * Adds a batch. Batches come in the order of analysis; frames of one capture come in file order.
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

  /** Takes rows of one capture from `from` on, as many as follow each other and fit; returns the next row. */
  #appendRows(batch: IndexedFrames, sessions: Float64Array, from: number): number {
    const capture = batch.capture[from]!;
    const frame = batch.frame[from]!;
    let block = this.#blockOf(capture);
    if (block.frames > 0 && block.firstFrame + block.frames !== frame) {
      // Frames that the reader left out: a block has consecutive frames only.
      this.#write(capture, block);
      this.#open.delete(capture);
      block = this.#blockOf(capture);
    }
    const most = Math.min(batch.count, from + BLOCK_FRAMES - block.frames);
    let to = from + 1;
    while (to < most && batch.capture[to] === capture && batch.frame[to] === frame + to - from) to++;
    block.add(batch, sessions, from, to);
    if (block.frames === BLOCK_FRAMES) {
      this.#write(capture, block);
      this.#open.delete(capture);
    }
    return to;
  }

  #blockOf(capture: number): OpenBlock {
    let block = this.#open.get(capture);
    if (block !== undefined) {
      if (this.#open.size > 1) {
        this.#open.delete(capture);
        this.#open.set(capture, block);
      }
      return block;
    }
    if (this.#open.size >= OPEN_BLOCKS) {
      const [oldest, full] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      this.#write(oldest, full);
    }
    block = this.#spare.pop() ?? new OpenBlock();
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
