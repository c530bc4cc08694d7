import { statfs } from "node:fs/promises";
import { diskBounds, type DiskBounds } from "../../record/disk-bounds.ts";

/** Room is looked for so often, ms. */
const LOOK_MS = 1000;

/** Tells the analysis when it must leave the disk to the recorder. */
export class DiskRoom {
  readonly #folder: string;
  readonly #bounds: DiskBounds;
  #isShort = false;
  #nextLook = -Infinity;

  /** @param leastFreeOctets What the recorder was told to leave free. */
  constructor(folder: string, leastFreeOctets: number) {
    this.#folder = folder;
    this.#bounds = diskBounds(leastFreeOctets);
  }

  /** True while what is free is for the recorder. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Looks how much is free, if it has not just done so. @returns `isShort`. */
  async look(nowMs = performance.now()): Promise<boolean> {
    if (nowMs < this.#nextLook) return this.#isShort;
    this.#nextLook = nowMs + LOOK_MS;
    const { analysis, analysisGoesOn } = this.#bounds;
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#isShort = bavail * bsize < (this.#isShort ? analysisGoesOn : analysis);
    } catch {
      this.#isShort = false; // the file system does not say: a failed write will
    }
    return this.#isShort;
  }
}
