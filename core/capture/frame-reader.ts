import type { ByteSource, StoredSource } from "./byte-source.ts";
import { addDamage, type CaptureFile } from "./capture-file.ts";
import { BLOCK_HEADROOM, type BlockPool, type FrameBlock } from "./frame-block.ts";
import type { FrameDecoder } from "./frame-decoder.ts";

/** Reads one capture in chunks and gives each chunk's frames as a block. */
export class FrameReader {
  readonly file: CaptureFile;
  readonly #stored: StoredSource;
  readonly #source: ByteSource;
  readonly #decoder: FrameDecoder;
  readonly #pool: BlockPool;
  /** Octets that the decoder has not consumed; the first `#carried` of `#carry`. */
  #carry = new Uint8Array(0);
  #carried = 0;
  /** Offset in the capture behind the last octet consumed. */
  #position = 0;
  #ended = false;
  #finished = false;

  /**
   * @param stored The octets of the file as stored, for its hash.
   * @param source The octets of the capture; the same, or what they unpack to.
   */
  constructor(file: CaptureFile, stored: StoredSource, source: ByteSource, decoder: FrameDecoder, pool: BlockPool) {
    this.file = file;
    this.#stored = stored;
    this.#source = source;
    this.#decoder = decoder;
    this.#pool = pool;
  }

  /** Octets read of the file as stored. */
  get octetsRead(): number {
    return this.#stored.octetsRead;
  }

  /**
   * The next frames; null at the end, when `file` is complete.
   * @param chunkOctets How much to read at once. The caller owns the block and gives it back to the pool.
   */
  async next(chunkOctets: number): Promise<FrameBlock | null> {
    if (this.#finished) return null;
    const block = this.#pool.take(chunkOctets + BLOCK_HEADROOM);
    let filled = this.#carried;
    block.reserve(filled + 1, 0);
    block.bytes.set(this.#carry.subarray(0, filled));
    this.#carried = 0;
    for (;;) {
      if (!this.#ended) filled = await this.#fill(block, filled, chunkOctets);
      const used = this.#decoder.decode(block, 0, filled, this.#position, this.#ended);
      this.#position += used;
      if (block.count > 0) {
        this.#keep(block.bytes, used, filled);
        return block;
      }
      if (this.#ended) break;
      block.bytes.copyWithin(0, used, filled);
      filled -= used;
    }
    this.#pool.give(block);
    await this.#finish();
    return null;
  }

  async close(): Promise<void> {
    this.#finished = true;
    await this.#source.close();
    await this.#stored.close();
  }

  /** Reads about `chunkOctets` behind what `block` holds; returns the octets it then holds. */
  async #fill(block: FrameBlock, held: number, chunkOctets: number): Promise<number> {
    let target = held + chunkOctets;
    if (target > block.bytes.length) {
      if (held > block.bytes.length / 2) block.reserve(held * 2 + chunkOctets, held);
      target = Math.min(target, block.bytes.length);
    }
    let filled = held;
    while (filled < target) {
      const octets = await this.#source.read(block.bytes, filled, target);
      if (octets === 0) {
        this.#ended = true;
        break;
      }
      filled += octets;
      if (this.#source.live) break;
    }
    return filled;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    this.#carried = to - from;
    if (this.#carry.length < this.#carried || this.#carry.length > Math.max(MOST_IDLE_CARRY, this.#carried * 4)) {
      this.#carry = new Uint8Array(this.#carried * 2);
    }
    this.#carry.set(bytes.subarray(from, to));
  }

  async #finish(): Promise<void> {
    this.#finished = true;
    const { file } = this;
    const failure = this.#source.failure ?? this.#stored.failure;
    if (failure !== null) this.#tellFailure(failure.kind, failure.reason);
    file.sha256 = await this.#stored.finish();
    if (this.#stored.failure !== null) file.sha256 = null;
    file.octets = this.#stored.octetsRead;
    this.#tellChange();
    await this.#source.close();
    await this.#stored.close();
    file.complete = true;
  }

  #tellChange(): void {
    const { file } = this;
    const { change } = this.#stored;
    if (change === null) return;
    const sentence = `The file ${change}: what is told here is of the ${file.octets} octets that were read. Keep the copy of it that has their SHA-256.`;
    addDamage(file, { kind: "changed", offset: this.#position, frame: file.packets, skipped: 0, sentence });
  }

  /** The stream itself stopped early: that the last record is cut short is then no news of its own. */
  #tellFailure(kind: "bad-compression" | "read-error", reason: string): void {
    const { file } = this;
    const last = file.damage.at(-1);
    let skipped = 0;
    if (last?.kind === "cut-short") {
      skipped = last.skipped;
      file.damage.pop();
    }
    const sentence = `At octet ${this.#position - skipped}, after frame ${file.packets}: ${reason}.`;
    addDamage(file, { kind, offset: this.#position - skipped, frame: file.packets, skipped, sentence });
  }
}

/** A carry buffer larger than this is let go when it is no longer needed. */
const MOST_IDLE_CARRY = 1024 * 1024;
