import type { Case } from "../case/case.ts";
import { loadDocument, saveDocument } from "../case/story-tables.ts";
import { BacktrailError } from "../contracts/result.ts";
import { isDismissed } from "../contracts/finding.ts";
import type { Story } from "../contracts/story.ts";
import type { ReportModel } from "../report/model.ts";

const DOCUMENT = "imported";

/** What a report says beside its story and journal: derived from records, or imported, since nothing could work it out again then. */
export type ImportedParts = Pick<
  ReportModel,
  "evidence" | "evidenceLeftOut" | "volume" | "flows" | "conflicts" | "evaluated" | "origins"
>;

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

/** Keeps what a report says beside its story. */
export function keepImported(target: Case, model: ReportModel, file: string, sha256: string): Promise<void> {
  const { evidence, evidenceLeftOut, volume, flows, conflicts, evaluated, origins } = model;
  const { custody, journalHead, journalIntact, versions, story } = model;
  const origin = { file, sha256, case: story.case, custody, journalHead, journalIntact, versions };
  const parts: ImportedParts = {
    ...{ evidence, evidenceLeftOut, volume, flows, conflicts, evaluated },
    origins: [origin, ...origins],
  };
  return saveDocument(target.store, DOCUMENT, parts);
}

/** What an imported report says beside its story, of findings that still count; null for a case that holds no report. */
export async function importedParts(source: Case, { findings }: Story): Promise<ImportedParts | null> {
  if (!isImported(source)) return null;
  const parts = await loadDocument<ImportedParts>(source.store, DOCUMENT);
  if (parts === null) return null;
  const dismissed = new Set(findings.filter(isDismissed).map(({ id }) => id));
  return { ...parts, flows: parts.flows.filter(({ finding }) => !dismissed.has(finding)) };
}
