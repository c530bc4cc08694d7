import type { CaseInfo } from "./case-file.ts";
import type { Journal, JournalCheck } from "./journal.ts";
import type { Ledger } from "./ledger.ts";

/** Checks a journal's chain, and that it begins with the making of the case it lies in. */
export function journalOf(info: CaseInfo, journal: Journal): JournalCheck {
  const check = journal.verify();
  const [first] = journal.entries;
  if (!check.ok || (first?.action === "case-created" && first.detail["case"] === info.id)) return check;
  const reason = "it does not begin with the making of this case: the journal or its beginning was taken away";
  return { ...check, ok: false, firstBad: { line: 1, reason } };
}

/** Captures named one by one when they are not as they were; more are counted. */
const CAPTURES_NAMED = 5;

/** What a glance at the captures (is it there, size, time) shows, each a sentence. Standard input left no file to look at. */
export function evidenceNotes(ledger: Ledger): string[] {
  const states = ledger.glance();
  const odd = states.filter(({ state, number }) => state !== "ok" && (ledger.get(number)?.modified ?? null) !== null);
  const notes = odd
    .slice(0, CAPTURES_NAMED)
    .map(
      ({ number, path, difference }) =>
        `Capture ${number}, ${path}: ${difference}; backtrail verify checks every capture.`,
    );
  if (odd.length > notes.length) notes.push(`${odd.length - notes.length} further captures are not as they were.`);
  return notes;
}
