import type { Charge } from "../bytes/held-budget.ts";

/** Ranges that are remembered of one unit; when there are more, the smaller half is forgotten. */
const MOST_RANGES = 4096;

/** Octets of memory of a range. */
const RANGE = 16;

/**
 * Ranges of octets of a disk or a file that went over the wire, so that a later write can be told to fall on what is known. Memory is
 * bounded: what it says of an overlap is then "at least".
 */
export class BlockRanges {
  /** Starts and ends, ascending; ranges neither overlap nor touch. */
  #starts: number[] = [];
  #ends: number[] = [];

  readonly #charge: Charge | null;

  /** @param charge Told what they take. */
  constructor(charge: Charge | null = null) {
    this.#charge = charge;
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Where the last one ends; 0 without any. */
  get end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Octets of all of them. */
  get octets(): number {
    return this.#starts.reduce((sum, start, i) => sum + this.#ends[i]! - start, 0);
  }

  /** The first `most` of them, ascending: where each starts and ends. */
  list(most: number): (readonly [start: number, end: number])[] {
    return this.#starts.slice(0, most).map((start, i) => [start, this.#ends[i]!] as const);
  }

  /** Octets of `[start, end)` that are known. */
  overlap(start: number, end: number): number {
    let octets = 0;
    for (let i = this.#firstEndingBehind(start); i < this.#starts.length && this.#starts[i]! < end; i++)
      octets += Math.min(end, this.#ends[i]!) - Math.max(start, this.#starts[i]!);
    return octets;
  }

  /** From now on `[start, end)` is known. */
  add(start: number, end: number): void {
    if (end <= start) return;
    const first = this.#firstEndingBehind(start - 1);
    let behind = first;
    while (behind < this.#starts.length && this.#starts[behind]! <= end) behind++;
    if (behind > first) {
      start = Math.min(start, this.#starts[first]!);
      end = Math.max(end, this.#ends[behind - 1]!);
    }
    this.#starts.splice(first, behind - first, start);
    this.#ends.splice(first, behind - first, end);
    if (this.#starts.length > MOST_RANGES) this.#forgetSmall();
    this.#charge?.set(RANGE * this.#starts.length);
  }

  /** `[start, end)` is known no longer. */
  remove(start: number, end: number): void {
    if (end <= start) return;
    for (let i = this.#firstEndingBehind(start); i < this.#starts.length && this.#starts[i]! < end;) {
      const from = this.#starts[i]!;
      const to = this.#ends[i]!;
      const kept: [number, number][] = [];
      if (from < start) kept.push([from, start]);
      if (to > end) kept.push([end, to]);
      this.#starts.splice(i, 1, ...kept.map(([at]) => at));
      this.#ends.splice(i, 1, ...kept.map(([, at]) => at));
      i += kept.length;
    }
    this.#charge?.set(RANGE * this.#starts.length);
  }

  /** The hosts' connections share what is known of it no longer. */
  release(): void {
    this.#starts = [];
    this.#ends = [];
    this.#charge?.set(0);
  }

  /** Index of the first range whose end lies behind `position`. */
  #firstEndingBehind(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #forgetSmall(): void {
    const sizes = this.#ends.map((end, i) => end - this.#starts[i]!).sort((a, b) => b - a);
    const least = sizes[MOST_RANGES / 2]!;
    const kept = this.#starts.map((_, i) => i).filter((i) => this.#ends[i]! - this.#starts[i]! > least);
    // All of one size: the lower half stays.
    const chosen = kept.length > 0 ? kept : this.#starts.map((_, i) => i).slice(0, MOST_RANGES / 2);
    this.#starts = chosen.map((i) => this.#starts[i]!);
    this.#ends = chosen.map((i) => this.#ends[i]!);
  }
}
