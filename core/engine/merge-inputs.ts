import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case-file.ts";
import type { JournalEntry } from "../case/journal.ts";
import type { EvidenceEntry } from "../case/ledger.ts";
import { Ledger } from "../case/ledger.ts";
import { knowsManifest } from "../case/manifest-tables.ts";
import { takenOver } from "../case/merge-plan.ts";
import type { PathMapping } from "./manifests.ts";
import { addManifests } from "./manifests.ts";

/** What of another copy is read again here: captures, reference captures and manifests, wherever they lie as they were read there. */

/** Null if the file is there with that hash; else what is wrong with it. */
export function stateOf({ ledger }: Case, path: string, sha256: string): string | null {
  if (!existsSync(path)) return "is not there";
  return ledger.hashOf(path) === sha256 ? null : "is not as it was read there";
}

/** Reference captures that only the other copy was given. */
export function referencesOnlyThere(target: Case, other: string): EvidenceEntry[] {
  const own = new Set(referencesOf(target.folder).entries.map(({ sha256 }) => sha256));
  const there = referencesOf(other);
  return there.entries
    .filter(({ sha256 }) => sha256 !== "" && !own.has(sha256) && target.ledger.find({ sha256 }) === undefined)
    .map((entry) => ({ ...entry, path: there.locate(entry) }));
}

/** Those that are at hand as they were; the others are named. */
export function referencesAtHand(target: Case, references: readonly EvidenceEntry[], left: string[]): string[] {
  return references.flatMap(({ path, sha256 }) => {
    const state = stateOf(target, path, sha256);
    if (state !== null)
      left.push(
        `Reference capture ${path} of the other copy ${state}: give it here with backtrail analyze --baseline when it is at hand.`,
      );
    return state === null ? [path] : [];
  });
}

/** Says here which references the other copy was given; they are read afterwards. */
export function takeReferences(target: Case, there: readonly JournalEntry[], paths: readonly string[]): void {
  const said = there.filter(({ action }) => action === "baseline-given").map((entry) => takenOver(entry));
  const known = new Set(target.journal.entries.map((entry) => JSON.stringify(entry.detail["of"])));
  const news = said.filter(({ detail }) => !known.has(JSON.stringify(detail["of"])));
  for (const { action, object, detail } of news) target.journal.append(action, { object, detail });
  if (news.length === 0) target.journal.append("baseline-given", { detail: { captures: [...paths] } });
}

function referencesOf(folder: string): Ledger {
  const baseline = join(folder, CASE_FILES.baseline);
  return Ledger.open(join(baseline, CASE_FILES.ledger), baseline);
}

/** Entries of the other copy by which it was given manifests that this one does not have. */
export async function manifestsOnlyThere(target: Case, there: readonly JournalEntry[]): Promise<JournalEntry[]> {
  const only: JournalEntry[] = [];
  for (const entry of there) {
    if (entry.action !== "manifest-given" || entry.object === null || entry.sha256 === null) continue;
    if (!(await knowsManifest(target.store, entry.sha256))) only.push(entry);
  }
  return only;
}

/** Reads manifests again from where they were read there, if they are as they were; the others are named. @returns how many. */
export async function takeManifests(target: Case, only: readonly JournalEntry[], left: string[]): Promise<number> {
  let taken = 0;
  for (const entry of only) {
    const { object, sha256, detail, seq } = entry;
    const state = stateOf(target, object!, sha256!);
    if (state === null) {
      const mappings = (detail["mappings"] ?? []) as unknown as readonly PathMapping[];
      const { of } = takenOver(entry).detail;
      await addManifests(target, [object!], mappings, of === undefined ? {} : { of });
      taken++;
    } else
      left.push(
        `The manifest ${object!} (entry ${seq} there) ${state}: compare it here with backtrail verify --manifest when it is at hand.`,
      );
  }
  return taken;
}
