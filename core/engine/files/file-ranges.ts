import { BlockRanges } from "../../protocols/block-ranges.ts";
import { MOST_LISTED } from "../../protocols/carried-file.ts";

/**
 * Which places of one file went by. Most files come in order: until one does not, two numbers are all that is kept; beyond
 * that, some thousand ranges at most.
 */
export class FileRanges {
  #ranges: BlockRanges | null = null;
  /** The run of octets in order that goes on. */
  #from = 0;
  #to = 0;
  #again = 0;

  /** Octets that came again for a place that had some. */
  get again(): number {
    this.#flush();
    return this.#again;
  }

  get octets(): number {
    if (this.#ranges === null) return this.#to - this.#from;
    this.#flush();
    return this.#ranges.octets;
  }

  /** Where the last one ends. */
  get end(): number {
    return this.#ranges === null ? this.#to : Math.max(this.#to, this.#ranges.end);
  }

  /** The first ones, ascending. */
  get list(): readonly (readonly [start: number, end: number])[] {
    if (this.#ranges === null) return this.#to > this.#from ? [[this.#from, this.#to]] : [];
    this.#flush();
    return this.#ranges.list(MOST_LISTED);
  }

  add(offset: number, octets: number): void {
    if (octets <= 0) return;
    if (offset !== this.#to) {
      if (this.#to > this.#from) {
        this.#ranges ??= new BlockRanges();
        this.#flush();
      }
      this.#from = offset;
      this.#to = offset;
    }
    this.#to += octets;
  }

  /** The last octets that were said to have come did not. */
  unsay(octets: number): void {
    this.#to = Math.max(this.#from, this.#to - octets);
  }

  remove(offset: number, octets: number): void {
    this.#ranges ??= new BlockRanges();
    this.#flush();
    this.#ranges.remove(offset, offset + octets);
  }

  #flush(): void {
    if (this.#ranges === null || this.#to === this.#from) return;
    this.#again += this.#ranges.overlap(this.#from, this.#to);
    this.#ranges.add(this.#from, this.#to);
    this.#from = this.#to;
  }
}
