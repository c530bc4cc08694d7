import type { DuckDBConnection } from "@duckdb/node-api";
import { addressKey } from "./address-key.ts";

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
  const hosts = [...addresses].map((address) => ({ address, key: addressKey(address) }));
  if (hosts.length === 0) return 0;
  const added = await connection.run(
    `INSERT INTO assets SELECT DISTINCT ON (address) ${asset} FROM (SELECT unnest(from_json($hosts, '[{"address": "VARCHAR", "key": "VARCHAR"}]'), recursive := true))
     WHERE key IS NOT NULL AND address NOT IN (SELECT address FROM assets)`,
    { hosts: JSON.stringify(hosts) },
  );
  return added.rowsChanged;
}
