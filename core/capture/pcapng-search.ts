import { addDamage, type CaptureFile, type DamageKind } from "./capture-file.ts";
import { blockAt, isLikelyBlock } from "./pcapng-extent.ts";

/** Finds the way back to whole blocks behind damage, and records it. */
export class PcapngSearch {
  readonly #file: CaptureFile;
  /** Where the way was lost; -1 while it is known. */
  #lostAt = -1;
  #kind: DamageKind = "bad-block";
  #why = "";

  constructor(file: CaptureFile) {
    this.#file = file;
  }

  get isLost(): boolean {
    return this.#lostAt >= 0;
  }

  /** The block at `offset` cannot be read; `why` says so without a full stop. */
  lose(kind: DamageKind, offset: number, why: string): void {
    this.#lostAt = offset;
    this.#kind = kind;
    this.#why = why;
  }

  /**
   * Looks for the next whole block of a known type in `view[start..end)`.
   * @param frame Last frame before the damage.
   * @returns index of the block, with the way known again; or index up to which there is none.
   */
  find(
    view: DataView,
    start: number,
    end: number,
    base: number,
    final: boolean,
    littleEndian: boolean,
    frame: number,
  ): number {
    let at = start;
    for (; at + 12 <= end; at++) {
      if (!isLikelyBlock(view, at, littleEndian)) continue;
      const extent = blockAt(view, at, end, littleEndian, false);
      if (extent.octets > MOST_SEARCHED_OCTETS) continue;
      if (extent.state === "more" && !final) return at;
      if (extent.state !== "whole") continue;
      const skipped = base + at - this.#lostAt;
      // What looked like the file's end was a length that is too large.
      const isLie = this.#kind === "cut-short";
      const why = isLie ? "a block claims more octets than the file has" : this.#why;
      const what = `${why}; ${skipped} octets were skipped to the next block.`;
      this.damage(isLie ? "bad-length" : this.#kind, this.#lostAt, skipped, what, frame);
      this.#lostAt = -1;
      return at;
    }
    if (!final) return at;
    const skipped = base + end - this.#lostAt;
    const rest = this.#kind === "cut-short" ? "" : `; no further block was found in the ${skipped} octets behind it`;
    this.damage(this.#kind, this.#lostAt, skipped, `${this.#why}${rest}.`, frame);
    this.#lostAt = -1;
    return end;
  }

  damage(kind: DamageKind, offset: number, skipped: number, what: string, frame: number): void {
    const sentence = `At octet ${offset}, after frame ${frame}: ${what}`;
    addDamage(this.#file, { kind, offset, frame, skipped, sentence });
  }
}

/** A block longer than this is not believed while the way is lost. */
const MOST_SEARCHED_OCTETS = 1 << 20;
