import type { MetConditions } from "../../case/arrived-looks.ts";
import type { RecentStore } from "../../case/recent-store.ts";
import type { RecordType } from "../../records/record-type.ts";

/** Which rows of a table matter to a query. */
export interface TellingRows {
  /** Conditions of those that it picks out: one that meets none of them is left out at each place that has a condition. */
  readonly conditions: readonly string[];
  /** True if a place has none, so that any row may change the answer. */
  readonly isEvery: boolean;
}

const EVERY_ROW: TellingRows = { conditions: [], isEvery: true };

/** What tells a query is read from how the database would answer it. @param named Tables that the query names, with how often it does. */
export async function tellingRows(
  store: Pick<RecentStore, "scans">,
  query: string,
  parameters: Readonly<Record<string, string | number>>,
  named: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, TellingRows>> {
  const scans = await store.scans(query, parameters);
  const telling = new Map<string, TellingRows>();
  for (const [table, times] of named) {
    const own = scans.filter((scan) => scan.table === table);
    const conditions = own.map((scan) => scan.conditions.join(" AND "));
    // Where a part of the plan is not told, or reads rows once for several places, the rest does not say which matter.
    const isEvery = own.length < times || conditions.includes("");
    telling.set(table, { conditions: [...new Set(conditions)].filter((condition) => condition !== ""), isEvery });
  }
  return telling;
}

/** How often a query names tables of records. */
export function namedTables(query: string, types: readonly RecordType[]): ReadonlyMap<string, number> {
  const named = new Map<string, number>();
  for (const { name } of types) {
    const times = [...query.matchAll(new RegExp(`(\\bFROM|\\bJOIN|,)\\s+"?${name}\\b`, "gi"))].length;
    if (times > 0) named.set(name, times);
  }
  return named;
}

/** The rows that came in a turn. */
export interface ArrivedRows {
  readonly tables: ReadonlySet<string>;
  /** Conditions that some of them met, of those that were asked for. */
  readonly met: MetConditions;
}

/**
 * Whether rows came to a table that may change an answer, whether some of these are picked out by it, where it picks any, and whether some of those are of an
 * act not seen before.
 */
export function cameIn(
  { tables, met }: ArrivedRows,
  table: string,
  { conditions, isEvery }: TellingRows = EVERY_ROW,
): { readonly isOf: boolean; readonly isTold: boolean; readonly isFirst: boolean } {
  const isAny = tables.has(table);
  const own = isAny ? conditions.map((condition) => met.get(table)?.get(condition)) : [];
  const isMet = own.some((isFirst) => isFirst !== undefined);
  return {
    isOf: isMet || (isAny && isEvery),
    isTold: isMet || (isAny && conditions.length === 0 && isEvery),
    isFirst: own.includes(true),
  };
}
