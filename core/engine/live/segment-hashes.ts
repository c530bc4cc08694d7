import type { Case } from "../../case/case.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { isClosing } from "../../record/segment-store.ts";

/** Compares segments as they were read with what the recorder said of them when it closed them. */
export class SegmentHashes {
  readonly #journal: Pick<Case["journal"], "append">;
  readonly #limit: (sentence: string) => void;
  /** SHA-256 of those that were read before they were closed, by name. */
  readonly #unclosed = new Map<string, string | null>();

  /** @param limit Takes a sentence for the coverage. */
  constructor(journal: Pick<Case["journal"], "append">, limit: (sentence: string) => void) {
    this.#journal = journal;
    this.#limit = limit;
  }

  /** Takes the hash of a segment that was read to its end. */
  read(name: string, sha256: string | null, closing: JournalEntry | undefined): void {
    if (closing === undefined) this.#unclosed.set(name, sha256);
    else if (sha256 !== closing.sha256)
      this.#differs(name, sha256, closing, "is not as it was recorded: its SHA-256 is");
  }

  /** Takes an entry of the recording's journal. */
  take(entry: JournalEntry): void {
    const { object: name, sha256: recorded } = entry;
    if (name === null || !isClosing(entry)) return;
    const sha256 = this.#unclosed.get(name);
    if (sha256 === undefined) return;
    this.#unclosed.delete(name);
    if (sha256 !== recorded)
      this.#differs(name, sha256, entry, "was read before the recorder could close it, and changed: its SHA-256 was");
  }

  #differs(name: string, sha256: string | null, { sha256: recorded }: JournalEntry, what: string): void {
    this.#journal.append("segment-differs", { object: name, sha256, detail: { recorded } });
    this.#limit(`Segment ${name} ${what} ${sha256 ?? "unknown"}, the recorder wrote ${recorded ?? ""}.`);
  }
}
