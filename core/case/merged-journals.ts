import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CASE_FILES } from "./case-file.ts";
import { replaceFile } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import { makeFolder } from "./make-folder.ts";

/** Place of a merged copy's journal inside the case, by that journal's last hash. */
export function mergedJournalName(head: string): string {
  return `${CASE_FILES.merged}/${head}.jsonl`;
}

/** Keeps another copy's journal, octet by octet, with those that it had merged itself. */
export function keepMergedJournals(folder: string, other: string, head: string, journal: Buffer): void {
  makeFolder(join(folder, CASE_FILES.merged));
  for (const name of mergedJournals(other)) {
    const place = join(folder, name);
    if (!existsSync(place)) replaceFile(place, readMergedJournal(other, name));
  }
  replaceFile(join(folder, mergedJournalName(head)), journal);
}

/** The journals of merged copies that lie in a case, by their names inside it. */
export function mergedJournals(folder: string): string[] {
  const place = join(folder, CASE_FILES.merged);
  if (!existsSync(place)) return [];
  const names = readdirSync(place).filter((name) => /^[0-9a-f]{64}\.jsonl$/.test(name));
  return names.sort().map((name) => `${CASE_FILES.merged}/${name}`);
}

/** @throws BacktrailError where it cannot be read. */
export function readMergedJournal(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch (error) {
    throw ioProblem(error, `reading ${join(folder, name)}`);
  }
}
