import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import { StatementType } from "@duckdb/node-api";
import { BacktrailError } from "../contracts/result.ts";
import { quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableFilter } from "./filter/compile.ts";
import { compileFilter } from "./filter/compile.ts";
import type { FilterTimes } from "./filter/values.ts";
import type { QueryValue } from "./result-values.ts";
import { queryValue } from "./result-values.ts";
import type { RecordStore } from "./store.ts";
import { bindUsed } from "./bind-used.ts";

/** Rows of a query, a batch at a time. */
export interface QueryRows {
  /** Table that a filter's rows are of; null for SQL. */
  readonly table: string | null;
  readonly columns: readonly string[];
  /** DuckDB types of the columns. */
  readonly types: readonly string[];
  /** The next rows, null after the last. @throws BacktrailError `query` */
  next(): Promise<QueryValue[][] | null>;
  /** Ends it early, or after the last row. */
  close(): void;
}

/** First words that make a query SQL and no filter. */
const SQL_WORDS =
  /^(?:\s|--.*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:\(\s*)?(select|with|values|explain|describe|show|summarize|from|table|pivot|unpivot)\b/i;

/** Statements that change something or reach outside, named when they are refused. */
const REFUSED =
  /^\s*(insert|update|delete|merge|create|drop|alter|copy|attach|detach|install|load|export|import|pragma|set|reset|call|checkpoint|vacuum|truncate|begin|commit|rollback|use)\b/i;

/**
 * Functions that a SELECT may call and that are no reading: they switch the database's log or profile (into files even), read memory at an
 * address, write the database's file, or run text in which the others could hide. A comment after the name counts as a call too.
 */
const REFUSED_FUNCTIONS =
  /(?<!\w)(\w+_(?:logging|profiling|peg_parser)|write_log|truncate_duckdb_logs|arrow_scan\w*|seq_scan|(?:force_)?checkpoint|json_execute_serialized_sql|query|query_table)"?[\s\u200b-\u200f\u2060]*(?:\(|\/\*|--)/i;

/** True if the text is (meant to be) SQL rather than a filter. */
export function isSql(text: string, types: readonly RecordType[], times: FilterTimes): boolean {
  const word = SQL_WORDS.exec(text)?.[1]?.toLowerCase();
  if (word === undefined) return REFUSED.test(text) && !compileFilter(text, types, times).ok;
  // A filter may begin with a field called "from" or "table".
  return (word !== "from" && word !== "table") || !compileFilter(text, types, times).ok;
}

/**
 * Runs SQL that a person typed: one statement that only reads, over the records and nothing else.
 * @param limitMs It is stopped after so long.
 * @throws BacktrailError `query` with the database's reason.
 */
export async function openSql(store: RecordStore, sql: string, limitMs?: number): Promise<QueryRows> {
  return open(store, sql, {}, null, true, limitMs);
}

/**
 * Rows of each table that a filter fits, table by table, in time order.
 * @throws BacktrailError `filter` with position, reason and what to write instead.
 */
export async function* openFilter(
  store: RecordStore,
  text: string,
  types: readonly RecordType[],
  times: FilterTimes,
): AsyncGenerator<QueryRows, void> {
  for (const filter of filterOrThrow(text, types, times)) {
    const type = types.find(({ name }) => name === filter.table)!;
    const columns = [...allColumns(type).map(([name]) => `r.${quoteIdentifier(name)}`), "r.rid"];
    const sql = `SELECT ${columns.join(", ")} FROM ${quoteIdentifier(filter.table)} AS r WHERE ${filter.where} ORDER BY r.ts, r.uid, r.n`;
    yield await open(store, sql, filter.parameters, filter.table, false);
  }
}

/** A record as evidence: which it is and where it lies. */
export interface RecordPlace {
  readonly rid: string;
  readonly table: string;
  readonly uid: string;
  readonly ts: bigint;
  readonly capture: number;
  readonly frame: number;
  readonly lastCapture: number;
  readonly lastFrame: number;
}

/** Places of the records that a filter fits, at most `limit`. */
export async function placesOfFilter(
  store: RecordStore,
  text: string,
  types: readonly RecordType[],
  times: FilterTimes,
  limit = 1_000_000,
): Promise<RecordPlace[]> {
  const places: RecordPlace[] = [];
  for (const filter of filterOrThrow(text, types, times)) {
    const from = `${quoteIdentifier(filter.table)} AS r WHERE ${filter.where} ORDER BY r.ts, r.uid, r.n LIMIT ${limit - places.length}`;
    for (const place of await placesIn(store, filter.table, from, filter.parameters)) places.push(place);
    if (places.length >= limit) break;
  }
  return places;
}

/** True for a record `r` of the ids in the parameter `rids`, JSON. */
export const IS_OF_RIDS = "r.rid IN (SELECT unnest(CAST($rids::JSON AS VARCHAR[])))";

/** Places of records by their ids (`rid`), in the order of the ids; unknown ids are left out. */
export async function placesOfRecords(
  store: RecordStore,
  rids: readonly string[],
  types: readonly RecordType[] = store.types,
): Promise<RecordPlace[]> {
  if (rids.length === 0) return [];
  const found = new Map<string, RecordPlace>();
  const filled = await store.filledTables();
  let wanted = [...new Set(rids)];
  for (const { name } of types) {
    if (!filled.has(name)) continue;
    wanted = wanted.filter((rid) => !found.has(rid));
    if (wanted.length === 0) break;
    // `uid` is stored and so narrows the scan; `rid` is computed.
    const parameters = { rids: JSON.stringify(wanted), uids: JSON.stringify([...new Set(wanted.map(uidOfRid))]) };
    const where = `r.uid IN (SELECT unnest(CAST($uids::JSON AS VARCHAR[]))) AND ${IS_OF_RIDS}`;
    for (const place of await placesIn(store, name, `${quoteIdentifier(name)} AS r WHERE ${where}`, parameters))
      found.set(place.rid, place);
  }
  return rids.map((rid) => found.get(rid)).filter((place) => place !== undefined);
}

/** Records looked up at once. */
const RECORDS_AT_ONCE = 20_000;

/** The same for any number of ids, a part of them at a time. */
export async function* placesOfMany(store: RecordStore, rids: readonly string[]): AsyncGenerator<RecordPlace> {
  for (let from = 0; from < rids.length; from += RECORDS_AT_ONCE)
    yield* await placesOfRecords(store, rids.slice(from, from + RECORDS_AT_ONCE));
}

function uidOfRid(rid: string): string {
  const dot = rid.lastIndexOf(".");
  return dot < 0 ? rid : rid.slice(0, dot);
}

/** @param from What is read, as `r`, and which of it. */
export async function placesIn(
  store: Pick<RecordStore, "rows">,
  table: string,
  from: string,
  parameters: Record<string, string>,
): Promise<RecordPlace[]> {
  const rows = await store.rows(
    `SELECT r.rid, r.uid, r.ts, r.capture, r.frame, r.last_capture, r.last_frame FROM ${from}`,
    parameters,
  );
  return rows.map((row) => ({
    rid: row["rid"] as string,
    table,
    uid: row["uid"] as string,
    ts: row["ts"] as bigint,
    capture: row["capture"] as number,
    frame: row["frame"] as number,
    lastCapture: row["last_capture"] as number,
    lastFrame: row["last_frame"] as number,
  }));
}

/** @throws BacktrailError `filter` */
function filterOrThrow(text: string, types: readonly RecordType[], times: FilterTimes): readonly TableFilter[] {
  const compiled = compileFilter(text, types, times);
  if (!compiled.ok) throw new BacktrailError("filter", compiled.error.message);
  return compiled.value;
}

async function open(
  store: RecordStore,
  sql: string,
  parameters: Readonly<Record<string, string>>,
  table: string | null,
  isTyped: boolean,
  limitMs?: number,
): Promise<QueryRows> {
  const connection = await store.connect();
  const limit = new TimeLimit(connection, limitMs);
  try {
    if (isTyped) await checkTyped(connection, sql);
    await connection.run("BEGIN TRANSACTION READ ONLY");
    const statement = await connection.prepare(sql);
    try {
      bindUsed(statement, parameters);
      return new OpenQuery(connection, await statement.stream(), table, limit);
    } finally {
      statement.destroySync();
    }
  } catch (error) {
    limit.end();
    connection.closeSync();
    throw limit.problem ?? queryProblem(error);
  }
}

/** Stops what a connection does when its time is over. */
class TimeLimit {
  /** What to say once it was stopped; null before. */
  problem: BacktrailError | null = null;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(connection: DuckDBConnection, ms: number | undefined) {
    if (ms === undefined) return;
    this.#timer = setTimeout(() => {
      const message = `The query ran longer than ${ms / 1000} seconds and was stopped: narrow it, or run it with backtrail query.`;
      this.problem = new BacktrailError("query", message);
      connection.interrupt();
    }, ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Refuses what is not one reading statement. The database's settings keep even such a statement inside the case. */
async function checkTyped(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw new BacktrailError(
      "query",
      statements.count === 0
        ? "The query is empty: write for example SELECT * FROM conn LIMIT 10."
        : "Only one statement at a time can be run.",
    );
  }
  const inner = /^\s*explain\s+(?:analyze\s+)?/i.exec(sql);
  if (inner !== null) return checkTyped(connection, sql.slice(inner[0].length));
  if (REFUSED.test(sql)) throw new BacktrailError("query", READ_ONLY);
  const called = REFUSED_FUNCTIONS.exec(sql)?.[1];
  if (called !== undefined)
    throw new BacktrailError("query", `A query only reads the records: it may not call ${called}.`);
  const prepared = await statements.prepare(0);
  const type = prepared.statementType;
  prepared.destroySync();
  if (type !== StatementType.SELECT) throw new BacktrailError("query", READ_ONLY);
}

const READ_ONLY = "A query only reads: begin it with SELECT, WITH, FROM, DESCRIBE or EXPLAIN.";

class OpenQuery implements QueryRows {
  readonly table: string | null;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly #connection: DuckDBConnection;
  readonly #result: DuckDBResult;
  readonly #limit: TimeLimit;
  #isOpen = true;

  constructor(connection: DuckDBConnection, result: DuckDBResult, table: string | null, limit: TimeLimit) {
    this.#connection = connection;
    this.#result = result;
    this.#limit = limit;
    this.table = table;
    this.columns = result.deduplicatedColumnNames();
    this.types = result.columnTypes().map(String);
  }

  async next(): Promise<QueryValue[][] | null> {
    if (!this.#isOpen) return null;
    try {
      const chunk = await this.#result.fetchChunk();
      if (chunk !== null && chunk.rowCount > 0) return chunk.getRows().map((row) => row.map(queryValue));
    } catch (error) {
      this.close();
      throw this.#limit.problem ?? queryProblem(error);
    }
    // Rows end without an error where the query was broken off.
    const { problem } = this.#limit;
    this.close();
    if (problem !== null) throw problem;
    return null;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#limit.end();
    this.#connection.interrupt();
    this.#connection.closeSync();
  }
}

function queryProblem(error: unknown): unknown {
  if (error instanceof BacktrailError || !(error instanceof Error)) return error;
  const message = error.message.replace(/^Failed to extract statements: /, "").trim();
  if (/file system operations are disabled|external extensions is disabled/i.test(message)) {
    return new BacktrailError("query", "A query reads the case's records only, no files and no network.", {
      cause: error,
    });
  }
  // Only what is wrong, as one line: DuckDB goes on with a drawing of the place.
  const reason = message.split("\n\nLINE ", 1)[0]!.replaceAll(/(?<!\s)\s*\n\s*/g, " ");
  return new BacktrailError("query", `The database refused the query: ${reason}`, { cause: error });
}
