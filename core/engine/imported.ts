import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";

/** True for a case whose findings came from an export: they rest on no record of its own. */
export function isImported({ journal }: Case): boolean {
  return journal.entries.some(({ action }) => action === "imported");
}

/** @throws BacktrailError `imported` for a case whose findings would be lost if they were worked out anew. */
export function refuseImported(target: Case): void {
  if (isImported(target))
    throw new BacktrailError(
      "imported",
      `The findings of ${target.folder} were imported and would be lost: analyse captures into a case of their own.`,
    );
}
