import { BacktrailError } from "../contracts/result.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { VISITS } from "./contacts.ts";
import { ESTATE, FAILED_STATES } from "./sql.ts";

/** A slice of more rows is none: it is then asked for anew each time, from the whole table. */
const ROWS_KEPT = 2_000_000;

/** Columns of `conn` that a slice has, beside `rid`. */
const COLUMNS = `ts, uid, n, "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", proto, service, duration, orig_bytes, resp_bytes, conn_state, history, orig_pkts, resp_pkts, missed_bytes`;

/** Machines of the estate, those with a role that makes them part of it, and what runs and manages virtual machines. */
const NEAR_ESTATE = `(SELECT address FROM ${ESTATE} UNION SELECT address FROM asset_roles
  WHERE role IN ('backup-server', 'proxy', 'repository', 'object-store', 'tape', 'config-database', 'hypervisor', 'vcenter') AND confidence >= 0.6)`;

/**
 * What many detections ask for, made once for a run of all of them. A later one may use those before it.
 *
 * - `estate_conn`: connections of which one end is a machine of the estate, a hypervisor or what manages them,
 * - `failed_conn`: connections of TCP that were refused or not answered, or carried nothing,
 * - `ssh_conn`: connections of SSH,
 * - `service_visits`: the hosts that were reached by the name of a known service (contacts.ts), `visit_conn` the connections to them.
 */
const SLICES: readonly { readonly name: string; readonly from: string; readonly columns: string }[] = [
  {
    name: "estate_conn",
    columns: COLUMNS,
    from: `conn WHERE "id.orig_h" IN ${NEAR_ESTATE} OR "id.resp_h" IN ${NEAR_ESTATE}`,
  },
  {
    name: "failed_conn",
    columns: COLUMNS,
    from: `conn WHERE proto = 'tcp' AND (conn_state IN (${FAILED_STATES}) OR coalesce(orig_bytes, 0) = 0 AND coalesce(resp_bytes, 0) = 0)`,
  },
  { name: "ssh_conn", columns: COLUMNS, from: "conn WHERE uid IN (SELECT uid FROM ssh)" },
  { name: "service_visits", columns: "*", from: `(${VISITS})` },
  {
    name: "visit_conn",
    columns: COLUMNS,
    from: `conn WHERE uid IN (SELECT uid FROM service_visits WHERE seen <> 'DNS')`,
  },
];

/** Makes those slices that the queries name; `dropSlices` takes them away. Records and roles must not change in between. */
export async function makeSlices(database: RecordDatabase, queries: readonly string[]): Promise<void> {
  await dropSlices(database);
  const isNamed = (name: string): boolean => queries.some((query) => query.includes(name));
  for (const { name, columns, from } of SLICES) {
    if (!isNamed(name) && !(name === "service_visits" && isNamed("visit_conn"))) continue;
    const query = `SELECT ${columns} FROM ${from}`;
    const isKept = await keepRows(database, name, query);
    const rid = columns === COLUMNS ? ", uid || '.' || n AS rid" : "";
    await everywhere(
      database,
      `CREATE TEMP VIEW ${name} AS SELECT *${rid} FROM ${isKept ? `${name}_rows` : `(${query})`}`,
    );
  }
}

/** False where there are too many rows to keep, or the database's memory does not suffice for them. */
async function keepRows(database: RecordDatabase, name: string, query: string): Promise<boolean> {
  try {
    await everywhere(database, `CREATE TEMP TABLE ${name}_rows AS ${query} LIMIT ${ROWS_KEPT + 1}`);
    const [row] = await database.rows(`SELECT count(*) AS n FROM ${name}_rows`);
    if (Number(row?.["n"] ?? 0) <= ROWS_KEPT) return true;
  } catch (error) {
    if (!(error instanceof BacktrailError) || error.code !== "out-of-memory") throw error;
  }
  await everywhere(database, `DROP TABLE IF EXISTS temp.${name}_rows`);
  return false;
}

export async function dropSlices(database: RecordDatabase): Promise<void> {
  for (const { name } of SLICES) {
    await everywhere(database, `DROP VIEW IF EXISTS temp.${name}`);
    await everywhere(database, `DROP TABLE IF EXISTS temp.${name}_rows`);
  }
}

async function everywhere(database: RecordDatabase, sql: string): Promise<void> {
  if (database.everywhere === undefined) await database.rows(sql);
  else await database.everywhere(sql);
}
