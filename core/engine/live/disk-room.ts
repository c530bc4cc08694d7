import { statfs } from "node:fs/promises";

/** Room is looked for so often, ms. */
const LOOK_MS = 1000;
/** The analysis writes nothing with less free than so many times what the recorder needs to go on, */
const TIMES = 2;
/** and goes on once there is so much more than that. */
const AGAIN = 1.2;

/** Tells the analysis when it must leave the disk to the recorder. */
export class DiskRoom {
  readonly #folder: string;
  readonly #leastOctets: number;
  #isShort = false;
  #nextLook = -Infinity;

  /** @param leastOctets With less free than this nothing is recorded. */
  constructor(folder: string, leastOctets: number) {
    this.#folder = folder;
    this.#leastOctets = leastOctets;
  }

  /** True while what is free is for the recorder. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Looks how much is free, if it has not just done so. @returns `isShort`. */
  async look(nowMs = performance.now()): Promise<boolean> {
    if (nowMs < this.#nextLook) return this.#isShort;
    this.#nextLook = nowMs + LOOK_MS;
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#isShort = bavail * bsize < this.#leastOctets * TIMES * (this.#isShort ? AGAIN : 1);
    } catch {
      this.#isShort = false; // the file system does not say: a failed write will
    }
    return this.#isShort;
  }
}
