import { rmSync } from "node:fs";

/** A file stays so long after the last of it was given out, so that the disk is not asked for each. */
const SPENT_MS = 10_000;

const NOT_WRITTEN = "not all of them could be written; the next start takes over what is missing";

interface Spent {
  readonly path: string;
  readonly atMs: number;
  /** What had failed before it was read. */
  readonly failures: number;
}

/** Says how often writing failed so far. */
type Failures = () => number;

/**
 * Files of which all was given out: each is deleted once its frames are in segments on the disk, and not before. One that was read or waited
 * while writing failed stays: at the next start what is missing is taken over from it.
 */
export class SpentFiles {
  readonly #keep: (path: string, why: string) => void;
  readonly #failures: Failures;
  readonly #now: () => number;
  #files: Spent[] = [];
  /** What had failed when the last file of an interface was over, which is when the next was begun. */
  readonly #before = new Map<string, number>();
  #isBusy = false;

  /** @param keep Told of a file that is not deleted. */
  constructor(keep: (path: string, why: string) => void, failures: Failures, now = () => performance.now()) {
    this.#keep = keep;
    this.#failures = failures;
    this.#now = now;
  }

  add(path: string, iface: string): void {
    this.#files.push({ path, atMs: this.#now(), failures: this.#before.get(iface) ?? 0 });
    this.#before.set(iface, this.#failures());
  }

  /**
   * Once a second.
   * @param stored Resolves once all that is in segments is on the disk.
   * @param waitingSinceMs When the first of the frames came that are not in a segment yet.
   */
  async look(stored: () => Promise<void>, waitingSinceMs: number): Promise<void> {
    const untilMs = this.#now() - SPENT_MS;
    const due = this.#files.filter(({ atMs }) => atMs <= untilMs && atMs < waitingSinceMs);
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
    for (const { path, failures } of files) {
      if (failures !== this.#failures()) {
        this.#keep(path, NOT_WRITTEN);
        continue;
      }
      try {
        rmSync(path, { force: true });
      } catch (error) {
        this.#keep(path, `all of it was read, but it cannot be deleted: ${(error as Error).message}`);
      }
    }
  }
}
