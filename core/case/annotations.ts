import type { Note, Review } from "../contracts/annotations.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { takenFrom } from "./taken-entry.ts";

/**
 * Verdicts and notes as journal entries:
 *
 * - `finding-confirmed`, `finding-dismissed`: object the finding's id, detail `{"reason": text or null}`.
 * - `finding-reopened`: object the finding's id, detail `{}`; takes the verdict back.
 * - `note-added`: object as `Note.object` says, detail `{"text": text}`.
 * - `note-removed`: object as the note's, detail `{"entry": number of the entry that added it}`.
 *
 * An entry that was taken over from another copy of the case has `detail.of`: who said it there, and when (taken-entry.ts).
 *
 * The journal is never rewritten: what holds now is what the entries say one after the other.
 */
export interface Annotations {
  /** By finding id. */
  readonly reviews: ReadonlyMap<string, Review>;
  /** In the order in which they were written. */
  readonly notes: readonly Note[];
}

/** What holds after all entries. Entries whose detail has another form than ours say nothing. */
export function annotationsOf(entries: readonly JournalEntry[]): Annotations {
  const reviews = new Map<string, Review>();
  const notes = new Map<number, Note>();
  for (const written of entries) {
    const { action, object, detail, seq: entry } = written;
    if (object === null) continue;
    const { actor: by, at } = takenFrom(written) ?? written;
    switch (action) {
      case "finding-confirmed":
      case "finding-dismissed": {
        const reason = typeof detail["reason"] === "string" ? detail["reason"] : null;
        reviews.set(object, {
          verdict: action === "finding-confirmed" ? "confirmed" : "dismissed",
          reason,
          by,
          at,
          entry,
        });
        break;
      }
      case "finding-reopened":
        reviews.delete(object);
        break;
      case "note-added":
        if (typeof detail["text"] === "string") notes.set(entry, { object, text: detail["text"], by, at, entry });
        break;
      case "note-removed":
        if (typeof detail["entry"] === "number") notes.delete(detail["entry"]);
        break;
      default: // of no concern to annotations
    }
  }
  return { reviews, notes: [...notes.values()] };
}

/** The findings with what was decided about each. */
export function reviewed(findings: readonly Finding[], { reviews }: Annotations): Finding[] {
  return findings.map((finding) => {
    const review = reviews.get(finding.id);
    return review === undefined ? finding : { ...finding, review };
  });
}

/** Journals a verdict on a finding, or with null that it is taken back. */
export function journalReview(
  journal: Journal,
  finding: string,
  verdict: Review["verdict"] | null,
  reason: string | null,
): void {
  if (verdict === null) journal.append("finding-reopened", { object: finding });
  else journal.append(`finding-${verdict}`, { object: finding, detail: { reason } });
}

/** Journals a note. */
export function journalNote(journal: Journal, object: string, text: string): void {
  journal.append("note-added", { object, detail: { text } });
}

/** Journals that the note of an entry no longer holds. */
export function journalNoteRemoved(journal: Journal, note: Note): void {
  journal.append("note-removed", { object: note.object, detail: { entry: note.entry } });
}
