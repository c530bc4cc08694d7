import type { Case } from "../case/case.ts";
import type { QueryRows } from "../case/query.ts";
import { isSql, openFilter, openSql } from "../case/query.ts";
import { filterTimes } from "./filter-times.ts";
import { RECORD_TYPES } from "./record-types.ts";

/**
 * Rows of a query that a person typed: one result for SQL, one for each table that a filter fits.
 * @param limitMs SQL is stopped after so long.
 * @throws BacktrailError `query` or `filter` with the place and the reason.
 */
export async function* queryRows(source: Case, text: string, limitMs?: number): AsyncGenerator<QueryRows, void> {
  const times = filterTimes(source);
  if (isSql(text, RECORD_TYPES, times)) yield await openSql(source.store, text, limitMs);
  else yield* openFilter(source.store, text, RECORD_TYPES, times);
}
