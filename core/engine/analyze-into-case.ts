import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case.ts";
import { recordsKept } from "../case/database-problem.ts";
import type { EarlyFindings } from "../contracts/progress.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Story } from "../contracts/story.ts";
import { countOf } from "../contracts/text-forms.ts";
import type { DetectionOptions } from "../detections/run.ts";
import type { ReadOptions, ReadResult } from "./analyze.ts";
import { openFor, readCaptures, startPool } from "./analyze.ts";
import type { HeldCapture } from "./hold-evidence.ts";
import type { OnProgress, StageSeconds } from "./progress.ts";
import { ProgressMeter, StageClock } from "./progress.ts";
import { createWorkspace, openWorkspace } from "./workspace.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { ShardPool } from "./shard-pool.ts";
import type { SecretInputs } from "./secrets/read-secrets.ts";
import { readSecrets } from "./secrets/read-secrets.ts";

/** What `analyze` is asked to do. */
export interface AnalyzeRequest extends ReadOptions {
  readonly captures: readonly string[];
  /** Case folder, new or existing. */
  readonly folder: string;
  readonly name?: string;
  readonly scopeFile?: string;
  /** Reference captures that say what is normal. */
  readonly baseline?: readonly string[];
  /** Lists of what archives should be, and reports of tools that check them. */
  readonly manifests?: readonly string[];
  /** Copies the captures into the case, write-once where the file system allows. */
  readonly copy?: boolean;
  /** Secrets to decrypt with. */
  readonly secretInputs?: SecretInputs;
  /** Where to write the report; its ending says in which form. */
  readonly report?: string;
}

const FOR_READING = { forReading: true } as const;

/** What came of it. */
export interface AnalyzeOutcome {
  readonly story: Story;
  readonly report: string | null;
  /** What a person should know besides, each a sentence. */
  readonly notes: readonly string[];
  readonly seconds: StageSeconds;
}

/**
 * Reads captures into a new or existing case, works out the story and writes the report.
 * @throws BacktrailError; the evidence and the journal are untouched by a failure.
 */
export async function analyzeIntoCase(request: AnalyzeRequest): Promise<AnalyzeOutcome> {
  const clock = new StageClock("reading");
  let early: EarlyFindings | null = null;
  const progress: OnProgress = (how) => {
    clock.enter(how.stage);
    early = how.early ?? early; // until the story takes their place
    request.progress?.({ ...how, early });
  };
  const scopeText = request.scopeFile === undefined ? null : await checkedScope(request.scopeFile);
  const secrets = request.secretInputs === undefined ? {} : { secrets: readSecrets(request.secretInputs) };
  const isNew = !existsSync(join(request.folder, CASE_FILES.info));
  // A new case is made only once its captures are open: a mistyped path must not leave an empty case behind.
  const opened = isNew ? null : await openWorkspace(request.folder, FOR_READING);
  let target = opened;
  let pool: ShardPool | undefined;
  try {
    const captures = await openFor(opened, request.captures, request);
    try {
      // Not beside those that read a baseline.
      if (request.baseline === undefined || request.baseline.length === 0)
        pool = startPool({ ...request, ...secrets }, captures.octetsTotal);
      // What follows is loaded while the threads load theirs and the database is made.
      const loading = Promise.all([import("./evaluate.ts"), request.early && import("./early-looks.ts")]);
      loading.catch(() => undefined); // it is waited for below
      target ??= await createWorkspace(request.folder, request.name, FOR_READING);
      await loading;
      const notes = [...target.notes];
      if (request.baseline !== undefined && request.baseline.length > 0) {
        target.journal.append("baseline-given", { detail: { captures: [...request.baseline] } });
        target.close();
        const { workers, verifyChecksums, keepDuplicates, signal } = request;
        const { readBaseline } = await import("./baseline.ts");
        await readBaseline(request.folder, request.baseline, request.captures, {
          ...secrets,
          ...(workers === undefined ? {} : { workers }),
          ...(verifyChecksums === undefined ? {} : { verifyChecksums }),
          ...(keepDuplicates === undefined ? {} : { keepDuplicates }),
          ...(signal === undefined ? {} : { signal }),
        });
        target = await openWorkspace(request.folder, FOR_READING);
      }
      if (scopeText !== null) target.setScope(scopeText);
      const read = await readCaptures(target, captures, {
        ...request,
        ...secrets,
        ...(pool === undefined ? {} : { pool }),
        progress,
      });
      await captures.close(); // its memory is for what follows
      await collectGarbage(read.octets);
      notes.push(...notesOf(read));
      const meter = new ProgressMeter(progress);
      const isNothingShown = request.early !== undefined && early === null;
      const found = isNothingShown ? await showing(meter) : undefined;
      const story = await tellStory(target, request, notes, clock, meter, found).catch((error: unknown) => {
        throw recordsKept(error);
      });
      return { story, report: request.report ?? null, notes, seconds: clock.seconds() };
    } finally {
      await captures.close();
    }
  } finally {
    await pool?.stop();
    target?.close();
  }
}

