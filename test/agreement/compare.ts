import type { InlineResult } from "../../core/engine/run-inline.ts";
import type { AgreedField } from "./fields.ts";

/** How the values of one field agree in one capture. */
export interface Agreement {
  readonly field: string;
  /** Values that tshark and we have. */
  readonly equal: number;
  /** Values that only tshark has. */
  readonly missing: readonly string[];
  /** Values that only we have. */
  readonly extra: readonly string[];
}

/** Compares as multisets: order says nothing, since tshark tells of frames and our rows of whole exchanges. */
export function compareValues(
  fields: readonly AgreedField[],
  theirs: ReadonlyMap<string, readonly string[]>,
  rows: InlineResult["rows"],
): Agreement[] {
  return fields.flatMap(({ name, table, ours }) => {
    const mine = (rows.get(table) ?? []).flatMap(ours);
    const other = theirs.get(name) ?? [];
    if (mine.length === 0 && other.length === 0) return [];
    const counts = new Map<string, number>();
    for (const value of mine) counts.set(value, (counts.get(value) ?? 0) + 1);
    const missing: string[] = [];
    let equal = 0;
    for (const value of other) {
      const left = counts.get(value) ?? 0;
      if (left === 0) missing.push(value);
      else {
        counts.set(value, left - 1);
        equal++;
      }
    }
    const extra = [...counts].flatMap(([value, count]) => new Array<string>(count).fill(value));
    return [{ field: name, equal, missing, extra }];
  });
}
