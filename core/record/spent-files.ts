import { rmSync } from "node:fs";

/** A file stays so long after the last of it was given out: frames of it may wait for those of other interfaces. */
const SPENT_MS = 10_000;

interface Spent {
  readonly path: string;
  readonly atMs: number;
}

/** Files of which all was given out: each is deleted once its frames are in segments on the disk, and not before. */
export class SpentFiles {
  readonly #keep: (path: string, why: string) => void;
  readonly #now: () => number;
  #files: Spent[] = [];
  #isBusy = false;

  /** @param keep Told of a file that cannot be deleted. */
  constructor(keep: (path: string, why: string) => void, now = () => performance.now()) {
    this.#keep = keep;
    this.#now = now;
  }

  add(path: string): void {
    this.#files.push({ path, atMs: this.#now() });
  }

  /** Once a second. @param stored Resolves once all that is in segments is on the disk. */
  async look(stored: () => Promise<void>): Promise<void> {
    const untilMs = this.#now() - SPENT_MS;
    const due = this.#files.filter(({ atMs }) => atMs <= untilMs);
    if (this.#isBusy || due.length === 0) return;
    this.#isBusy = true;
    try {
      await stored();
      this.#delete(due);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Once all segments are closed. */
  end(): void {
    this.#delete(this.#files);
  }

  #delete(files: readonly Spent[]): void {
    this.#files = this.#files.filter((file) => !files.includes(file));
    for (const { path } of files) {
      try {
        rmSync(path, { force: true });
      } catch (error) {
        this.#keep(path, `all of it was read, but it cannot be deleted: ${(error as Error).message}`);
      }
    }
  }
}