/** All that follows reading. */
async function tellStory(
  target: Case,
  { copy, manifests, report }: AnalyzeRequest,
  notes: string[],
  clock: StageClock,
  meter: ProgressMeter,
  found: DetectionOptions["found"],
): Promise<Story> {
  if (copy === true) notes.push(...copyNotes(await (await import("./hold-evidence.ts")).holdEvidence(target)));
  if (manifests !== undefined) await (await import("./manifests.ts")).addManifests(target, manifests);
  const { evaluate } = await import("./evaluate.ts");
  const story = await target.store.thriftily(() => evaluate(target, found === undefined ? {} : { found }, meter));
  clock.enter("report");
  if (report !== undefined) await (await import("./write-report.ts")).writeReport(target, report);
  return story;
}

/** Shows findings as detections give them, for captures that were read before a look at them was worth it. */
async function showing(meter: ProgressMeter): Promise<NonNullable<DetectionOptions["found"]>> {
  const { preliminary } = await import("./preliminary.ts");
  const all: Finding[] = [];
  return (more) => {
    all.push(...more);
    meter.early(preliminary(all));
  };
}

/** How firmly the copies are kept, said plainly. */
function copyNotes(held: readonly HeldCapture[]): string[] {
  const copies = held.filter(({ held: how }) => how === "copy");
  const weak = copies.find(({ protection }) => protection.kind !== "immutable");
  const counted = `${countOf(copies.length, "capture")} copied into the case`;
  if (weak === undefined) return [`${counted}, immutable: nobody changes them until the attribute is taken away.`];
  return [`${counted}, in read-only mode only: ${weak.protection.why ?? ""}.`];
}

function notesOf(read: ReadResult): string[] {
  const notes = read.passedOver.map(({ path, looksLike }) => `${path} was passed over: it looks like ${looksLike}.`);
  if (read.earlyProblem !== null)
    notes.push(
      `Findings could not be shown before all was read (${read.earlyProblem}); the story does not depend on it.`,
    );
  if (!read.complete) notes.push("Reading was stopped early: the story covers what was read until then.");
  const [first] = read.failures;
  if (first !== undefined) {
    const place = `the first (${first.protocol}) at frame ${first.frame} of capture ${first.capture}`;
    notes.push(`${countOf(read.failures.length, "analyzer")} failed, ${place}: ${first.message.split("\n")[0] ?? ""}`);
  }
  return notes;
}

/** Reads a scope file and checks it before anything is made. */
async function checkedScope(path: string): Promise<string> {
  const [{ readScopeText }, { scopeOf }] = await Promise.all([import("./case-scope.ts"), import("./evaluate.ts")]);
  const text = readScopeText(path);
  scopeOf(text, path);
  return text;
}
