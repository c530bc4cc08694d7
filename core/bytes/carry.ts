import { Charge, GRAIN } from "./held-budget.ts";

/**
 * Holds the unfinished tail of a byte stream until the rest of its message arrives.
 *
 * Use: `const whole = carry.join(bytes, start, end)`, parse messages from `whole.bytes[whole.start..whole.end)`, then
 * `carry.keep(whole, consumedUpTo)`. No octet is copied while messages end where segments end.
 */
export class Carry {
  #held: Uint8Array = EMPTY;
  #length = 0;
  /** Null while what is held is small. */
  #charge: Charge | null = null;
  readonly #limit: number;

  /** @param limit Most octets that may be held between two calls. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Octets held now. */
  get length(): number {
    return this.#length;
  }

  /** The held octets followed by the given ones. Borrowed until the next call. */
  join(bytes: Uint8Array, start: number, end: number): Span {
    if (this.#length === 0) return { bytes, start, end };
    const total = this.#length + (end - start);
    this.#reserve(total);
    this.#held.set(bytes.subarray(start, end), this.#length);
    this.#length = total;
    return { bytes: this.#held, start: 0, end: total };
  }

  /**
   * Keeps what `span` has from `from` on.
   * @returns false, holding nothing, if that is more than the limit.
   */
  keep(span: Span, from: number): boolean {
    const left = span.end - from;
    if (left > this.#limit) {
      this.clear();
      return false;
    }
    if (left <= 0) {
      this.clear();
      return true;
    }
    if (span.bytes === this.#held) {
      if (from > 0) this.#held.copyWithin(0, from, span.end);
    } else {
      this.#reserve(left);
      this.#held.set(span.bytes.subarray(from, span.end), 0);
    }
    this.#length = left;
    return true;
  }

  /** Forgets all that is held (after a gap, say). */
  clear(): void {
    this.#length = 0;
    if (this.#held.length < GRAIN) return;
    this.#charge?.set(0);
    this.#held = EMPTY;
  }

  #reserve(octets: number): void {
    if (this.#held.length >= octets) return;
    const grown = new Uint8Array(Math.max(octets, Math.min(this.#held.length * 2, this.#limit), 256));
    grown.set(this.#held.subarray(0, this.#length));
    if (grown.length >= GRAIN) (this.#charge ??= new Charge()).set(grown.length);
    this.#held = grown;
  }
}

/** Borrowed octets `bytes[start..end)`. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const EMPTY = new Uint8Array(0);
