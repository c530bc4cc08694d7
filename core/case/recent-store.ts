import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { createTableSql, quoteIdentifier, quoteLiteral } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { createAllSql } from "./case-tables.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import { guarded } from "./database-problem.ts";
import { OpenRows } from "./open-rows.ts";
import type { QueryRow } from "./result-values.ts";
import { queryValue } from "./result-values.ts";
import type { TypedRows } from "./store-sql.ts";
import { appendRows } from "./store-sql.ts";

/** What a problem of it is said to be of. */
const NAME = "the latest records";
const MEMORY_OCTETS = 384e6;
/** Memory of the tables above which the oldest rows are forgotten: the rest is for queries. */
const TABLES_OCTETS = 96e6;
/** Statements that stay prepared: beyond it they are all prepared anew. */
const MOST_STATEMENTS = 1500;
/**
 * Parts of the optimizer that look at what the tables hold when a statement is prepared. A statement that stays prepared while rows come
 * and go would be answered wrongly with them.
 */
const BOUND_TO_CONTENTS = "statistics_propagation,compressed_materialization";
const CONN = "conn";
const CONN_ENDED = "conn_ended";

/**
 * The latest records of a recording, in memory, and the connections that are open. It has the tables of a case, so that any detection
 * can be asked over it, in a time that does not grow with the case.
 */
