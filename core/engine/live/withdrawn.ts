import type { Finding } from "../../contracts/finding.ts";
import type { NotEvaluated } from "../../detections/judge.ts";

/** Findings that were told and do not stand any more: they are gone, and nothing that stands rests on any of their records. */
export function withdrawnOf(told: readonly Finding[], standing: readonly Finding[]): readonly Finding[] {
  const ids = new Set(standing.map(({ id }) => id));
  const gone = told.filter(({ id }) => !ids.has(id));
  if (gone.length === 0) return [];
  const records = new Set(gone.flatMap((finding) => finding.records));
  const kept = new Set(standing.flatMap((finding) => finding.records.filter((rid) => records.has(rid))));
  // One that became more telling, or that joined another, is told under another id.
  return gone.filter((finding) => !finding.records.some((rid) => kept.has(rid)));
}

/** Those of which nothing is known now, as a detection that told them was not evaluated: that takes nothing back. */
export function notAsked(missing: readonly Finding[], notEvaluated: readonly NotEvaluated[]): readonly Finding[] {
  const unasked = new Set(notEvaluated.map(({ detection }) => detection));
  return missing.filter(({ detection, also }) =>
    [detection, ...also.map((other) => other.detection)].some((id) => unasked.has(id)),
  );
}
