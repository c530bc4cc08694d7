import { quoteIdentifier, quoteLiteral } from "./duckdb-schema.ts";

/**
 * The record tables as SQL: what estate, detections and incidents need of the case's database. The case implements it;
 * tests use an in-memory DuckDB.
 */
export interface RecordDatabase {
  /**
   * Runs one statement and gives its rows (none for a statement that gives none). Errors are thrown.
   * @param parameters Values of the `$name` parameters that `sql` uses, no others.
   */
  rows(sql: string, parameters?: Readonly<Record<string, string | number>>): Promise<Record<string, unknown>[]>;
}

/** A database that is also written: by the estate, and by what a run of detections keeps for its length. */
export interface ChangingDatabase extends RecordDatabase {
  /** Runs statements as one transaction: all of them or none. */
  change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void>;
}

/** Tables that databases are known to have: to list them takes longer than most questions, and none is taken away. */
const present = new WeakMap<RecordDatabase, Set<string>>();

/** True if all of some tables exist. */
export async function hasTables(database: RecordDatabase, wanted: readonly string[]): Promise<boolean> {
  const known = present.get(database) ?? new Set<string>();
  present.set(database, known);
  if (!wanted.every((table) => known.has(table)))
    for (const row of await database.rows("SELECT DISTINCT table_name FROM information_schema.tables"))
      known.add(String(row["table_name"]));
  return wanted.every((table) => known.has(table));
}

/** Those of some tables that exist and hold rows. */
export async function filledTables(database: RecordDatabase, wanted: ReadonlySet<string>): Promise<Set<string>> {
  const known = await database.rows("SELECT DISTINCT table_name FROM information_schema.tables ORDER BY table_name");
  const present = known.map((row) => String(row["table_name"])).filter((table) => wanted.has(table));
  if (present.length === 0) return new Set();
  const asked = present.map(
    (table) => `(SELECT ${quoteLiteral(table)} AS name FROM ${quoteIdentifier(table)} LIMIT 1)`,
  );
  return new Set((await database.rows(asked.join(" UNION ALL "))).map((row) => String(row["name"])));
}

/**
 * Runs a query and gives plain JSON rows, whatever the driver makes of times, 64-bit numbers and lists. Columns named in
 * `times` (TIMESTAMP_NS) become decimal text of ns since 1970-01-01 UTC.
 * @param limit Most rows that are given; none if omitted.
 */
export async function jsonRows(
  database: RecordDatabase,
  query: string,
  options: { parameters?: Readonly<Record<string, string | number>>; times?: readonly string[]; limit?: number } = {},
): Promise<Record<string, unknown>[]> {
  const times = (options.times ?? []).map(
    (name) => `CAST(epoch_ns(CAST("${name}" AS TIMESTAMP_NS)) AS VARCHAR) AS "${name}"`,
  );
  const replace = times.length === 0 ? "*" : `* REPLACE (${times.join(", ")})`;
  const limit = options.limit === undefined ? "" : ` LIMIT ${options.limit}`;
  const sql = `SELECT CAST(to_json(row) AS VARCHAR) AS json FROM (SELECT ${replace} FROM (${query})${limit}) AS row`;
  const rows = await database.rows(sql, usedParameters(query, options.parameters ?? {}));
  return rows.map((row) => JSON.parse(String(row["json"])) as Record<string, unknown>);
}

/** The parameters that a statement names; DuckDB refuses values that it does not use. */
export function usedParameters(
  sql: string,
  all: Readonly<Record<string, string | number>>,
): Record<string, string | number> {
  const used = new Set([...sql.matchAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1]));
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
}
