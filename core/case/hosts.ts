import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { addressKey } from "./address-key.ts";

/** Adds to `hosts` the addresses that records have and it has not. */
export async function refreshHosts(connection: DuckDBConnection, types: readonly RecordType[]): Promise<void> {
  const sources: string[] = [];
  for (const type of types) {
    const table = quoteIdentifier(type.name);
    for (const [name, { kind }] of allColumns(type)) {
      const column = quoteIdentifier(name);
      if (kind === "addr") sources.push(`SELECT DISTINCT ${column} AS address FROM ${table}`);
      if (kind === "vector[addr]" || kind === "set[addr]")
        sources.push(`SELECT DISTINCT unnest(${column}) AS address FROM ${table}`);
    }
  }
  if (sources.length === 0) return;
  await addHosts(connection, `SELECT address FROM (${sources.join(" UNION ALL ")})`);
}

/** Adds those of some addresses to `hosts` that it has not. */
export async function addAddresses(connection: DuckDBConnection, addresses: ReadonlySet<string>): Promise<void> {
  if (addresses.size === 0) return;
  await addHosts(connection, `SELECT unnest(from_json($addresses, '["VARCHAR"]')) AS address`, {
    addresses: JSON.stringify([...addresses]),
  });
}

/** Rows of `hosts` for the addresses of `keyedHosts`, which need not be in any table. */
export const KEYED_HOSTS = `SELECT unnest(from_json($hosts, '[{"address": "VARCHAR", "key": "VARCHAR"}]'), recursive := true)`;

/** Parameters of `KEYED_HOSTS`; null if there are no addresses. */
export function keyedHosts(addresses: Iterable<string>): { readonly hosts: string } | null {
  const hosts = [...addresses].map((address) => ({ address, key: addressKey(address) }));
  return hosts.length === 0 ? null : { hosts: JSON.stringify(hosts) };
}

/** @param source Query of addresses. */
async function addHosts(
  connection: DuckDBConnection,
  source: string,
  parameters: Record<string, string> = {},
): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE new_hosts AS SELECT DISTINCT address FROM (${source}) WHERE address IS NOT NULL AND address NOT IN (SELECT address FROM hosts) ORDER BY address`,
    parameters,
  );
  // The driver holds a whole result in memory, so the many are left to the database, and the others come by pages.
  await connection.run(
    `INSERT INTO hosts SELECT address, '${V4_IN_V6}' || format('{:02x}{:02x}{:02x}{:02x}', q[1], q[2], q[3], q[4]) FROM (SELECT address, string_split(address, '.')::INTEGER[] AS q FROM new_hosts WHERE ${IS_V4})`,
  );
  const appender = await connection.createAppender("hosts");
  for (let from = 0; ; from += PAGE_ROWS) {
    const page = await connection.run(
      `SELECT address FROM new_hosts WHERE NOT ${IS_V4} LIMIT ${PAGE_ROWS} OFFSET ${from}`,
    );
    const addresses = (await page.getColumns())[0] ?? [];
    for (const address of addresses as string[]) appendHost(appender, address);
    if (addresses.length < PAGE_ROWS) break;
  }
  appender.closeSync();
  await connection.run("DROP TABLE new_hosts");
}

const PAGE_ROWS = 32_768;
/** What precedes an IPv4 address in its key (addressKey). */
const V4_IN_V6 = `${"00".repeat(10)}ffff`;
const OCTET = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])";
const IS_V4 = `regexp_full_match(address, '${Array<string>(4).fill(OCTET).join("\\.")}')`;

function appendHost(appender: DuckDBAppender, address: string): void {
  appender.appendVarchar(address);
  const key = addressKey(address);
  if (key === null) appender.appendNull();
  else appender.appendVarchar(key);
  appender.endRow();
}

/** Places of the columns of a record type that hold addresses. */
export function addressColumns(type: RecordType): number[] {
  return allColumns(type).flatMap(([, { kind }], place) =>
    kind === "addr" || kind === "vector[addr]" || kind === "set[addr]" ? [place] : [],
  );
}

/** Puts the addresses that rows name into `into`. */
export function collectAddresses(chunk: TableChunk, places: readonly number[], into: Set<string>): void {
  for (const place of places) {
    const { values } = chunk.columns[place]!;
    const texts = values.form === "list" ? values.items : values;
    if (texts.form === "text") for (const address of texts.dictionary) if (address !== "") into.add(address);
  }
}
