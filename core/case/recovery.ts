import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isProblem } from "../contracts/result.ts";
import type { CaseOptions } from "./case-file.ts";
import { CASE_FILES } from "./case-file.ts";
import { syncFolder } from "./durable-file.ts";
import type { Journal, Json } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import { RecordStore } from "./store.ts";

/** Opens the records; a damaged database is set aside and begun anew, because it can be rebuilt from the evidence. */
export async function openRecords(
  path: string,
  options: CaseOptions,
  journal: Journal,
  notes: string[],
): Promise<RecordStore> {
  const file = join(path, CASE_FILES.records);
  const baseline = join(path, CASE_FILES.baseline, CASE_FILES.records);
  const reference = existsSync(baseline) ? { reference: baseline } : {};
  const open = () => RecordStore.open(file, join(path, CASE_FILES.tmp), options.types, { ...options, ...reference });
  try {
    if (!existsSync(file) && !options.readOnly) {
      notes.push("The records were missing and have been begun anew: analyse the captures again");
      journal.append("records-reset", { object: CASE_FILES.records, detail: { reason: "missing" } });
    }
    return await open();
  } catch (error) {
    if (!isProblem(error, "records-damaged") || options.readOnly) throw error;
    const aside = `${CASE_FILES.records}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, "")}`;
    renameSync(file, join(path, aside));
    if (existsSync(`${file}.wal`)) renameSync(`${file}.wal`, join(path, `${aside}.wal`));
    syncFolder(path);
    notes.push(`The records were damaged; they were set aside as ${aside} and begun anew: analyse the captures again`);
    journal.append("records-reset", { object: CASE_FILES.records, detail: { reason: error.message, aside } });
    return open();
  }
}

/** Entries of the journal with which a run of analysis ends. */
export const RUN_ENDS: readonly string[] = ["analysis-finished", "analysis-discarded", "analysis-interrupted"];

/** Makes the journal say what became of each run whose end it has not seen. */
export async function reconcile(journal: Journal, store: RecordStore, notes: string[]): Promise<void> {
  const ended = new Set<number>();
  for (const entry of journal.entries) if (RUN_ENDS.includes(entry.action)) ended.add(runOf(entry));
  const finished = new Map((await store.ingests()).map((ingest) => [ingest.id, ingest]));
  for (const entry of journal.entries.filter(({ action }) => action === "analysis-started")) {
    const run = runOf(entry);
    if (ended.has(run)) continue;
    ended.add(run);
    const ingest = finished.get(run);
    if (ingest !== undefined) {
      const detail = {
        run,
        state: ingest.state,
        records: ingest.rows,
        note: "the program ended before it could say so",
      };
      journal.append("analysis-finished", { detail });
    } else {
      journal.append("analysis-interrupted", { detail: { run, note: "its records were taken back" } });
      notes.push(
        "An analysis was interrupted before it was done; its records were taken back: run analyze again to read those captures anew",
      );
    }
  }
}

/** Number of the run that a journal entry is about, 0 if none. */
export function runOf(entry: { readonly detail: { readonly [key: string]: Json } }): number {
  const run = entry.detail["run"];
  return typeof run === "number" ? run : 0;
}

/**
 * Takes captures off the ledger whose records are not in the case (the run that read them did not finish, or the records were begun anew), so that
 * they can be analysed again. The journal keeps their hashes.
 */
export async function dropUnread(journal: Journal, ledger: Ledger, store: RecordStore): Promise<void> {
  const read = new Set((await store.ingests()).flatMap(({ captures }) => captures));
  const unread = ledger.entries.filter(({ number }) => !read.has(number));
  if (unread.length === 0) return;
  for (const { number, path, sha256 } of unread) {
    journal.append("evidence-set-back", {
      object: path,
      sha256,
      detail: { number, reason: "its records are not in the case" },
    });
  }
  ledger.remove(new Set(unread.map(({ number }) => number)));
}
