import type { Case } from "../../case/case.ts";
import { compileFilter } from "../../case/filter/compile.ts";
import { columnsOf, filterFields } from "../../case/filter/fields.ts";
import { ESTATE_ROLES, ROLES } from "../../contracts/estate.ts";
import type { FieldName, FilterMistake } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { isListKind } from "../../records/record-type.ts";
import { rowText } from "../../records/row-text.ts";
import { filterTimes } from "../filter-times.ts";
import { RECORD_TYPES } from "../record-types.ts";

/** Tables looked into for the values of a field, and values given. */
const MOST_TABLES = 12;
const MOST_VALUES = 20;
const LONGEST_VALUE = 200;
/** Groups of machines that an address may be compared with. */
const GROUPS = ["backup", "internal", "external", ...new Set([...ESTATE_ROLES, ...ROLES])];

/** What is wrong with a filter; null if nothing is. */
export function filterMistake(source: Case, filter: string): FilterMistake | null {
  if (filter.trim() === "") return null;
  const compiled = compileFilter(filter, RECORD_TYPES, filterTimes(source));
  if (compiled.ok) return null;
  const { message, position, length } = compiled.error;
  return { message, position, length };
}

export function fieldNames(): FieldName[] {
  return filterFields(RECORD_TYPES);
}

/** The most frequent values of a field that begin with a text, in the tables that have it. */
export async function fieldValues(
  source: Case,
  field: string,
  prefix: string,
): Promise<{ readonly value: string; readonly rows: number }[]> {
  const parts: string[] = [];
  let isAddress = false;
  for (const type of RECORD_TYPES) {
    if (parts.length >= MOST_TABLES) break;
    for (const { name, kind, joined } of columnsOf(field, type)) {
      if (kind === "hour" || kind === "weekday" || kind === "time" || kind === "interval") continue;
      isAddress ||= kind === "addr";
      // Each of the values that a cell joins, since a filter asks for one of them.
      const cell = isListKind(kind)
        ? `unnest(${quoteIdentifier(name)})`
        : joined === true
          ? `unnest(string_split(${quoteIdentifier(name)}, ','))`
          : quoteIdentifier(name);
      parts.push(
        `SELECT CAST(${cell} AS VARCHAR) AS value FROM ${quoteIdentifier(type.name)} WHERE ${quoteIdentifier(name)} IS NOT NULL`,
      );
    }
  }
  const groups = isAddress ? GROUPS.filter((group) => group.startsWith(prefix.toLowerCase())) : [];
  const words = groups.map((value) => ({ value, rows: 0 }));
  if (parts.length === 0) return words;
  const rows = await source.store.rows(
    `SELECT value, count(*) AS n FROM (${parts.join(" UNION ALL ")})
     WHERE value <> '' AND length(value) <= ${LONGEST_VALUE} AND starts_with(lower(value), lower($prefix))
     GROUP BY value ORDER BY n DESC, value LIMIT ${MOST_VALUES}`,
    { prefix },
  );
  return [...rows.map((row) => ({ value: rowText(row["value"]), rows: Number(row["n"]) })), ...words];
}
