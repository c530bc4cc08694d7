import type { Case } from "../case/case.ts";
import { DeletedSegments } from "../case/deleted-segments.ts";
import type { Json, JournalCheck } from "../case/journal.ts";
import type { EvidenceState } from "../case/ledger.ts";
import type { ReadOptions } from "./analyze.ts";
import { isImported } from "./imported.ts";
import type { DerivedAgain } from "./verify/derive-again.ts";
import { deriveAgain } from "./verify/derive-again.ts";
import type { FramesCheck } from "./verify/evidence-frames.ts";
import { checkFrames } from "./verify/evidence-frames.ts";
import type { MergeState } from "./verify/merged-chains.ts";
import { checkMerges } from "./verify/merged-chains.ts";
import type { SealState } from "./verify/signed-things.ts";
import { checkSeals } from "./verify/signed-things.ts";
import type { WrittenReport } from "./verify/written-reports.ts";
import { checkReports } from "./verify/written-reports.ts";

/** What a check of a case's evidence and journal found. */
export interface Verification {
  readonly ok: boolean;
  readonly evidence: readonly EvidenceState[];
  readonly journal: JournalCheck;
}

/** What a check of the whole case found. */
export interface FullVerification extends Verification {
  readonly seals: readonly SealState[];
  /** Journals of other copies that were merged into this case. */
  readonly merges: readonly MergeState[];
  readonly reports: readonly WrittenReport[];
  /** Null for a case into which nothing was analysed: one that is empty, or was imported. */
  readonly frames: FramesCheck | null;
  /** Null unless the evidence was analysed again. */
  readonly again: DerivedAgain | null;
}

/**
 * Hashes every capture again and follows the journal's chain; the result is journaled where the case can be written.
 * @param progress Told the octets read of each capture from time to time.
 */
export function verifyCase(
  source: Case,
  progress: (path: string, octets: number) => void = () => undefined,
): Verification {
  const found = hashed(source, progress);
  journalResult(source, found, {});
  return found;
}

/**
 * Checks all that a case claims: captures and journal as `verifyCase` does, signatures and time stamps, the reports that
 * were written (their files, and made again), the frames behind the findings; with `deep` the evidence is analysed again.
 */
export async function verifyWhole(
  source: Case,
  options: { readonly deep?: ReadOptions; readonly progress?: (path: string, octets: number) => void } = {},
): Promise<FullVerification> {
  const { evidence, journal, ok } = hashed(source, options.progress ?? (() => undefined));
  const seals = checkSeals(source);
  const merges = checkMerges(source);
  const isTold = await hasStory(source);
  const hasRecords = isTold && !isImported(source);
  const reports = isTold ? await checkReports(source) : [];
  const frames = hasRecords ? await checkFrames(source, options.deep !== undefined) : null;
  const again = options.deep !== undefined && hasRecords ? await deriveAgain(source, options.deep) : null;
  const whole =
    ok &&
    seals.every((seal) => seal.ok) &&
    merges.every((merge) => merge.ok && merge.seals.every((seal) => seal.ok)) &&
    reports.every((report) => report.file !== "changed" && report.again !== "different") &&
    (frames?.wrongCount ?? 0) === 0 &&
    (again?.ok ?? true);
  const found = { ok: whole, evidence, journal, seals, merges, reports, frames, again };
  journalResult(source, found, {
    seals: seals.length,
    badSeals: seals.filter((seal) => !seal.ok).map(({ entry }) => entry),
    ...(merges.length === 0
      ? {}
      : { merges: merges.map(({ entry, ok: holds, openConflicts }) => ({ entry, ok: holds, openConflicts })) }),
    reports: reports.map(({ entry, file, again: made }) => ({ entry, file, again: made })),
    frames: frames === null ? null : { read: frames.frames, wrong: frames.wrongCount },
    again: again === null ? null : { ok: again.ok, records: again.records, findings: again.findings },
  });
  return found;
}

function hashed(source: Case, progress: (path: string, octets: number) => void): Verification {
  const deleted = new DeletedSegments(source.journal.entries);
  const evidence = source.ledger
    .verify((entry, octets) => {
      progress(entry.path, octets);
      return true;
    })
    .map((state): EvidenceState => {
      const entry = state.state === "missing" ? source.ledger.get(state.number) : undefined;
      const difference = entry === undefined ? null : deleted.reason(entry);
      return difference === null ? state : { ...state, state: "deleted", difference };
    });
  const journal = source.checkJournal();
  return { ok: journal.ok && evidence.every(isAsItWas), evidence, journal };
}

/** What the ring deleted is journaled with its SHA-256: nothing is hidden by it. */
function isAsItWas({ state }: EvidenceState): boolean {
  return state === "ok" || state === "deleted";
}

function journalResult(
  source: Case,
  { ok, evidence, journal }: Verification,
  more: { readonly [key: string]: Json },
): void {
  if (!journal.ok || source.isReadOnly) return;
  const bad = evidence.filter((each) => !isAsItWas(each)).map(({ number, state }) => ({ number, state }));
  source.journal.append("verified", { detail: { ok, captures: evidence.length, bad, ...more } });
}

async function hasStory(source: Case): Promise<boolean> {
  const [row] = await source.store.rows("SELECT count(*) > 0 AS told FROM documents WHERE name = 'story'");
  return row?.["told"] === true;
}
