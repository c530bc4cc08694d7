import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES, readCaseFile } from "../case/case-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import type { JournalEntry, Json } from "../case/journal.ts";
import { parseJournal, verifyJournal } from "../case/journal.ts";
import type { EvidenceEntry } from "../case/ledger.ts";
import { Ledger } from "../case/ledger.ts";
import { CaseLock } from "../case/lock.ts";
import type { MergeConflict, MergePlan } from "../case/merge-plan.ts";
import { mergePlan, openConflicts } from "../case/merge-plan.ts";
import { keepMergedJournals, mergedJournalName } from "../case/merged-journals.ts";
import type { Signature, SigningKey } from "../case/signing.ts";
import { addTo } from "../contracts/grouping.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { ReadOptions } from "./analyze.ts";
import { openFor, readCaptures } from "./analyze.ts";
import { readBaseline } from "./baseline.ts";
import { evaluate } from "./evaluate.ts";
import {
  manifestsOnlyThere,
  referencesAtHand,
  referencesOnlyThere,
  stateOf,
  takeManifests,
  takeReferences,
} from "./merge-inputs.ts";
import { refuseReadOnly, signJournal } from "./seal.ts";
import { storyOf } from "./story-of.ts";
import { openWorkspace } from "./workspace.ts";

/** What came of merging another copy of a case into this one. */
export interface MergeOutcome {
  /** The other copy's journal, as it is kept in this case. */
  readonly journal: string;
  /** Last entry that both journals have. */
  readonly fork: number;
  /** Entries of the other copy since then that were new here, and how many of them this copy says now too. */
  readonly news: number;
  readonly taken: number;
  /** Captures that only the other copy had and that are analysed here now. */
  readonly captures: readonly string[];
  /** Reference captures that only the other copy had and that are read here now. */
  readonly references: readonly string[];
  /** What the two decided differently and nobody settled since, of this merge and earlier ones. */
  readonly conflicts: readonly MergeConflict[];
  /** What of the other copy is not in this one, each a sentence with what to do. */
  readonly left: readonly string[];
  /** What opening this copy found out of order. */
  readonly notes: readonly string[];
  readonly signature: Signature;
}

/** The other copy as it lies on the disk: it is read only, and its records are not needed. */
interface OtherCopy {
  readonly folder: string;
  readonly octets: Buffer;
  readonly head: string;
  readonly entries: readonly JournalEntry[];
  readonly ledger: Ledger;
}

/**
 * Merges another copy of the case into this one: keeps its journal whole, joins it by an entry of this one's, says here what it said since
 * the two parted, analyses captures, reference captures and manifests that only it had, and signs all of it. What both decided differently stays as it is here and is told.
 * @throws BacktrailError `other-case`, `nothing-to-merge`, `journal-broken`, or what prevents reading or writing.
 */
export async function mergeCases(
  folder: string,
  copy: string,
  key: SigningKey,
  options: ReadOptions = {},
): Promise<MergeOutcome> {
  let target = await openWorkspace(folder);
  const notes = target.notes;
  try {
    refuseReadOnly(target);
    const other = openCopy(target, copy);
    const plan = mergePlan(target.journal.entries, other.entries);
    const missing = capturesOnlyThere(target, other);
    const references = referencesOnlyThere(target, other.folder);
    const manifests = await manifestsOnlyThere(target, other.entries);
    const isRest = missing.length + references.length + manifests.length > 0;
    refuseNothingNew(target, other, plan, isRest);
    const left: string[] = [];
    joinJournals(target, other, plan);
    for (const { action, object, detail } of plan.taken) target.journal.append(action, { object, detail });
    const wholes = takeWholes(target, other, plan, left);
    const baseline = referencesAtHand(target, references, left);
    if (baseline.length > 0) {
      takeReferences(target, plan.news, baseline);
      target.close(); // its database holds the one of the references, too
      await readBaseline(folder, baseline, [], options);
      target = await openWorkspace(folder);
    }
    const listed = await takeManifests(target, manifests, left);
    const captures = await readMissing(target, missing, options, left);
    if (wholes + listed + baseline.length + captures.length > 0) await evaluate(target);
    left.push(...(await orphans(target, plan)));
    return {
      journal: mergedJournalName(other.head),
      fork: plan.fork.seq,
      news: plan.news.length,
      taken: plan.taken.length + wholes + listed,
      captures,
      references: baseline,
      conflicts: openConflicts(target.journal.entries),
      left,
      notes,
      signature: signJournal(target, key),
    };
  } finally {
    target.close();
  }
}

function refuseNothingNew(target: Case, other: OtherCopy, plan: MergePlan, isRest: boolean): void {
  const isJoined = target.journal.entries.some(
    ({ action, detail }) => action === "merged" && detail["head"] === other.head,
  );
  if (plan.news.length === 0 || (isJoined && !changesAnything(plan) && !isRest))
    throw new BacktrailError(
      "nothing-to-merge",
      `${other.folder} says nothing that this case does not know already: nothing was changed.`,
    );
}

