import { crc32 } from "node:zlib";
import { firstFrom } from "../contracts/ascending.ts";

/** Frames, each known by its time and octets. One that came twice is there twice. */
export class FrameSet {
  #keys = new BigUint64Array(1024);
  #count = 0;
  #left = 0;
  /** How many were taken of equal ones, by where the first of them is; null until the first is asked for. */
  #taken: Uint32Array | null = null;

  /** Before the first is taken. @param ts ns. */
  add(ts: bigint, frame: Uint8Array): void {
    if (this.#count === this.#keys.length) {
      const more = new BigUint64Array(2 * this.#count);
      more.set(this.#keys);
      this.#keys = more;
    }
    this.#keys[this.#count++] = keyOf(ts, frame);
    this.#left++;
  }

  /** Takes a frame out. @returns false if it is not there (any more). */
  take(ts: bigint, frame: Uint8Array): boolean {
    if (this.#left === 0) return false;
    const taken = (this.#taken ??= this.#sort());
    const key = keyOf(ts, frame);
    const first = firstFrom(this.#keys, key);
    const at = first + (taken[first] ?? 0);
    if (at >= this.#count || this.#keys[at] !== key) return false;
    taken[first]!++;
    this.#left--;
    return true;
  }

  /** True if all of them were taken. */
  get isEmpty(): boolean {
    return this.#left === 0;
  }

  /** The same frames, none of them taken. */
  fresh(): FrameSet {
    const set = new FrameSet();
    set.#keys = this.#keys.slice(0, this.#count);
    set.#count = this.#count;
    set.#left = this.#count;
    return set;
  }

  #sort(): Uint32Array {
    this.#keys = this.#keys.subarray(0, this.#count).sort();
    return new Uint32Array(this.#count);
  }
}

function keyOf(ts: bigint, frame: Uint8Array): bigint {
  return BigInt.asUintN(64, ts ^ (BigInt(crc32(frame)) << 32n));
}
