import type { Case } from "../../case/case.ts";
import type { TableFilter } from "../../case/filter/compile.ts";
import { compileFilter } from "../../case/filter/compile.ts";
import type { ConditionTree } from "../../case/filter/condition-tree.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { Narrowing } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { filterTimes } from "../filter-times.ts";
import { RECORD_TYPES } from "../record-types.ts";
import { Kept } from "./kept.ts";
import { isJoinedRead, knownBefore, withAddresses } from "./known-values.ts";

/** A condition over a table under the name `r`, and its parameters. */
export interface Condition {
  readonly where: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The same, column by column; left out where a time range or other tables have a part in it. */
  readonly tree?: ConditionTree;
}

type FilteredTable = Pick<TableFilter, "table" | "where" | "parameters">;

/** Filters whose translations are kept: what the window asks of a narrowing comes in several calls. */
const MOST_TRANSLATED = 8;
const translated = new WeakMap<Case, Kept<readonly TableFilter[]>>();

/** The tables that a filter can search, each with its condition; none for an empty filter. @throws BacktrailError `filter` */
export async function filterTables(source: Case, filter: string): Promise<readonly TableFilter[]> {
  if (filter.trim() === "") return [];
  if (/\b(?:now|today|yesterday)\b/i.test(filter)) return translate(source, filter);
  const kept = translated.get(source) ?? new Kept<readonly TableFilter[]>(MOST_TRANSLATED);
  translated.set(source, kept);
  const { start, end } = filterTimes(source);
  const key = `${source.store.version} ${start} ${end} ${isJoinedRead(source)} ${filter}`;
  return kept.get(key, () => translate(source, filter));
}

async function translate(source: Case, filter: string): Promise<readonly TableFilter[]> {
  const times = filterTimes(source);
  const before = await knownBefore(source);
  const compiled = compileFilter(filter, RECORD_TYPES, times, before);
  if (!compiled.ok) throw new BacktrailError("filter", compiled.error.message);
  const known = await withAddresses(source, before, compiled.value);
  if (known === null) return compiled.value;
  const listed = compileFilter(filter, RECORD_TYPES, times, known);
  return listed.ok ? listed.value : compiled.value;
}

/**
 * Sessions that a narrowing leaves, as a condition over `conn AS r`. A filter over fields that sessions do not have
 * (`smb.path contains "vbk"`) leaves the sessions with a record that it fits.
 * @throws BacktrailError `filter`
 */
export async function sessionCondition(source: Case, narrowing: Narrowing): Promise<Condition> {
  const time = timeCondition(narrowing);
  const tables = await filterTables(source, narrowing.filter);
  if (tables.length === 0) return { where: time, parameters: {} };
  const own = tables.find(({ table }) => table === "conn");
  if (own !== undefined) return joined(own, narrowing);
  const { parts, parameters } = numberedApart(
    tables,
    ({ table, where }) => `SELECT r.uid FROM ${quoteIdentifier(table)} AS r WHERE ${where}`,
  );
  return { where: `r.uid IN (${parts.join(" UNION ALL ")}) AND ${time}`, parameters };
}

/** Writes a part of a statement for each table. Parameters are numbered within a table; beside each other they need names of their own. */
export function numberedApart(
  tables: readonly FilteredTable[],
  write: (table: FilteredTable) => string,
): { readonly parts: readonly string[]; readonly parameters: Record<string, string> } {
  const parameters: Record<string, string> = {};
  const parts = tables.map((filter, i) => {
    for (const [name, value] of Object.entries(filter.parameters)) parameters[`t${i}${name}`] = value;
    const where = filter.where.replace(/\$(p\d+)\b/g, (_, name: string) => `$t${i}${name}`);
    return write({ ...filter, where });
  });
  return { parts, parameters };
}

/** Records of one table that a narrowing leaves; null if the filter has no meaning for it. @throws BacktrailError `filter` */
export async function recordCondition(source: Case, table: string, narrowing: Narrowing): Promise<Condition | null> {
  if (narrowing.filter.trim() === "") return { where: timeCondition(narrowing), parameters: {} };
  const tables = await filterTables(source, narrowing.filter);
  const found = tables.find((filter) => filter.table === table);
  return found === undefined ? null : joined(found, narrowing);
}

function joined({ where, tree, parameters }: TableFilter, { from, to }: Narrowing): Condition {
  if (from === null && to === null) return { where, parameters, tree };
  return { where: `${where} AND ${timeCondition({ from, to })}`, parameters };
}

/** `from` and `to` are decimal digits, as the schema of the call demands. */
export function timeCondition({ from, to }: Pick<Narrowing, "from" | "to">): string {
  const parts = [];
  if (from !== null) parts.push(`r.ts >= make_timestamp_ns(${BigInt(from)})`);
  if (to !== null) parts.push(`r.ts <= make_timestamp_ns(${BigInt(to)})`);
  return parts.length === 0 ? "true" : parts.join(" AND ");
}
