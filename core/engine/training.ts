import type { Case } from "../case/case.ts";
import type { QuietPart } from "../estate/learning.ts";

/** The time in which a recording learns what is usual, as the case's settings keep it: ms since 1970 UTC. */
export interface Training {
  readonly from: number;
  readonly until: number;
}

const DAY_MS = 86_400_000;

/** Null if the case has no training period. */
export function trainingOf({ info }: Case): Training | null {
  const kept = info.settings["training"];
  if (typeof kept !== "object" || kept === null) return null;
  const { from, until } = kept as { readonly from?: unknown; readonly until?: unknown };
  return typeof from === "string" && typeof until === "string"
    ? { from: Date.parse(from), until: Date.parse(until) }
    : null;
}

/** Gives a case a training period of so many seconds, from now on or from when it had one first; the journal has it. */
export function setTraining(target: Case, seconds: number, nowMs: number): Training {
  const before = trainingOf(target);
  const from = before?.from ?? nowMs;
  const until = from + seconds * 1000;
  if (before?.until === until) return before;
  const training = { from: new Date(from).toISOString(), until: new Date(until).toISOString() };
  target.changeSettings({ ...target.info.settings, training });
  return { from, until };
}

/** The training period as that from which detections learn. */
export function learnedIn({ from, until }: Training): QuietPart {
  const days = (until - from) / DAY_MS;
  const length = days < 2 ? `${(days * 24).toFixed(1)} hours` : `${days.toFixed(1)} days`;
  const words = `the training period of the recording (${length}, until ${minuteOf(until)}Z)`;
  return { source: "training", until, words };
}

/** What the training period is doing, as a clause. */
export function trainingText({ until }: Training, nowMs: number): string {
  return nowMs < until
    ? `in training until ${minuteOf(until)} UTC: what is usual is being learned, and nothing counts as new`
    : `learned until ${minuteOf(until)} UTC`;
}

function minuteOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
