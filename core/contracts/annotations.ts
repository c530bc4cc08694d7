/** What people said about a case. Kept in the journal, never in the records, so that it survives an analysis anew. */

/** What an investigator decided about a finding. */
export interface Review {
  readonly verdict: "confirmed" | "dismissed";
  /** Why, in the investigator's words; a dismissal always has it. */
  readonly reason: string | null;
  readonly by: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Journal entry that says it. */
  readonly entry: number;
}

/** A note pinned to something of the case. */
export interface Note {
  /** "finding:F-...", "session:C...", "host:10.1.2.3", "range:FROM-TO" (ns), or "case". */
  readonly object: string;
  readonly text: string;
  readonly by: string;
  readonly at: string;
  readonly entry: number;
}

/** What two merged copies of the case decided differently, and nobody since. */
export interface OpenConflict {
  /** Finding; null where it is about the scope or the settings. */
  readonly object: string | null;
  readonly what: string;
  /** What stands, and what the other copy said, with who said it and when. */
  readonly here: string;
  readonly there: string;
  /** Journal entry of the merge. */
  readonly entry: number;
}

/** What a note may be pinned to. */
export const NOTE_OBJECT = /^(?:case|(?:finding|session|host):[\w.:%-]{1,80}|range:\d{1,20}-\d{1,20})$/;

/** What a note needs to know of a finding. */
interface Spanned {
  readonly id: string;
  readonly tsFirst: string;
  readonly tsLast: string;
}

/** When that happened which a note is pinned to, ns; null where it is no span of time, or a finding that is not at hand. */
export function noteSpan(
  { object }: Note,
  findings: readonly Spanned[],
): { readonly from: string; readonly to: string } | null {
  const [, from, to] = /^range:(\d+)-(\d+)$/.exec(object) ?? [];
  if (from !== undefined && to !== undefined) return { from, to };
  const finding = findings.find(({ id }) => object === `finding:${id}`);
  return finding === undefined ? null : { from: finding.tsFirst, to: finding.tsLast };
}
