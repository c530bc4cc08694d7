import { quoteIdentifier, quoteLiteral } from "../core/records/duckdb-schema.ts";
import type { ColumnKind, RecordType } from "../core/records/record-type.ts";
import { allColumns } from "../core/records/record-type.ts";

/** Where copies of records are: in the same connections, each round of copies in its own, or in the same and with names of their own. */
export type CrowdPlace = "same" | "own" | "named";

/** Time from one round of copies to the next: 4,000 lie within half a second. */
const STEP_NS = 100_000;

/** By how much `n` and `frame` of a round are higher than those of the one before. */
interface Rounds {
  readonly n: number;
  readonly frame: number;
}

/** Columns beside `uid` that name a connection. */
const NAMES_OF_CONNECTIONS = ["data_uid"];

/** Columns of what a client may name as it likes. */
const NAMES = [
  "name",
  "target_name",
  "object",
  "key",
  "command",
  "uri",
  "query",
  "user",
  "username",
  "cookie",
  "client",
];

/**
 * Statements after which each row of some record tables is there `copies` times, between the same hosts, with an id of its own.
 */
export function crowdSql(types: readonly RecordType[], copies: number, place: CrowdPlace, rounds: Rounds): string[] {
  return (
    types
      // A connection has one record of its own.
      .filter(({ name }) => place === "own" || name !== "conn")
      .map((type) => {
        const columns = allColumns(type);
        const names = columns.map(([name]) => name);
        const values = columns.map(([name, { kind }]) => copyOf(name, kind, place, rounds));
        const table = quoteIdentifier(type.name);
        return `INSERT INTO ${table} (${names.map(quoteIdentifier).join(", ")}) SELECT ${values.join(", ")} FROM ${table}, range(1, ${copies}) AS round(i)`;
      })
  );
}

/** The same for transfers, each over a port of its own. Jobs and their runs stay as they are: of these there is one a night and part of the day. */
export function crowdTransfersSql(copies: number): string {
  return `INSERT INTO transfers SELECT transfers.* REPLACE (id + i * (SELECT max(id) + 1 FROM transfers) AS id, make_timestamp_ns(epoch_ns(ts) + i * ${STEP_NS}) AS ts,
    make_timestamp_ns(epoch_ns(ts_last) + i * ${STEP_NS}) AS ts_last, CAST((port + i) % 65536 AS USMALLINT) AS port) FROM transfers, range(1, ${copies}) AS round(i)`;
}

/** The value of a column in round `i`; a number in a name stands before its suffix. */
function copyOf(name: string, kind: ColumnKind, place: CrowdPlace, { n, frame }: Rounds): string {
  const column = quoteIdentifier(name);
  if (name === "ts") return `make_timestamp_ns(epoch_ns(ts) + i * ${STEP_NS})`;
  if (name === "frame" || name === "last_frame") return `${column} + i * ${frame}`;
  if (name === "n" && place !== "own") return `n + i * ${n}`;
  if (place === "named" && kind === "string" && NAMES.includes(name))
    return `regexp_replace(${column}, '(\\$|\\.[A-Za-z0-9]+)?$', i || '\\1')`;
  if (place === "own" && (name === "uid" || NAMES_OF_CONNECTIONS.includes(name))) return `${column} || 'x' || i`;
  return column;
}

/** Query for what `crowdSql` needs to know of the tables: `n` and `frame` for `rounds`, `rows` of the largest. */
export function roundsSql(types: readonly RecordType[]): string {
  const each = types.map(
    ({ name }) =>
      `SELECT ${quoteLiteral(name)} AS name, count(*) AS nr, max(n) AS n, max(greatest(frame, last_frame)) AS frame FROM ${quoteIdentifier(name)}`,
  );
  return `SELECT CAST(coalesce(max(n), 0) + 1 AS INTEGER) AS n, CAST(coalesce(max(frame), 0) + 1 AS INTEGER) AS frame, CAST(max(nr) AS INTEGER) AS rows FROM (${each.join(" UNION ALL ")})`;
}

/** Record types whose tables a query names. */
export function namedTypes(query: string, types: readonly RecordType[]): RecordType[] {
  return types.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(query));
}
