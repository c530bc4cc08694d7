import type { Case } from "../../case/case.ts";
import type { AddressLookup } from "../../case/filter/addresses.ts";
import type { Known, TableFilter } from "../../case/filter/compile.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { Kept } from "./kept.ts";

/** Addresses that a filter may list: a block of records compares each of its own addresses with each of them. */
const MOST_LISTED = 64;
/** Cells of a column that join several values; where there are more they are taken apart anew by each filter. */
const MOST_JOINED = 200;
/** Tables whose records are counted once: each that has a column of joined values. */
const MOST_COUNTED = 20;

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

const counted = new WeakMap<Case, Kept<number>>();

async function rowsOf(source: Case, table: string): Promise<number> {
  const { store } = source;
  const kept = counted.get(source) ?? new Kept<number>(MOST_COUNTED);
  counted.set(source, kept);
  return kept.get(`${table} ${store.version}`, async () => {
    const [row] = await store.rows(`SELECT count(*) AS n FROM ${quoteIdentifier(table)}`);
    return Number(row?.["n"] ?? 0);
  });
}

/** What is known of a case before a filter is translated. */
export async function knownBefore(source: Case): Promise<Known> {
  const joined = new Map<string, readonly string[]>();
  for (const [key, { rows, cells }] of joinedOf.get(source) ?? [])
    if ((await rowsOf(source, key.split(" ", 1)[0]!)) === rows) joined.set(key, cells);
  return { addresses: () => null, joined: (table, column) => joined.get(`${table} ${column}`) ?? null };
}

/** The addresses that filters look up besides what is known; null where they look none up that can be listed. */
export async function withAddresses(
  source: Case,
  known: Known,
  filters: readonly TableFilter[],
): Promise<Known | null> {
  const lookups = new Map(filters.flatMap(({ lookups: own }) => own).map((lookup) => [keyOf(lookup), lookup]));
  const addresses = new Map<string, readonly string[]>();
  for (const [key, lookup] of lookups) {
    const found = await listed(source, lookup);
    if (found !== null) addresses.set(key, found);
  }
  return addresses.size === 0 ? null : { ...known, addresses: (lookup) => addresses.get(keyOf(lookup)) ?? null };
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
