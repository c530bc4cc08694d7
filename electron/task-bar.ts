import type { Analysis } from "../core/contracts/desk.ts";

/** How far an analysis is, as the task bar takes it: -1 for none, 2 for "it cannot be told". */
export function taskBarProgress(analysis: Analysis | null): number {
  if (analysis?.state !== "running" && analysis?.state !== "stopping") return -1;
  const { progress } = analysis;
  if (progress?.stage !== "reading" || progress.octetsTotal === null || progress.octetsTotal === 0) return 2;
  return Math.min(1, progress.octetsRead / progress.octetsTotal);
}
