import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";

/** Chunks lie on a grid of this width, counted from the beginning of the file. */
export const CHUNK_OCTETS = 1 << 20;
/** Chunks of one file that are hashed. */
const MOST_CHUNKS = 64;

/** Digests of the parts of a file that may not become whole. Octets have to come in order within a chunk. */
export class FileChunks {
  /** Where a chunk begins, and its SHA-256. */
  readonly list: (readonly [offset: number, sha256: string])[] = [];
  #hash: Hash | null = null;
  /** Behind the last octet of the chunk that goes on. */
  #at = 0;
  #left: number;

  /** @param limit Octets that are hashed at most. */
  constructor(limit: number) {
    this.#left = limit;
  }

  get wants(): boolean {
    return this.#left > 0 && this.list.length < MOST_CHUNKS;
  }

  /** @param bytes Borrowed. */
  add(offset: number, bytes: Uint8Array, start: number, end: number): void {
    if (offset !== this.#at) this.#hash = null;
    this.#at = offset;
    for (let from = start; from < end && this.wants;) {
      const inside = this.#at % CHUNK_OCTETS;
      if (inside === 0) this.#hash = createHash("sha256");
      const octets = Math.min(end - from, CHUNK_OCTETS - inside);
      if (this.#hash !== null) {
        this.#hash.update(bytes.subarray(from, from + octets));
        this.#left -= octets;
        if (inside + octets === CHUNK_OCTETS) this.list.push([this.#at - inside, this.#hash.digest("hex")]);
      }
      from += octets;
      this.#at += octets;
    }
  }
}
