import { BUFFER, type Charge } from "../../bytes/held-budget.ts";

const EMPTY = new Uint8Array(0);

/** Gathers the stub of one request or answer over its fragments, bounded: the first `limit` octets and the last four. */
export class Stub {
  /** Octets of all fragments, kept or not. */
  length = 0;
  fragments = 0;
  #limit: number;
  #kept = EMPTY;
  #keptLength = 0;
  readonly #tail = new Uint8Array(4);
  readonly #charge: Charge | null;

  /**
   * @param limit Most octets to keep; 0 to count only.
   * @param charge Told what all stubs of the connection take.
   */
  constructor(limit: number, charge: Charge | null = null) {
    this.#limit = limit;
    this.#charge = charge;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const octets = end - start;
    this.fragments++;
    this.length += octets;
    const tail = this.#tail;
    if (octets >= 4) tail.set(bytes.subarray(end - 4, end));
    else if (octets > 0) {
      tail.copyWithin(0, octets);
      tail.set(bytes.subarray(start, end), 4 - octets);
    }
    const wanted = Math.min(octets, this.#limit - this.#keptLength);
    if (wanted <= 0) return;
    const needed = this.#keptLength + wanted;
    if (needed > this.#kept.length) {
      const grown = new Uint8Array(this.#keptLength === 0 ? needed : Math.min(this.#limit, needed * 2));
      grown.set(this.#kept.subarray(0, this.#keptLength));
      this.#charge?.add(grown.length - this.#kept.length + (this.#keptLength === 0 ? BUFFER : 0));
      this.#kept = grown;
    }
    this.#kept.set(bytes.subarray(start, start + wanted), this.#keptLength);
    this.#keptLength = needed;
  }

  /** Notes octets of the last fragment that were not captured; what comes behind them is not kept. */
  miss(octets: number): void {
    if (octets === 0) return;
    this.length += octets;
    this.#limit = this.#keptLength;
    this.#tail.fill(0);
  }

  /** The call is over: nothing is kept any more. */
  release(): void {
    if (this.#kept.length > 0) this.#charge?.add(-BUFFER - this.#kept.length);
    this.#kept = EMPTY;
    this.#keptLength = 0;
  }

  /** The octets kept. */
  get bytes(): Uint8Array {
    return this.#kept.subarray(0, this.#keptLength);
  }

  /** True if every octet was kept. */
  get isWhole(): boolean {
    return this.#keptLength === this.length;
  }

  /** The last four octets as a number; null if there are fewer. */
  lastWord(littleEndian: boolean): number | null {
    if (this.length < 4) return null;
    const view = new DataView(this.#tail.buffer);
    return view.getUint32(0, littleEndian);
  }
}
