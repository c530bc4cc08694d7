import { countOf } from "../contracts/text-forms.ts";
import type { WorkerLoss } from "./shard-pool.ts";

/** How often each bound was hit, by its name here; "under way: NOUN" for what analyzers gave up. */
export type LimitCounts = Readonly<Record<string, number>>;

/** Bounds of the connection table and of what is followed beside it, as sentences. */
const SENTENCES: Readonly<Record<string, (count: number) => string>> = {
  connections: (count) =>
    `${countOf(count, "connection was", "connections were")} ended early because too many were open at one time.`,
  holes: (count) =>
    `${countOf(count, "hole")} in streams given up early because too much waited behind ${count === 1 ? "it" : "them"}.`,
  payload: (count) =>
    `The later payload of ${countOf(count, "connection")} was not analysed because too many were under way at one time.`,
  files: (count) =>
    `${countOf(count, "carried file was", "carried files were")} ended early because too many were under way at one time.`,
  extraction: (count) =>
    `${countOf(count, "carried file was", "carried files were")} not written whole because of the bounds of extraction.`,
  pairs: (count) =>
    `What connections of the same two hosts share was forgotten ${countOf(count, "time")} because of too many pairs of hosts.`,
  held: (count) =>
    `The rest of ${countOf(count, "stream")} was not analysed because unfinished messages, open calls and what else was under way took too much memory; those that held the most were given up.`,
  unrecognised: (count) =>
    `The first octets of ${countOf(count, "connection")} in unknown protocols were not kept because of too many.`,
};

/** Name of the bound on what all streams hold. */
export const HELD = "held";

/** What a worker that failed had under way, as a sentence. */
export function lossSentence({ message, open, at }: WorkerLoss): string {
  const where = at === null ? "" : ` at frames ${at.frame} to ${at.lastFrame} of capture ${at.capture}`;
  const lost =
    open === 0 ? "What it had under way" : `Of ${countOf(open, "connection")} that were open in it, the part before`;
  return `A worker failed${where} (${message}). ${lost} is not in the records; all later traffic is.`;
}

const UNDER_WAY = "under way: ";

/** Name of the bound on things of one kind that are under way, such as "SMB handle". */
export function underWay(noun: string): string {
  return UNDER_WAY + noun;
}

/** Sums up counts of several shards. */
export function sumOfLimits(all: readonly LimitCounts[]): LimitCounts {
  const sum: Record<string, number> = {};
  for (const counts of all) for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** The bounds that were hit, as sentences for the coverage statement. */
export function limitSentences(counts: LimitCounts): string[] {
  const hit = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const named = hit.filter(([name]) => name in SENTENCES).map(([name, count]) => SENTENCES[name]!(count));
  const things = hit
    .filter(([name]) => name.startsWith(UNDER_WAY))
    .map(([name, count]) => countOf(count, name.slice(UNDER_WAY.length)));
  if (things.length === 0) return named;
  return [...named, `Given up early because of their number or size: ${things.join(", ")}.`];
}
