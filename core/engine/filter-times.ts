import type { Case } from "../case/case.ts";
import type { FilterTimes } from "../case/filter/values.ts";

/** What the time words of a filter refer to in a case. */
export function filterTimes(source: Case): FilterTimes {
  let start: bigint | null = null;
  let end: bigint | null = null;
  for (const { tsFirst, tsLast } of source.ledger.summaries()) {
    if (tsFirst === null || tsLast === null) continue;
    if (start === null || BigInt(tsFirst) < start) start = BigInt(tsFirst);
    if (end === null || BigInt(tsLast) > end) end = BigInt(tsLast);
  }
  return { start, end, now: BigInt(Date.now()) * 1_000_000n };
}
