import type { CaptureFile } from "./capture-file.ts";
import type { BlockPool, FrameBlock } from "./frame-block.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FoundCapture } from "./open-capture.ts";

/** Reads captures as one, in the order of their frames' times. */
export class BlockMerge {
  readonly captures: readonly CaptureFile[];
  readonly #readers: readonly FrameReader[];
  readonly #chunkOctets: number;
  #at = 0;

  constructor(found: readonly FoundCapture[], pool: BlockPool, chunkOctets: number, firstNumber: number) {
    this.#readers = found.map((capture, i) => capture.open(firstNumber + i, pool));
    this.captures = this.#readers.map((reader) => reader.file);
    this.#chunkOctets = chunkOctets;
  }

  get octetsRead(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.octetsRead, 0);
  }

  async next(): Promise<FrameBlock | null> {
    for (; this.#at < this.#readers.length; this.#at++) {
      const block = await this.#readers[this.#at]!.next(this.#chunkOctets);
      if (block !== null) return block;
    }
    return null;
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
  }
}
