import { Carry } from "./carry.ts";
import type { ByteReader } from "./reader.ts";

const LF = 0x0a;
const CR = 0x0d;

/** Cuts one direction of a stream into lines, whatever the pieces it arrives in: LF ends one, with or without a CR before it. */
export class LineCutter {
  readonly #limit: number;
  readonly #carry: Carry;

  /** @param limit Longest line; a longer one is delivered in pieces of that length. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#carry = new Carry(limit);
  }

  /** Octets of a line that is not whole yet. */
  get held(): number {
    return this.#carry.length;
  }

  /** Forgets a line that is not whole (after a gap). */
  clear(): void {
    this.#carry.clear();
  }

  /**
   * Reads `r` to its end, or until `each` says to stop: then `r` is left behind that line.
   * @param each Takes a line without its end, one character an octet; false stops.
   */
  feed(r: ByteReader, each: (line: string) => boolean): void {
    const searched = this.#carry.length;
    const span = this.#carry.join(r.source, r.pos, r.end);
    let at = span.start;
    let from = at + searched;
    while (at < span.end) {
      const limit = Math.min(span.end, at + this.#limit);
      const found = span.bytes.subarray(from, limit).indexOf(LF);
      let end = found < 0 ? limit : from + found;
      const next = found < 0 ? limit : end + 1;
      if (found < 0 && span.end - at < this.#limit) break;
      if (found >= 0 && end > at && span.bytes[end - 1] === CR) end--;
      const line = Buffer.from(span.bytes.buffer, span.bytes.byteOffset + at, end - at).toString("latin1");
      from = at = next;
      if (each(line)) continue;
      r.pos = r.end - (span.end - at);
      this.#carry.clear();
      return;
    }
    this.#carry.keep(span, at);
    r.pos = r.end;
  }
}
