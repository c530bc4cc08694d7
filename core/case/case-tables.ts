import type { RecordType } from "../records/record-type.ts";
import { createTableSql, quoteLiteral } from "../records/duckdb-schema.ts";

/** Version of the tables beside the records. */
export const TABLES_FORMAT = 1;

/**
 * Tables of `records.duckdb` beside the record tables.
 *
 * `ingests` has one row a run of analysis; while `state` is "running" its records are not yet part of the case.
 * `hosts` has every address of the records with its `key`: 32 hex digits of the IPv6 form (IPv4 as ::ffff:a.b.c.d), so that
 * an address range is a range of text. `findings`, `assets`, `asset_roles`, `networks`, `job_windows` and `incidents` say
 * what the objects of `core/contracts` say; `object` has the whole object as JSON where the columns do not. `transfers`, `jobs` and
 * `job_runs` are what the machines of the estate moved and how regularly, `learning` from what detections learn what is usual;
 * `change_windows`, `drill_plans` and `site_products` are of the scope, `coverage_gaps` are spans that were not captured; `manifests` are lists of what backups should be, and reports of tools that check
 * them, as the investigator gave them, with the files that they list in `manifest_entries`; `core/detections/detection.ts` says what their columns mean.
 */
const CASE_TABLES = [
  `CREATE TABLE ingests (id UINTEGER, state VARCHAR, captures UINTEGER[], started VARCHAR, finished VARCHAR, tool_version VARCHAR, rows UBIGINT)`,
  `CREATE TABLE record_types (name VARCHAR, version UINTEGER)`,
  `CREATE TABLE hosts (address VARCHAR, key VARCHAR)`,
  `CREATE TABLE assets (address VARCHAR, name VARCHAR, in_estate BOOLEAN, internal BOOLEAN)`,
  `CREATE TABLE asset_roles (address VARCHAR, role VARCHAR, confidence DOUBLE, source VARCHAR, reasons VARCHAR[])`,
  `CREATE TABLE networks (cidr VARCHAR, name VARCHAR)`,
  `CREATE TABLE job_windows (name VARCHAR, days UTINYINT[], start_minute USMALLINT, end_minute USMALLINT, zone VARCHAR, source VARCHAR)`,
  `CREATE TABLE change_windows (name VARCHAR, days UTINYINT[], start_minute USMALLINT, end_minute USMALLINT, zone VARCHAR)`,
  `CREATE TABLE drill_plans (plan VARCHAR, every_days USMALLINT, addresses VARCHAR[], planned STRUCT("from" TIMESTAMP_NS, "to" TIMESTAMP_NS)[])`,
  `CREATE TABLE site_products (product VARCHAR)`,
  `CREATE TABLE coverage_gaps (ts TIMESTAMP_NS, ts_last TIMESTAMP_NS)`,
  `CREATE TABLE learning (source VARCHAR, ts_first TIMESTAMP_NS, ts_until TIMESTAMP_NS, words VARCHAR)`,
  `CREATE TABLE transfers (id UINTEGER, ts TIMESTAMP_NS, ts_last TIMESTAMP_NS, client VARCHAR, server VARCHAR, port USMALLINT, protocol VARCHAR, sender VARCHAR, receiver VARCHAR, octets UBIGINT, returned_octets UBIGINT, missed_octets UBIGINT, connections UBIGINT, way VARCHAR, job UINTEGER, night DATE, in_window BOOLEAN, records VARCHAR[])`,
  `CREATE TABLE jobs (job UINTEGER, name VARCHAR, way VARCHAR, receiver VARCHAR, senders VARCHAR[], zone VARCHAR, start_minute USMALLINT, window_start USMALLINT, window_end USMALLINT, days UTINYINT[], all_day BOOLEAN, runs UBIGINT, regularity DOUBLE, ts TIMESTAMP_NS, ts_last TIMESTAMP_NS, seconds DOUBLE, octets DOUBLE, spread DOUBLE)`,
  `CREATE TABLE job_runs (job UINTEGER, night DATE, ts TIMESTAMP_NS, ts_last TIMESTAMP_NS, octets UBIGINT, returned_octets UBIGINT, missed_octets UBIGINT, connections UBIGINT, senders VARCHAR[], type VARCHAR, records VARCHAR[])`,
  `CREATE TABLE findings (id VARCHAR, detection VARCHAR, title VARCHAR, phase VARCHAR, attack VARCHAR[], severity VARCHAR, confidence DOUBLE, basis VARCHAR, outcome VARCHAR, ts TIMESTAMP_NS, ts_last TIMESTAMP_NS, source VARCHAR, target VARCHAR, "user" VARCHAR, object VARCHAR, count UBIGINT, explanation VARCHAR, records VARCHAR[], record_count UBIGINT, whole JSON)`,
  `CREATE TABLE incidents (id VARCHAR, verdict VARCHAR, confidence DOUBLE, ts TIMESTAMP_NS, ts_last TIMESTAMP_NS, whole JSON)`,
  `CREATE TABLE manifests (id UINTEGER, path VARCHAR, format VARCHAR, tool VARCHAR, version VARCHAR, host VARCHAR, generated TIMESTAMP_NS, dated_by VARCHAR, sha256 VARCHAR, octets UBIGINT, entries UBIGINT, passed_over UBIGINT, good BOOLEAN, errors UBIGINT, words VARCHAR)`,
  `CREATE TABLE manifest_entries (manifest UINTEGER, line UINTEGER, path VARCHAR, original VARCHAR, size UBIGINT, mtime TIMESTAMP_NS, md5 VARCHAR, sha1 VARCHAR, sha256 VARCHAR, other VARCHAR, change VARCHAR)`,
  `CREATE TABLE documents (name VARCHAR, whole JSON)`,
];

/** Statements that add the tables beside the records that a case of an older version lacks. */
export const ADD_MISSING_TABLES = CASE_TABLES.map((sql) => sql.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"));

/** Statements that make an empty `records.duckdb`. */
export function createAllSql(types: readonly RecordType[]): string[] {
  return [...CASE_TABLES, `INSERT INTO record_types VALUES ('', ${TABLES_FORMAT})`, ...types.flatMap(addTypeSql)];
}

/** Statements that add one record type's table. */
export function addTypeSql(type: RecordType): string[] {
  return [createTableSql(type), `INSERT INTO record_types VALUES (${quoteLiteral(type.name)}, ${type.version})`];
}
