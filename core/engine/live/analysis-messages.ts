import type { Finding } from "../../contracts/finding.ts";
import type { AnalysisStatus } from "../../contracts/recording.ts";

/** What an analysis process is started with. */
export interface AnalysisSetup {
  readonly folder: string;
  readonly workers: number;
  readonly intervalMs: number;
  readonly shedOctets: number;
  /** What the recorder leaves free on the disk. */
  readonly leastFreeOctets: number;
  readonly scope: string | null;
  /** Length of the training period; null leaves it as the case has it. */
  readonly trainingSeconds: number | null;
}

/** To the analysis process. "finish": the recording has ended, read it to its end. */
export type ToAnalysis = { readonly kind: "start"; readonly setup: AnalysisSetup } | { readonly kind: "finish" };

/** From the analysis process. */
export type FromAnalysis =
  | { readonly kind: "status"; readonly status: AnalysisStatus }
  | { readonly kind: "findings" | "withdrawn"; readonly findings: readonly Finding[] }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "finished"; readonly findings: number };

/** Code of the refusal of an analysis that left a segment out, at which it failed again and again. */
export const SEGMENT_LEFT_OUT = "segment-not-analysed";

/** Recorder and analysis say how they stand every second; in a long step one may be late. */
export const SILENT_MS = 10_000;

/** A status as it stands now: where no analysis runs or nothing was heard of it, what it said last is no news, and its lag counts on. */
export function standing(status: AnalysisStatus | null, isRunning: boolean, nowMs: number): AnalysisStatus | null {
  if (status === null) return null;
  const silentMs = nowMs - Date.parse(status.at);
  if (isRunning && silentMs < SILENT_MS) return status;
  return { ...status, isRunning: false, lagSeconds: status.lagSeconds + silentMs / 1000 };
}

/** The same for a finding that says nothing new. */
export function newsKey({ id, severity }: Finding): string {
  return `${id} ${severity}`;
}
