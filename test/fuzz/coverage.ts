import { Session } from "node:inspector";

/** Scripts whose coverage counts. */
const OWN = /\/core\//;
/** Parts of the program that run more often than this are not told apart by how often. */
const MOST_DOUBLINGS = 8;

/** What of the program ran, as the engine itself counts it: blocks, and for each the doublings of its count. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Blocks seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** How much ran since the last call that had never run before. */
  gained(): number {
    const before = this.#seen.size;
    // Called back before `post` returns: the session is of this thread.
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error !== null) throw new Error(error.message);
      for (const { scriptId, url, functions } of taken.result) if (OWN.test(url)) this.#add(scriptId, functions);
    });
    return this.#seen.size - before;
  }

  close(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  #add(
    script: string,
    functions: readonly { readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[] }[],
  ): void {
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count === 0) continue;
        const doublings = Math.min(MOST_DOUBLINGS, Math.floor(Math.log2(count)));
        this.#seen.add(`${script} ${startOffset} ${endOffset} ${doublings}`);
      }
    }
  }
}
