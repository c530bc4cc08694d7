import type { Finding, Phase } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import { isProblem } from "../contracts/result.ts";
import type { ChangingDatabase, RecordDatabase } from "../records/record-database.ts";
import { VISITS } from "./contacts.ts";
import { ESTATE, FAILED_STATES } from "./sql.ts";

/** A slice of more rows is none: it is then asked for anew each time, from the whole table. */
const ROWS_KEPT = 2_000_000;

/** Columns of `conn` that a slice has, beside `rid`. */
const COLUMNS = `ts, uid, n, "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", proto, service, duration, orig_bytes, resp_bytes, conn_state, history, orig_pkts, resp_pkts, missed_bytes`;

/** Machines of the estate, those with a role that makes them part of it, and what runs and manages virtual machines. */
const NEAR_ESTATE = `(SELECT address FROM ${ESTATE} UNION SELECT address FROM asset_roles
  WHERE role IN ('backup-server', 'proxy', 'repository', 'object-store', 'tape', 'config-database', 'hypervisor', 'vcenter') AND confidence >= 0.6)`;

/** Name under which a query finds what other detections found; such a detection runs behind them. */
const HOSTILE_ACTS = "hostile_acts";

/** True for a detection that judges by what others found. */
export function readsActs({ query }: { readonly query: string }): boolean {
  return query.includes(HOSTILE_ACTS);
}

interface Slice {
  readonly name: string;
  readonly query: string;
  /** True if `rid` is left out, to be made of `uid` and `n` when read. */
  readonly isConn: boolean;
}

/**
 * What many detections ask for, made once for a run of all of them. A later one may use those before it.
 *
 * - `estate_conn`: connections of which one end is a machine of the estate, a hypervisor or what manages them,
 * - `failed_conn`: connections of TCP that were refused or not answered, or carried nothing,
 * - `ssh_conn`: connections of SSH,
 * - `hostile_acts`: what other detections found, of severity medium and more, signs of remote control of low too (`tellActs` fills it),
 * - `service_visits`: the hosts that were reached by the name of a known service (contacts.ts), `visit_conn` the connections to them.
 */
const SLICES: readonly Slice[] = [
  ofConn("estate_conn", `"id.orig_h" IN ${NEAR_ESTATE} OR "id.resp_h" IN ${NEAR_ESTATE}`),
  ofConn(
    "failed_conn",
    `proto = 'tcp' AND (conn_state IN (${FAILED_STATES}) OR coalesce(orig_bytes, 0) = 0 AND coalesce(resp_bytes, 0) = 0)`,
  ),
  ofConn("ssh_conn", "uid IN (SELECT uid FROM ssh)"),
  { name: "service_visits", query: VISITS, isConn: false },
  ofConn("visit_conn", "uid IN (SELECT uid FROM service_visits WHERE seen <> 'DNS')"),
  {
    name: HOSTILE_ACTS,
    query: "SELECT '' AS source, '' AS target, TIMESTAMP_NS '1970-01-01 00:00:00' AS ts, false AS is_grave WHERE false",
    isConn: false,
  },
];

function ofConn(name: string, where: string): Slice {
  return { name, query: `SELECT ${COLUMNS} FROM conn WHERE ${where}`, isConn: true };
}

/** Names of the slices whose rows are kept in tables of their own. */
export type KeptSlices = ReadonlySet<string>;

/** A query with each slice that it names put in: the rows that are kept, or the query that gives them. */
export function withSlices(query: string, kept: KeptSlices = new Set()): string {
  let sql = query;
  for (const { name, query: rows, isConn } of [...SLICES].reverse()) {
    const from = kept.has(name) ? `SELECT * FROM ${tableOf(name)}` : rows;
    const source = isConn ? `(SELECT *, uid || '.' || n AS rid FROM (${from}))` : `(${from})`;
    sql = sql.replaceAll(new RegExp(`\\b${name}\\b`, "g"), () => source);
  }
  return sql;
}

/**
 * Keeps the rows of those slices that the queries name; `dropSlices` takes them away. They are tables of the case, since its queries run over
 * several connections. Records and roles must not change in between. After an error none is left.
 * @param mayGoOn Throws where the run was cancelled; asked before each.
 */
