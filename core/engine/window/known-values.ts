import type { Case } from "../../case/case.ts";
import type { AddressLookup } from "../../case/filter/addresses.ts";
import type { Known, TableFilter } from "../../case/filter/compile.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";

/** Addresses that a filter may list: a block of records compares each of its own addresses with each of them. */
const MOST_LISTED = 64;
/** Cells of a column that join several values; where there are more they are taken apart anew by each filter. */
const MOST_JOINED = 200;

interface Joined {
  /** Records of the table when they were read: what is added may have others. */
  readonly rows: number;
  readonly cells: readonly string[];
}

const joinedOf = new WeakMap<Case, ReadonlyMap<string, Joined>>();

/** Reads the cells that join several values, so that filters need not look for them in each record. */
export async function readJoined(source: Case): Promise<void> {
  const filled = await source.store.filledTables();
  const found = new Map<string, Joined>();
  for (const { name: table, columns } of source.store.types) {
    if (!filled.has(table)) continue;
    for (const column of Object.keys(columns).filter((each) => columns[each]?.joined === true)) {
      const rows = await rowsOf(source, table);
      const cell = quoteIdentifier(column);
      if (joinedOf.get(source)?.get(`${table} ${column}`)?.rows === rows) return;
      const cells = await source.store.rows(
        `SELECT cell FROM (SELECT DISTINCT ${cell} AS cell FROM ${quoteIdentifier(table)}) WHERE contains(cell, ',') LIMIT ${MOST_JOINED + 1}`,
      );
      if (cells.length <= MOST_JOINED)
        found.set(`${table} ${column}`, { rows, cells: cells.map((row) => rowText(row["cell"])) });
    }
  }
  joinedOf.set(source, found);
}

export function isJoinedRead(source: Case): boolean {
  return joinedOf.has(source);
}

async function rowsOf(source: Case, table: string): Promise<number> {
  const [row] = await source.store.rows(`SELECT count(*) AS n FROM ${quoteIdentifier(table)}`);
  return Number(row?.["n"] ?? 0);
}

/** What is known of a case for a filter that was translated without. */
export async function knownFor(source: Case, filters: readonly TableFilter[]): Promise<Known> {
  const lookups = new Map(filters.flatMap(({ lookups: own }) => own).map((lookup) => [keyOf(lookup), lookup]));
  const addresses = new Map<string, readonly string[]>();
  for (const [key, lookup] of lookups) {
    const found = await listed(source, lookup);
    if (found !== null) addresses.set(key, found);
  }
  const joined = new Map<string, readonly string[]>();
  for (const [key, { rows, cells }] of joinedOf.get(source) ?? [])
    if ((await rowsOf(source, key.split(" ", 1)[0]!)) === rows) joined.set(key, cells);
  return {
    addresses: (lookup) => addresses.get(keyOf(lookup)) ?? null,
    joined: (table, column) => joined.get(`${table} ${column}`) ?? null,
  };
}

function keyOf({ sql, values }: AddressLookup): string {
  return JSON.stringify([sql, values]);
}

/** Null where there are too many. */
async function listed(source: Case, { sql, values }: AddressLookup): Promise<readonly string[] | null> {
  const parameters = Object.fromEntries(values.map((value, i) => [`v${i}`, value]));
  const rows = await source.store.rows(
    `SELECT DISTINCT address FROM (${sql.replace(/\$(\d)/g, "CAST($v$1 AS VARCHAR)")}) LIMIT ${MOST_LISTED + 1}`,
    parameters,
  );
  return rows.length > MOST_LISTED ? null : rows.map((row) => rowText(row["address"]));
}
