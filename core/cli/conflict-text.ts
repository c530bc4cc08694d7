import type { ConflictSide, MergeConflict } from "../case/merge-plan.ts";
import { countOf } from "../contracts/text-forms.ts";

/** What two merged copies decided differently, a line each, and what that means; none where they did not. */
export function conflictLines(conflicts: readonly MergeConflict[]): string[] {
  if (conflicts.length === 0) return [];
  return [
    ...conflicts.map((conflict) => `conflict   ${conflictText(conflict)}`),
    `${countOf(conflicts.length, "conflict")}: this copy's word stands until somebody decides anew (backtrail verdict, backtrail scope).`,
  ];
}

function conflictText({ kind, object, here, there }: MergeConflict): string {
  return `${object ?? kind}: here ${sideText(here)}; there ${sideText(there)}`;
}

function sideText({ action, says, actor, at }: ConflictSide): string {
  return `${action}${says === null ? "" : ` (${says})`} by ${actor} at ${at}`;
}
