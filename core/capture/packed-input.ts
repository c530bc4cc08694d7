import type { ByteSource } from "./byte-source.ts";

/** Octets of a packed file, asked for in exact amounts. */
export class PackedInput {
  bytes = new Uint8Array(64 * 1024);
  /** Not used yet: `bytes[start..end)`. */
  start = 0;
  end = 0;
  /** Octets used so far. */
  used = 0;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Waits until `octets` are there; false if the source ends before. */
  async need(octets: number): Promise<boolean> {
    while (this.end - this.start < octets) {
      if (this.start + octets > this.bytes.length) this.#makeRoom(octets);
      const got = await this.#source.read(this.bytes, this.end, this.bytes.length);
      if (got === 0) return false;
      this.end += got;
    }
    return true;
  }

  /** Moves past octets that are there. */
  take(octets: number): void {
    this.start += octets;
    this.used += octets;
    if (this.start === this.end) this.start = this.end = 0;
  }

  /** Moves past octets, reading them first; false if the source ends before. */
  async skip(octets: number): Promise<boolean> {
    let left = octets;
    while (left > 0) {
      if (this.start === this.end && !(await this.need(1))) return false;
      const some = Math.min(left, this.end - this.start);
      this.take(some);
      left -= some;
    }
    return true;
  }

  u8(ahead: number): number {
    return this.bytes[this.start + ahead]!;
  }

  /** Little-endian, unsigned. */
  u32(ahead: number): number {
    const at = this.start + ahead;
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  #makeRoom(octets: number): void {
    const left = this.bytes.subarray(this.start, this.end);
    if (octets > this.bytes.length) {
      const larger = new Uint8Array(octets + 64 * 1024);
      larger.set(left);
      this.bytes = larger;
    } else {
      this.bytes.copyWithin(0, this.start, this.end);
    }
    this.end -= this.start;
    this.start = 0;
  }
}
