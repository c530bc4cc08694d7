import type { DataChunk, Vector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import { VARCHAR } from "@duckdb/node-api";

/** Longest text, in octets of UTF-8, that DuckDB keeps inside the string's own 16 octets. */
const INLINE_OCTETS = 12;

/**
 * Turns dictionaries of texts into DuckDB's 16-octet strings (`duckdb_string_t`: 32-bit length, then either the text itself
 * up to 12 octets padded with zeros, or its first four octets and a 64-bit pointer to all of it).
 *
 * The longer texts of a dictionary are copied into DuckDB's memory as one block, by assigning the block to one element
 * of a vector that only serves as their owner; the strings then point into that block. It lives until `reset`.
 */
export class TextHeap {
  readonly #owner: DataChunk;
  #block = Buffer.allocUnsafeSlow(64 * 1024);
  #capacity = duckdb.vector_size();
  #used = 0;

  constructor() {
    this.#owner = duckdb.create_data_chunk([VARCHAR.toLogicalType().logical_type]);
  }

  /** Four words for each text of `dictionary`, valid until `reset`. */
  encode(dictionary: readonly string[]): Uint32Array {
    const words = new Uint32Array(dictionary.length * 4);
    const octets = new Uint8Array(words.buffer);
    let end = 0;
    let anyLong = false;
    for (let i = 0; i < dictionary.length; i++) {
      const text = dictionary[i]!;
      if (text.length <= INLINE_OCTETS && writeAscii(text, octets, i * 16 + 4)) {
        words[i * 4] = text.length;
        continue;
      }
      if (end + text.length * 3 > this.#block.length) this.#grow(end + text.length * 3);
      const length = this.#block.write(text, end, "utf8");
      words[i * 4] = length;
      if (length <= INLINE_OCTETS) {
        octets.set(this.#block.subarray(end, end + length), i * 16 + 4);
        octets.fill(0, i * 16 + 4 + length, i * 16 + 16);
        continue;
      }
      words[i * 4 + 1] = this.#block.readUInt32LE(end);
      words[i * 4 + 2] = end;
      anyLong = true;
      end += length;
    }
    if (anyLong) this.#relocate(words, end);
    return words;
  }

  /** Frees the texts of all dictionaries encoded since the last call. */
  reset(): void {
    if (this.#used > 0) duckdb.data_chunk_reset(this.#owner);
    this.#used = 0;
  }

  /** Gives the first `end` octets of the block to DuckDB and makes the block's offsets in `words` pointers to them. */
  #relocate(words: Uint32Array, end: number): void {
    if (this.#used === this.#capacity) throw new Error(`more than ${this.#capacity} text columns in one chunk`);
    const vector: Vector = duckdb.data_chunk_get_vector(this.#owner, 0);
    duckdb.vector_assign_string_element_len(vector, this.#used, this.#block.subarray(0, end));
    const element = duckdb.vector_get_data(vector, (this.#used + 1) * 16);
    const view = new DataView(element.buffer, element.byteOffset + this.#used * 16, 16);
    this.#used++;
    const low = view.getUint32(8, true);
    const high = view.getUint32(12, true);
    for (let at = 0; at < words.length; at += 4) {
      if (words[at]! <= INLINE_OCTETS) continue;
      const sum = low + words[at + 2]!;
      words[at + 2] = sum;
      words[at + 3] = high + (sum > 0xffff_ffff ? 1 : 0);
    }
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#block.length * 2));
    this.#block.copy(larger);
    this.#block = larger;
  }
}

/** Writes `text` if it is ASCII only; on false the octets written are to be overwritten. */
function writeAscii(text: string, octets: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    octets[at + i] = code;
  }
  return true;
}
