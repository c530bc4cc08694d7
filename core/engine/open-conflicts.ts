import type { JournalEntry } from "../case/journal.ts";
import type { ConflictSide } from "../case/merge-plan.ts";
import { openConflicts } from "../case/merge-plan.ts";
import type { OpenConflict } from "../contracts/annotations.ts";

/** What merged copies of a case disagree on and nobody has decided since, in words. */
export function conflictsOf(entries: readonly JournalEntry[]): OpenConflict[] {
  return openConflicts(entries).map(({ kind, object, here, there, merge }) => ({
    object,
    what: kind,
    here: sideText(here),
    there: sideText(there),
    entry: merge,
  }));
}

function sideText({ action, says, actor, at }: ConflictSide): string {
  return `${action.replaceAll("-", " ")}${says === null ? "" : ` (${says})`} by ${actor} at ${at}`;
}
