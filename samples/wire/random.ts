/**
 * Seeded numbers. Every part of a scenario draws from its own named stream (`fork`), so that changing one part leaves the
 * octets of the others alone. The generator is sfc32 (Chris Doty-Humphrey's "small fast counting" generator, public domain).
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.#a = hashText(name, 0x811c9dc5);
    this.#b = hashText(name, 0x9e3779b9);
    this.#c = hashText(name, 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** A stream of its own for a named part; independent of how much was drawn from this one. */
  fork(part: string): Random {
    return new Random(`${this.#name}/${part}`);
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 (included) to 1 (excluded). */
  unit(): number {
    return this.u32() / 4294967296;
  }

  /** Whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** Whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of several; throws on an empty list. */
  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  /** Waiting time of a process without memory; same unit as `mean`, at most eight times it. */
  exponential(mean: number): number {
    return Math.min(-Math.log(1 - this.unit()) * mean, 8 * mean);
  }

  bytes(octets: number): Uint8Array {
    const out = new Uint8Array(octets);
    for (let i = 0; i < octets; i += 4) {
      const word = this.u32();
      out[i] = word;
      out[i + 1] = word >>> 8;
      out[i + 2] = word >>> 16;
      out[i + 3] = word >>> 24;
    }
    return out;
  }

  /** Lower-case hexadecimal digits. */
  hex(digits: number): string {
    let out = "";
    while (out.length < digits) out += this.u32().toString(16).padStart(8, "0");
    return out.slice(0, digits);
  }
}

/** FNV-1a over UTF-16 code units with a finishing mix (MurmurHash3's). */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