export async function makeSlices(
  database: ChangingDatabase,
  queries: readonly string[],
  mayGoOn: () => void = () => {},
): Promise<KeptSlices> {
  await dropSlices(database);
  const kept = new Set<string>();
  const isNamed = (name: string): boolean => queries.some((query) => query.includes(name));
  try {
    for (const { name, query } of SLICES) {
      if (!isNamed(name) && !(name === "service_visits" && isNamed("visit_conn"))) continue;
      mayGoOn();
      if (await keepRows(database, name, withSlices(query, kept))) kept.add(name);
    }
  } catch (error) {
    // What cannot be dropped either is dropped before the next run; the first error is the one to tell.
    await dropSlices(database).catch(() => {});
    throw error;
  }
  return kept;
}

/**
 * Tables for all slices in a database that keeps only the latest records; `fillSlices` puts their rows in before a detection asks for them. They
 * are made once, so that statements over them stay prepared.
 */
export async function makeEmptySlices(database: ChangingDatabase): Promise<KeptSlices> {
  const kept = new Set<string>();
  for (const { name, query } of SLICES) {
    await database.change([{ sql: `CREATE TEMP TABLE ${tableOf(name)} AS ${withSlices(query, kept)} LIMIT 0` }]);
    kept.add(name);
  }
  return kept;
}

/** Names of the slices that a query rests on. */
export function slicesOf(query: string): KeptSlices {
  const named = new Set<string>();
  const sources: string[] = [];
  for (const { name, query: rows } of [...SLICES].reverse())
    if ([query, ...sources].some((text) => new RegExp(`\\b${name}\\b`).test(text))) {
      named.add(name);
      sources.push(rows);
    }
  return named;
}

/** Fills some tables of `makeEmptySlices` anew. */
export async function fillSlices(database: RecordDatabase, wanted: KeptSlices, kept: KeptSlices): Promise<void> {
  for (const { name, query } of SLICES) {
    if (!wanted.has(name)) continue;
    await database.rows(`DELETE FROM ${tableOf(name)}`);
    await database.rows(`INSERT INTO ${tableOf(name)} ${withSlices(query, kept)}`);
  }
}

/** False where there are too many rows to keep, or the database's memory does not suffice for them. */
async function keepRows(database: ChangingDatabase, name: string, query: string): Promise<boolean> {
  try {
    await database.change([{ sql: `CREATE TABLE ${tableOf(name)} AS ${query} LIMIT ${ROWS_KEPT + 1}` }]);
    const [row] = await database.rows(`SELECT count(*) AS n FROM ${tableOf(name)}`);
    if (Number(row?.["n"] ?? 0) <= ROWS_KEPT) return true;
  } catch (error) {
    if (!isProblem(error, "out-of-memory")) throw error;
  }
  await database.change([{ sql: `DROP TABLE IF EXISTS ${tableOf(name)}` }]);
  return false;
}

/** Gives those detections that ask for it what others found. */
export async function tellActs(database: ChangingDatabase, findings: readonly Finding[]): Promise<void> {
  const acts = findings
    .filter(({ phase, severity }) => {
      const least = phase === "command-and-control" ? "low" : "medium";
      return !NO_ACTS.has(phase) && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
    })
    .map(({ source, target, tsFirst, severity }) => ({
      source,
      target,
      ts: tsFirst,
      grave: SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf("high"),
    }));
  await database.change([
    {
      sql: `INSERT INTO ${tableOf(HOSTILE_ACTS)} SELECT a.source, a.target, make_timestamp_ns(CAST(a.ts AS BIGINT)), a.grave FROM (
        SELECT unnest(from_json($acts, '[{"source":"VARCHAR","target":"VARCHAR","ts":"VARCHAR","grave":"BOOLEAN"}]')) AS a)`,
      parameters: { acts: JSON.stringify(acts) },
    },
  ]);
}

/** Phases whose findings are no act of an intruder, or the one that is asked for. */
const NO_ACTS: ReadonlySet<Phase> = new Set(["initial-access", "integrity", "drill"]);

export async function dropSlices(database: ChangingDatabase): Promise<void> {
  await database.change(SLICES.map(({ name }) => ({ sql: `DROP TABLE IF EXISTS ${tableOf(name)}` })));
}

function tableOf(name: string): string {
  return `kept_${name}`;
}
