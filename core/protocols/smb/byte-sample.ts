/**
 * Octets of one direction of a file that are measured: enough for a verdict on randomness, and at 4 ns an octet under a tenth of a millisecond
 * for each file.
 */
export const SAMPLE_OCTETS = 16_384;
/** Of fewer octets than this (eight for each value) a measure says nothing. */
const LEAST_OCTETS = 2048;

/** How often each value of an octet occurs in the beginning of what goes by, and what follows from that. */
export class ByteSample {
  readonly #counts = new Uint32Array(256);
  #octets = 0;

  /** True until enough was seen. */
  get wants(): boolean {
    return this.#octets < SAMPLE_OCTETS;
  }

  /** Counts `bytes` from `start` to `end`, as far as octets are wanted. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + SAMPLE_OCTETS - this.#octets);
    for (let i = start; i < stop; i++) this.#counts[bytes[i]!]!++;
    this.#octets += Math.max(0, stop - start);
  }

  /**
   * Shannon entropy in bits an octet, 0 to 8; null if too few octets were seen. What a sample falls short by because it is small is made up for
   * (Miller and Madow), so that random octets come to 8 whatever their number.
   */
  entropy(): number | null {
    if (this.#octets < LEAST_OCTETS) return null;
    let sum = 0;
    let values = 0;
    for (const count of this.#counts) {
      if (count === 0) continue;
      values++;
      sum -= count * Math.log2(count / this.#octets);
    }
    const short = (values - 1) / (2 * Math.LN2);
    return Math.round(1000 * Math.min(8, (sum + short) / this.#octets)) / 1000;
  }

  /**
   * Chi-square against equal shares of all 256 values: about 255 for random octets (above 310 in one case of a hundred), more for compressed
   * ones, tens of thousands for others; null if too few octets were seen.
   */
  chiSquare(): number | null {
    if (this.#octets < LEAST_OCTETS) return null;
    const expected = this.#octets / 256;
    let sum = 0;
    for (const count of this.#counts) sum += (count - expected) ** 2;
    return Math.round((10 * sum) / expected) / 10;
  }
}