export class RecentStore {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appenders: ReadonlyMap<string, Narrowed>;
  readonly #open: OpenRows;
  readonly #statements = new Map<string, DuckDBPreparedStatement>();
  /** Rows by table that came since the last turn. */
  readonly #waiting = new Map<string, number>();
  /** Number of the turn, which each row keeps in the column of its run: rows are forgotten by when they came. */
  #turn = 1;
  #forgotten = 0;
  readonly #filled = new Set<string>();
  /** Rows are kept for so many turns, as memory allows. */
  turnsKept = 1;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appenders: ReadonlyMap<string, Narrowed>,
    open: OpenRows,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#appenders = appenders;
    this.#open = open;
  }

  /** @param wanted Tables whose rows are wanted, with the columns that are: each takes memory of its own, however few the rows. */
  static async make(
    types: readonly RecordType[],
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
  ): Promise<RecentStore> {
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: `${MEMORY_OCTETS}B`,
      threads: "1",
      disabled_optimizers: BOUND_TO_CONTENTS,
    });
    const connection = await instance.connect();
    // It would else write beside whatever folder the program runs in.
    await connection.run("SET temp_directory = ''");
    await connection.run("SET enable_external_access = false");
    for (const sql of createAllSql([])) await connection.run(sql);
    const adding = await instance.connect();
    const appenders = new Map<string, Narrowed>();
    for (const type of types) {
      const narrow = narrowed(type, wanted.get(type.name) ?? new Set());
      const table = { ...narrow.type, name: type.name === CONN ? CONN_ENDED : type.name };
      await connection.run(createTableSql(table));
      if (wanted.has(type.name))
        appenders.set(type.name, { ...narrow, appender: await ChunkAppender.open(adding, table) });
    }
    const conn = appenders.get(CONN)!;
    const open = await OpenRows.make(connection, conn.type);
    await connection.run(
      `CREATE TEMP VIEW ${CONN} AS SELECT * FROM ${CONN_ENDED} UNION ALL SELECT * FROM ${OpenRows.SOURCE}`,
    );
    return new RecentStore(instance, connection, appenders, open);
  }

  /** Adds rows of records; they can be asked for after the next turn. */
  append(chunk: TableChunk): void {
    const target = this.#appenders.get(chunk.table);
    if (target === undefined) return;
    target.appender.append(columnsOf(chunk, target.places), this.#turn);
    this.#waiting.set(chunk.table, (this.#waiting.get(chunk.table) ?? 0) + chunk.rows);
  }

  /** Adds rows of `conn` of connections that are open, as they stand. */
  appendOpen(chunk: TableChunk): void {
    this.#open.append(columnsOf(chunk, this.#appenders.get(CONN)!.places));
    this.#waiting.set(CONN, (this.#waiting.get(CONN) ?? 0) + chunk.rows);
  }

  /**
   * Makes what came visible, and forgets the oldest.
   * @param ended uids of connections that ended since the last turn.
   * @param most Rows are kept for so many turns at most.
   * @returns tables to which rows came.
   */
  async turn(ended: readonly string[], most: number): Promise<ReadonlySet<string>> {
    const changed = new Set(this.#waiting.keys());
    this.#waiting.clear();
    await guarded(NAME, async () => {
      for (const table of changed) {
        this.#appenders.get(table)?.appender.flush();
        this.#filled.add(table);
      }
      await this.#open.turn(ended);
      this.turnsKept = Math.min(most, this.turnsKept + 1);
      if (this.#turn % TURNS_PER_CLEANING === 0) await this.#forget();
    });
    this.#turn++;
    return changed;
  }

  /** Runs a statement; it stays prepared, with its parameters in it. */
  rows(sql: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<QueryRow[]> {
    return guarded(NAME, async () => {
      const reader = await (await this.#prepared(withLiterals(sql, parameters))).runAndReadAll();
      const names = reader.deduplicatedColumnNames();
      return reader.getRows().map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, queryValue(value)])));
    });
  }

  /** Runs statements that are not run again. */
  async change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void> {
    for (const { sql, parameters } of statements) await this.#connection.run(sql, parameters);
  }

  /** Replaces all rows of a table. */
  async replace(table: string, { types, rows }: TypedRows): Promise<void> {
    await this.#connection.run(`DELETE FROM ${quoteIdentifier(table)}`);
    await appendRows(this.#connection, table, types, rows);
  }

  close(): void {
    for (const { appender } of this.#appenders.values()) appender.close();
    for (const statement of this.#statements.values()) statement.destroySync();
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #prepared(sql: string): Promise<DuckDBPreparedStatement> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MOST_STATEMENTS) {
      for (const statement of this.#statements.values()) statement.destroySync();
      this.#statements.clear();
    }
    const statement = await this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Deletes the oldest rows, and gives their memory back. */
  async #forget(): Promise<void> {
    const [used] = await this.rows(
      "SELECT sum(memory_usage_bytes) AS octets FROM duckdb_memory() WHERE tag IN ('BASE_TABLE', 'IN_MEMORY_TABLE')",
    );
    if (Number(used?.["octets"] ?? 0) > TABLES_OCTETS) this.turnsKept = Math.ceil(this.turnsKept * 0.75);
    const before = this.#turn - this.turnsKept;
    if (before > this.#forgotten) {
      this.#forgotten = before;
      for (const table of this.#filled) {
        const name = quoteIdentifier(table === CONN ? CONN_ENDED : table);
        await this.#connection.run(`DELETE FROM ${name} WHERE ingest < ${before}`);
      }
    }
    await this.#connection.run("CHECKPOINT");
  }
}

const TURNS_PER_CLEANING = 8;

/** A record type with some of its columns only. */
interface Narrow {
  readonly type: RecordType;
  /** Places of its columns among those of the whole type. */
  readonly places: readonly number[];
}

interface Narrowed extends Narrow {
  readonly appender: ChunkAppender;
}

function narrowed(type: RecordType, wanted: ReadonlySet<string>): Narrow {
  const columns = Object.fromEntries(
    Object.entries(type.columns).filter(([name], place) => wanted.has(name) || (type.layout === "file" && place === 0)),
  );
  const narrow = { ...type, columns };
  const kept = new Set(allColumns(narrow).map(([name]) => name));
  return { type: narrow, places: allColumns(type).flatMap(([name], place) => (kept.has(name) ? [place] : [])) };
}

function columnsOf(chunk: TableChunk, places: readonly number[]): TableChunk {
  return { ...chunk, columns: places.map((place) => chunk.columns[place]!) };
}

/** A statement with the values of its parameters put in. */
function withLiterals(sql: string, parameters: Readonly<Record<string, string | number>>): string {
  return sql.replaceAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g, (text, name: string) => {
    const value = parameters[name];
    if (value === undefined) return text;
    return typeof value === "number" ? String(value) : quoteLiteral(value);
  });
}
