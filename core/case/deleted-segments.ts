import { basename } from "node:path";
import type { JournalEntry } from "./journal.ts";
import type { EvidenceEntry } from "./ledger.ts";

/** Segments that the ring of a recording deleted, as the journal of the case has it: with what SHA-256, and when. */
export class DeletedSegments {
  readonly #times = new Map<string, string>();

  constructor(entries: readonly JournalEntry[]) {
    for (const { action, object, sha256, detail, at } of entries) {
      if (action !== "segment-deleted" || object === null || sha256 === null) continue;
      const recordedAt = detail["recordedAt"];
      this.#times.set(`${sha256} ${object}`, typeof recordedAt === "string" ? recordedAt : at);
    }
  }

  /** Why a capture is not there, as a clause; null where the ring did not delete it. */
  reason({ path, sha256 }: Pick<EvidenceEntry, "path" | "sha256">): string | null {
    const at = this.#times.get(`${sha256} ${basename(path)}`);
    return at === undefined ? null : `the ring of the recording (--keep) deleted it at ${at}`;
  }
}
