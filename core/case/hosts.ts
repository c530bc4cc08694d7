import type { DuckDBConnection } from "@duckdb/node-api";
import { quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
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
  const found = await connection.run(
    `SELECT DISTINCT address FROM (${sources.join(" UNION ALL ")}) WHERE address IS NOT NULL AND address NOT IN (SELECT address FROM hosts) ORDER BY address`,
  );
  const appender = await connection.createAppender("hosts");
  for (;;) {
    const chunk = await found.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const value of chunk.getColumnValues(0)) {
      const address = value as string;
      appender.appendVarchar(address);
      const key = addressKey(address);
      if (key === null) appender.appendNull();
      else appender.appendVarchar(key);
      appender.endRow();
    }
  }
  appender.closeSync();
}
