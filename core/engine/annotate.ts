import { annotationsOf, journalNote, journalNoteRemoved, journalReview } from "../case/annotations.ts";
import type { Case } from "../case/case.ts";
import type { Note, Review } from "../contracts/annotations.ts";
import { NOTE_OBJECT } from "../contracts/annotations.ts";
import type { Finding } from "../contracts/finding.ts";
import { BacktrailError } from "../contracts/result.ts";
import { quoteIdentifier } from "../records/duckdb-schema.ts";
import { loadOutsideStory } from "./outside-story.ts";
import { RECORD_TYPES } from "./record-types.ts";
import { refuseReadOnly } from "./seal.ts";
import { storyOf } from "./story-of.ts";

/**
 * Journals a verdict on a finding; null takes it back.
 * @returns what holds now.
 * @throws BacktrailError `no-finding`, `read-only`
 */
export async function reviewFinding(
  source: Case,
  finding: string,
  verdict: Review["verdict"] | null,
  reason: string | null,
): Promise<Review | null> {
  refuseReadOnly(source);
  await checkFinding(source, finding);
  journalReview(source.journal, finding, verdict, reason);
  return annotationsOf(source.journal.entries).reviews.get(finding) ?? null;
}

/**
 * Journals a note.
 * @returns all notes that hold now.
 * @throws BacktrailError `note-object`, `no-finding`, `no-session`, `read-only`
 */
export async function addNote(source: Case, object: string, text: string): Promise<readonly Note[]> {
  refuseReadOnly(source);
  await checkObject(source, object);
  journalNote(source.journal, object, text);
  return annotationsOf(source.journal.entries).notes;
}

/**
 * Journals that a note no longer holds.
 * @param entry Number of the journal entry that added it.
 * @returns all notes that hold now.
 * @throws BacktrailError `no-note`, `read-only`
 */
export function removeNote(source: Case, entry: number): readonly Note[] {
  refuseReadOnly(source);
  const note = annotationsOf(source.journal.entries).notes.find((each) => each.entry === entry);
  if (note === undefined)
    throw new BacktrailError(
      "no-note",
      `There is no note of journal entry ${entry} that holds: look at the list again.`,
    );
  journalNoteRemoved(source.journal, note);
  return annotationsOf(source.journal.entries).notes;
}

/** A note is pinned to something that is there: what is mistyped would never be seen again. */
async function checkObject(source: Case, object: string): Promise<void> {
  if (!NOTE_OBJECT.test(object))
    throw new BacktrailError(
      "note-object",
      `${object} is nothing to pin a note to: give finding:ID, session:UID, host:ADDRESS, range:FROM-TO (ns since 1970 UTC) or case.`,
    );
  const [kind = "", ...rest] = object.split(":");
  const id = rest.join(":");
  if (kind === "finding") await checkFinding(source, id);
  if (kind !== "session") return;
  const parts = RECORD_TYPES.map(({ name }) => `SELECT 1 FROM ${quoteIdentifier(name)} WHERE uid = $uid`);
  const rows = await source.store.rows(`SELECT 1 FROM (${parts.join(" UNION ALL ")}) LIMIT 1`, { uid: id });
  if (rows.length === 0)
    throw new BacktrailError("no-session", `There is no session ${id} in this case: a note is pinned to one that is.`);
}

async function checkFinding(source: Case, id: string): Promise<void> {
  const isIt = (finding: Finding) => finding.id === id;
  if ((await storyOf(source)).findings.some(isIt)) return;
  if ((await loadOutsideStory(source.store))?.findings.some(isIt) === true) return;
  throw new BacktrailError("no-finding", `There is no finding ${id} in this case: look at the list of findings again.`);
}
