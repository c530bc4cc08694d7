import type { Codes } from "./coded-scan.ts";
import { codesFor } from "./coded-scan.ts";

/** Combinations that can be told apart: each is the one number that its codes make together. */
export const MOST_COMBINED = 2 ** 52;

/** Numbers the combinations of codes in the order in which they come, and counts them: a hash table over plain arrays. */
export class KindList {
  /** Kinds so far. */
  count = 0;
  /** Values of each column. */
  readonly #sizes: readonly number[];
  /** Combined codes of each kind, and how often they came. */
  #keys = new Float64Array(1024);
  #seen = new Uint32Array(1024);
  /** One more than the kind; 0 for a free slot. A power of two, at least twice the kinds. */
  #slots = new Uint32Array(4096);

  /** @param sizes Values of each column, whose product is no more than `MOST_COMBINED`. */
  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  /**
   * Finds the kind of each row.
   * @param combined Codes of a row as one number: each times the sizes of the columns after its own.
   */
  number(combined: Uint32Array | Float64Array, into: Uint32Array, at: number): void {
    for (let i = 0; i < combined.length; i++) {
      const kind = this.#kindOf(combined[i]!);
      this.#seen[kind]!++;
      into[at + i] = kind;
    }
  }

  /** Where the rows of each kind begin when they are put kind by kind, and at the end where the last ones end. */
  starts(): Uint32Array {
    const starts = new Uint32Array(this.count + 1);
    for (let kind = 0; kind < this.count; kind++) starts[kind + 1] = starts[kind]! + this.#seen[kind]!;
    return starts;
  }

  /** Codes of a column by kind. */
  codes(column: number): Codes {
    const codes = codesFor(this.#sizes[column]!, this.count);
    const below = this.#sizes.slice(column + 1).reduce((product, size) => product * size, 1);
    for (let kind = 0; kind < this.count; kind++)
      codes[kind] = Math.floor(this.#keys[kind]! / below) % this.#sizes[column]!;
    return codes;
  }

  #kindOf(key: number): number {
    const mask = this.#slots.length - 1;
    let at = hashOf(key) & mask;
    for (let slot = this.#slots[at]!; slot !== 0; slot = this.#slots[at]!) {
      if (this.#keys[slot - 1] === key) return slot - 1;
      at = (at + 1) & mask;
    }
    return this.#add(key, at);
  }

  #add(key: number, at: number): number {
    const kind = this.count++;
    if (kind === this.#keys.length) {
      this.#keys = grown(this.#keys, new Float64Array(2 * kind));
      this.#seen = grown(this.#seen, new Uint32Array(2 * kind));
    }
    this.#keys[kind] = key;
    this.#slots[at] = kind + 1;
    if (2 * this.count > this.#slots.length) this.#spread();
    return kind;
  }

  #spread(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let kind = 0; kind < this.count; kind++) {
      let at = hashOf(this.#keys[kind]!) & mask;
      while (this.#slots[at] !== 0) at = (at + 1) & mask;
      this.#slots[at] = kind + 1;
    }
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function hashOf(key: number): number {
  const high = Math.floor(key / 4294967296);
  // The remainder of such numbers takes twice as long.
  const mixed = Math.imul((key - high * 4294967296) ^ high, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
