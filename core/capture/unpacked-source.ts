import { soon, type ByteSource, type SourceFailure } from "./byte-source.ts";

/** Unpacks one block after the other. */
export interface BlockUnpacker {
  /**
   * The next unpacked octets, borrowed until the next call; null at the end.
   * @throws DamagedPack where the packed octets make no sense or end too early.
   */
  unpack(): Promise<Uint8Array | null>;
}

/** The packed octets are damaged or cut short; the message says how. */
export class DamagedPack extends Error {}

/** Octets that a block unpacker makes, as a source. */
export class UnpackedSource implements ByteSource {
  readonly live: boolean;
  readonly #packed: ByteSource;
  readonly #unpacker: BlockUnpacker;
  #failure: SourceFailure | null = null;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** A block that was asked for and has not come. */
  #pending: Promise<true> | null = null;
  #ended = false;

  constructor(packed: ByteSource, unpacker: BlockUnpacker) {
    this.#packed = packed;
    this.#unpacker = unpacker;
    this.live = packed.live;
  }

  get failure(): SourceFailure | null {
    return this.#packed.failure ?? this.#failure;
  }

  async read(into: Uint8Array, start: number, end: number): Promise<number> {
    let filled = start;
    while (filled < end) {
      if (this.#at === this.#block.length) {
        if (this.#ended) break;
        this.#pending ??= this.#next();
        // Octets that arrive over time are given out when no more come at once.
        const got = filled > start && this.live ? await soon(this.#pending) : await this.#pending;
        if (got === null) break;
        this.#pending = null;
        continue;
      }
      const octets = Math.min(end - filled, this.#block.length - this.#at);
      into.set(this.#block.subarray(this.#at, this.#at + octets), filled);
      this.#at += octets;
      filled += octets;
    }
    return filled - start;
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#block = this.#block.subarray(0, 0);
    this.#at = 0;
    return Promise.resolve();
  }

  /** Unpacks the next block; rejects with faults of our own only. */
  async #next(): Promise<true> {
    try {
      const block = await this.#unpacker.unpack();
      this.#at = 0;
      this.#block = block ?? new Uint8Array(0);
      if (block === null) this.#ended = true;
    } catch (error) {
      if (!(error instanceof DamagedPack)) throw error;
      this.#ended = true;
      this.#failure = { kind: "bad-compression", reason: error.message };
    }
    return true;
  }
}
