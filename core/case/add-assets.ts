import type { DuckDBConnection } from "@duckdb/node-api";
import { KEYED_HOSTS, keyedHosts } from "./hosts.ts";

/**
 * Adds those of some addresses to `assets` that it has not.
 * @param asset Columns of `assets` for a row of `hosts` of which nothing is known but its address.
 * @returns how many were added.
 */
export async function addAssets(
  connection: DuckDBConnection,
  addresses: Iterable<string>,
  asset: string,
): Promise<number> {
  const parameters = keyedHosts(addresses);
  if (parameters === null) return 0;
  const added = await connection.run(
    `INSERT INTO assets SELECT DISTINCT ON (address) ${asset} FROM (${KEYED_HOSTS})
     WHERE key IS NOT NULL AND address NOT IN (SELECT address FROM assets)`,
    parameters,
  );
  return added.rowsChanged;
}
