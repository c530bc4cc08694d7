import type { ByteSource, StoredSource } from "./byte-source.ts";
import { addDamage, type CaptureFile } from "./capture-file.ts";
import { BLOCK_HEADROOM, type BlockPool, type FrameBlock } from "./frame-block.ts";
import type { FrameDecoder } from "./frame-decoder.ts";

/** A block that octets are read into. */
interface FillingBlock {
  readonly block: FrameBlock;
  /** How many are read at once. */
  readonly octets: number;
  /** Octets that it then holds. */
  readonly filled: Promise<number>;
}

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
  #ahead: FillingBlock | null = null;
  /** What was read of the file as stored when reading ahead began. */
  #octetsBefore = 0;

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

  /** Octets read of the file as stored, without those that are read ahead. */
  get octetsRead(): number {
    return this.#ahead === null ? this.#stored.octetsRead : this.#octetsBefore;
  }

  /** True if the next chunk is being read. */
  get isAhead(): boolean {
    return this.#ahead !== null;
  }

  /** Begins to read what `next` will give, while others have work to do. Nothing is read ahead that comes when it pleases. */
  readAhead(chunkOctets: number): void {
    if (this.#finished || this.#ahead !== null || this.#source.live) return;
    this.#octetsBefore = this.#stored.octetsRead;
    this.#ahead = this.#begin(chunkOctets);
    this.#ahead.filled.catch(() => undefined); // `next` tells it
  }

  /**
   * The next frames; null at the end, when `file` is complete.
   * @param chunkOctets How much to read at once, where nothing was read ahead. The caller owns the block and gives it back to the pool.
   * @throws Error where what was read so far could not be hashed.
   */
  async next(chunkOctets: number): Promise<FrameBlock | null> {
    if (this.#finished) return null;
    if (this.#stored.failed !== null) throw this.#stored.failed;
    const ahead = this.#ahead ?? this.#begin(chunkOctets);
    this.#ahead = null;
    const { block, octets } = ahead;
    let filled = await ahead.filled;
    for (;;) {
      const used = this.#decoder.decode(block, 0, filled, this.#position, this.#ended);
      this.#position += used;
      if (block.count > 0) {
        this.#keep(block.bytes, used, filled);
        return block;
      }
      if (this.#ended) break;
      await block.held; // its octets are about to move
      block.held = null;
      block.bytes.copyWithin(0, used, filled);
      filled = await this.#fill(block, filled - used, octets, true);
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

  /** A block that begins with what is left of the one before, and is being filled. */
  #begin(octets: number): FillingBlock {
    const block = this.#pool.take(octets + BLOCK_HEADROOM);
    const carried = this.#carried;
    block.reserve(carried + 1, 0);
    block.bytes.set(this.#carry.subarray(0, carried));
    this.#carried = 0;
    return { block, octets, filled: this.#fill(block, carried, octets, false) };
  }

  /**
   * Reads about `chunkOctets` behind what `block` holds, unless nothing more comes; returns the octets it then holds.
   * @param mayGrow What it holds is part of one frame. Else it may be frames for which the block before had no rows.
   */
  async #fill(block: FrameBlock, held: number, chunkOctets: number, mayGrow: boolean): Promise<number> {
    if (this.#ended) return held;
    let target = held + chunkOctets;
    if (target > block.bytes.length) {
      if (mayGrow && held > block.bytes.length / 2) block.reserve(held * 2 + chunkOctets, held);
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
    block.held = this.#stored.hashing;
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
