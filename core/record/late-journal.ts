import type { Journal, Json } from "../case/journal.ts";
import { BacktrailError } from "../contracts/result.ts";

/** What an entry is about. */
export interface EntryAbout {
  readonly object?: string;
  readonly sha256?: string;
  readonly detail: { readonly [key: string]: Json };
}

interface WaitingEntry {
  readonly at: string;
  readonly action: string;
  readonly about: EntryAbout;
}

/** Entries that wait; more than this are counted only. */
const MOST_WAITING = 10_000;

/** A journal that keeps what it cannot write, as on a full disk, and writes it in its order once it can, with the time when it happened. */
export class LateJournal {
  readonly #journal: Journal;
  #waiting: WaitingEntry[] = [];
  #leftOut = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * Writes an entry, after those that wait.
   * @throws BacktrailError where it cannot be written; it does not wait then.
   */
  write(action: string, about: EntryAbout): void {
    const at = new Date().toISOString();
    this.#writeWaiting();
    this.#journal.append(action, { ...about, at });
  }

  /** The same; where it cannot be written it waits. @returns null once it is on the disk, else what prevents it. */
  writeSoon(action: string, about: EntryAbout): BacktrailError | null {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push({ at: new Date().toISOString(), action, about });
    else this.#leftOut++;
    return this.writeWaiting();
  }

  /** Writes what waits. @returns null if nothing waits any more, else what prevents it. */
  writeWaiting(): BacktrailError | null {
    try {
      this.#writeWaiting();
      return null;
    } catch (error) {
      if (error instanceof BacktrailError) return error;
      throw error;
    }
  }

  #writeWaiting(): void {
    let written = 0;
    try {
      for (const { at, action, about } of this.#waiting) {
        this.#journal.append(action, { ...about, at });
        written++;
      }
    } finally {
      if (written > 0) this.#waiting = this.#waiting.slice(written);
    }
    if (this.#leftOut === 0) return;
    this.#journal.append("entries-left-out", { detail: { entries: this.#leftOut } });
    this.#leftOut = 0;
  }
}
