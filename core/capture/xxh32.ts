/** xxHash, 32 bits, of octets that come in pieces. github.com/Cyan4973/xxHash doc/xxhash_spec.md, XXH32 */
export class Xxh32 {
  readonly #lanes = new Int32Array(4);
  readonly #rest = new Uint8Array(16);
  #restLength = 0;
  #total = 0;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#lanes[0] = PRIME_1 + PRIME_2;
    this.#lanes[1] = PRIME_2;
    this.#lanes[2] = 0;
    this.#lanes[3] = -PRIME_1;
    this.#restLength = 0;
    this.#total = 0;
  }

  update(bytes: Uint8Array, start: number, end: number): void {
    this.#total += end - start;
    let at = start;
    if (this.#restLength > 0) {
      const taken = Math.min(16 - this.#restLength, end - at);
      this.#rest.set(bytes.subarray(at, at + taken), this.#restLength);
      this.#restLength += taken;
      at += taken;
      if (this.#restLength < 16) return;
      this.#stripes(this.#rest, 0, 16);
      this.#restLength = 0;
    }
    const whole = at + ((end - at) & ~15);
    this.#stripes(bytes, at, whole);
    this.#rest.set(bytes.subarray(whole, end));
    this.#restLength = end - whole;
  }

  /** The hash of all octets so far, unsigned. */
  digest(): number {
    const lanes = this.#lanes;
    let hash =
      this.#total >= 16
        ? rotate(lanes[0]!, 1) + rotate(lanes[1]!, 7) + rotate(lanes[2]!, 12) + rotate(lanes[3]!, 18)
        : PRIME_5;
    hash = (hash + this.#total) | 0;
    let i = 0;
    for (; i + 4 <= this.#restLength; i += 4) {
      hash = Math.imul(rotate((hash + Math.imul(word(this.#rest, i), PRIME_3)) | 0, 17), PRIME_4);
    }
    for (; i < this.#restLength; i++) {
      hash = Math.imul(rotate((hash + Math.imul(this.#rest[i]!, PRIME_5)) | 0, 11), PRIME_1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripes(bytes: Uint8Array, start: number, end: number): void {
    let [a, b, c, d] = this.#lanes as unknown as [number, number, number, number];
    for (let at = start; at < end; at += 16) {
      a = round(a, word(bytes, at));
      b = round(b, word(bytes, at + 4));
      c = round(c, word(bytes, at + 8));
      d = round(d, word(bytes, at + 12));
    }
    this.#lanes.set([a, b, c, d]);
  }
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;
const PRIME_5 = 0x165667b1;