function openCopy(target: Case, place: string): OtherCopy {
  const folder = resolve(place);
  if (folder === target.folder)
    throw new BacktrailError("same-case", `${folder} is this case itself: give the folder of the other copy.`);
  const info = readCaseFile(join(folder, CASE_FILES.info));
  if (info.id !== target.info.id)
    throw new BacktrailError(
      "other-case",
      `${folder} is another case (${info.id}), not a copy of this one (${target.info.id}): analyse its captures into this case instead.`,
    );
  const holder = CaseLock.holder(join(folder, CASE_FILES.lock));
  if (holder !== null)
    throw new BacktrailError("case-locked", `${folder} is in use by ${holder}: wait until it is done.`);
  const path = join(folder, CASE_FILES.journal);
  let octets: Buffer;
  try {
    octets = readFileSync(path);
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  for (const [name, check] of [
    [path, verifyJournal(octets)],
    [target.journal.path, target.checkJournal()],
  ] as const) {
    if (check.firstBad === null) continue;
    throw new BacktrailError(
      "journal-broken",
      `The journal ${name} does not hold from line ${check.firstBad.line} on (${check.firstBad.reason}): only whole journals are merged.`,
    );
  }
  const entries = parseJournal(octets);
  const ledger = Ledger.open(join(folder, CASE_FILES.ledger), folder);
  return { folder, octets, head: entries.at(-1)!.hash, entries, ledger };
}

function changesAnything({ taken, conflicts, scope, settings }: MergePlan): boolean {
  return taken.length > 0 || conflicts.length > 0 || scope !== null || settings !== null;
}

/** Keeps the other journal and joins the two chains. */
function joinJournals(target: Case, other: OtherCopy, plan: MergePlan): void {
  keepMergedJournals(target.folder, other.folder, other.head, other.octets);
  target.journal.append("merged", {
    object: mergedJournalName(other.head),
    sha256: createHash("sha256").update(other.octets).digest("hex"),
    detail: {
      head: other.head,
      entries: other.entries.length,
      fork: { entry: plan.fork.seq, hash: plan.fork.hash },
      conflicts: plan.conflicts as unknown as Json,
    },
  });
}

/** Takes scope and settings that only the other copy changed. @returns how many. */
function takeWholes(target: Case, other: OtherCopy, { scope, settings }: MergePlan, left: string[]): number {
  let taken = 0;
  if (scope?.action === "scope-removed" && target.info.scope !== null) {
    target.setScope(null);
    taken++;
  } else if (scope?.action === "scope-set") {
    const path = join(other.folder, CASE_FILES.scope);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (createHash("sha256").update(text).digest("hex") === scope.sha256) {
      target.setScope(text);
      taken++;
    } else
      left.push(
        `The scope of entry ${scope.seq} there is not in ${path} as it was: give it with backtrail scope --set.`,
      );
  }
  if (settings !== null) {
    target.changeSettings(settings.detail["settings"] as { readonly [key: string]: Json });
    taken++;
  }
  return taken;
}

/** Captures of the other copy that this one never read, by the run that read them there, in the order of their numbers. */
function capturesOnlyThere(target: Case, other: OtherCopy): EvidenceEntry[][] {
  const runs = new Map<number, EvidenceEntry[]>();
  for (const entry of other.ledger.entries) {
    if (entry.sha256 !== "" && target.ledger.find({ sha256: entry.sha256 }) !== undefined) continue;
    const read = other.entries.findLast(
      ({ action, detail }) => action === "evidence-read" && detail["number"] === entry.number,
    );
    const run = typeof read?.detail["run"] === "number" ? read.detail["run"] : 0;
    addTo(runs, run, { ...entry, path: other.ledger.locate(entry) });
  }
  return [...runs].sort(([a], [b]) => a - b).map(([, entries]) => entries);
}

/** Analyses captures that only the other copy had, run by run as there, so that the same findings come with the same ids. */
async function readMissing(
  target: Case,
  runs: readonly (readonly EvidenceEntry[])[],
  options: ReadOptions,
  left: string[],
): Promise<string[]> {
  const read: string[] = [];
  for (const run of runs) {
    const there = run.filter(({ path, sha256, number }) => {
      const state = sha256 === "" ? "was not read to its end there" : stateOf(target, path, sha256);
      if (state !== null)
        left.push(`Capture ${number} of the other copy, ${path}, ${state}: analyse it here when it is at hand.`);
      return state === null;
    });
    if (there.length === 0) continue;
    const opened = await openFor(
      target,
      there.map(({ path }) => path),
      options,
    );
    try {
      await readCaptures(target, opened, options);
    } finally {
      await opened.close();
    }
    read.push(...there.map(({ path }) => path));
  }
  return read;
}

/** Verdicts taken over on findings that this case does not have. */
async function orphans(target: Case, { taken }: MergePlan): Promise<string[]> {
  const verdicts = taken.filter(({ action }) => action.startsWith("finding-"));
  if (verdicts.length === 0) return [];
  const { findings, setAside } = await storyOf(target);
  const known = new Set([...findings, ...setAside.map(({ finding }) => finding)].map(({ id }) => id));
  return verdicts
    .filter(({ object }) => object !== null && !known.has(object))
    .map(
      ({ object }) =>
        `The verdict on ${object ?? ""} is about a finding that this case does not have: it waits for it.`,
    );
}
