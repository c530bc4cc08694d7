import { BUFFER, type Charge } from "./held-budget.ts";

/** Octets that come in pieces, copied into one buffer: a piece of one octet costs one, however many there are. */
export class GatheredOctets {
  #held: Uint8Array = EMPTY;
  #length = 0;
  readonly #charge: Charge | null;

  /** @param charge Told what it takes; null where its owner bounds that. */
  constructor(charge: Charge | null = null) {
    this.#charge = charge;
  }

  get length(): number {
    return this.#length;
  }

  /** Octets of memory that it takes: at most twice its length. */
  get capacity(): number {
    return this.#held.length;
  }

  /** Copies `bytes[start..end)` behind what is there. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const total = this.#length + end - start;
    if (total > this.#held.length) {
      const grown = new Uint8Array(Math.max(total, this.#length * 2));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
      this.#charge?.set(BUFFER + grown.length);
    }
    this.#held.set(bytes.subarray(start, end), this.#length);
    this.#length = total;
  }

  /** All of them, not copied: what comes later changes none of these. */
  octets(): Buffer {
    return Buffer.from(this.#held.buffer, 0, this.#length);
  }

  clear(): void {
    this.#held = EMPTY;
    this.#length = 0;
    this.#charge?.set(0);
  }
}

const EMPTY = new Uint8Array(0);
