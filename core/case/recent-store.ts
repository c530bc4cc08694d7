import { rmSync } from "node:fs";
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { createTableSql, quoteIdentifier, quoteLiteral, RID_COLUMN } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { addAssets } from "./add-assets.ts";
import type { Conditions, Met, MetConditions } from "./arrived-looks.ts";
import { ArrivedLooks, bothMet } from "./arrived-looks.ts";
import { createAllSql } from "./case-tables.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import { guarded } from "./database-problem.ts";
import type { EndedRows } from "./open-rows.ts";
import { OpenRows, TOLD_OPEN, toldOpen } from "./open-rows.ts";
import type { QueryRow } from "./result-values.ts";
import { queryValue } from "./result-values.ts";
import type { TypedRows } from "./store-sql.ts";
import { appendRows } from "./store-sql.ts";
import type { Scan } from "./scan-conditions.ts";
import { scansOf, withQuotedColumns } from "./scan-conditions.ts";

/** What a problem of it is said to be of. */
const NAME = "the latest records";
const MEMORY_OCTETS = 432e6;
/**
 * Memory of statements that stay prepared: each keeps what its last run worked with, a megabyte on average. Beyond the first no more stay, beyond
 * the second none. All detections over ordinary traffic take some 190 MB; to prepare a statement costs more than to run it.
 */
const STATEMENTS_OCTETS = 224e6;
const MOST_STATEMENTS_OCTETS = 272e6;
/** Their memory is looked at when so many more stay. */
const STATEMENTS_PER_LOOK = 8;
/** Name under which its own database is attached. */
const OWN = "recent";
/**
 * A column takes a block for its next row, and in memory alone a block has 256 KiB, which hundreds of columns in use cannot afford. In a file it
 * can be the smallest there is; nothing is written there as long as no checkpoint is made.
 */
const BLOCKS = "BLOCK_SIZE 16384, RECOVERY_MODE no_wal_writes";
/**
 * Parts of the optimizer that look at what the tables hold when a statement is prepared. A statement that stays prepared while rows come
 * and go would be answered wrongly with them.
 */
const BOUND_TO_CONTENTS = "statistics_propagation,compressed_materialization";
/**
 * A statement that takes the nearest rows cannot run a second time: "Attempted to dereference unique_ptr that is NULL" (DuckDB 1.5.5, where it sorts both sides,
 * which is with 64 rows and more, or always with `asof_loop_join_threshold` 0). It is prepared anew.
 */
const RUNS_ONCE = /\bASOF\b/i;

/** Records of a table that is told while connections are open, too, once they are over. */
const sourceOfEnded = (table: string): string => `${table}_ended`;
const IS_TOLD_OPEN: ReadonlySet<string> = new Set(TOLD_OPEN);

/**
 * Records and the connections that are open, in memory. It has the tables of a case, so that any detection can be asked over it. Records are
 * only added: rows that are deleted give no memory back before a checkpoint. Who wants less makes a new one.
 */
export class RecentStore {
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #tables: ReadonlyMap<string, Narrowed>;
  readonly #open: OpenRows;
  readonly #statements = new Map<string, DuckDBPreparedStatement>();
  readonly #looks: ArrivedLooks;
  /** All connections of the database. */
  readonly #connections: readonly DuckDBConnection[];
  /** Texts that were tried as conditions of a table's rows, and whether they are. */
  readonly #conditions = new Map<string, boolean>();
  /** True while statements that are prepared stay so. */
  #isKeeping = true;
  #isClosed = false;
  /** Rows that came since the last turn, and those of them that are of an act not seen before, and those that are there before these, by table. */
  readonly #waiting = new Map<string, number>();
  readonly #first = new Map<string, number[]>();
  readonly #stored = new Map<string, number>();

  private constructor(
    path: string,
    instance: DuckDBInstance,
    connections: readonly [DuckDBConnection, ...DuckDBConnection[]],
    tables: ReadonlyMap<string, Narrowed>,
    open: OpenRows,
    looks: ArrivedLooks,
  ) {
    this.#path = path;
    this.#instance = instance;
    [this.#connection] = connections;
    this.#connections = connections;
    this.#looks = looks;
    this.#tables = tables;
    this.#open = open;
  }

  /**
   * @param path File of it, which stays empty; one that is there is replaced.
   * @param wanted Tables whose rows are wanted, with the columns that are: each takes memory of its own, however few the rows.
   */
  static make(
    path: string,
    types: readonly RecordType[],
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
  ): Promise<RecentStore> {
    return guarded(NAME, async () => {
      const instance = await DuckDBInstance.create(":memory:", {
        memory_limit: `${MEMORY_OCTETS}B`,
        threads: "1",
        disabled_optimizers: BOUND_TO_CONTENTS,
      });
      const connection = await instance.connect();
      rmSync(path, { force: true });
      await connection.run(`ATTACH ${quoteLiteral(path)} AS ${OWN} (${BLOCKS})`);
      await connection.run(`USE ${OWN}`);
      await connection.run("PRAGMA disable_checkpoint_on_shutdown");
      // It would else write beside whatever folder the program runs in.
      await connection.run("SET temp_directory = ''");
      await connection.run("SET enable_external_access = false");
      for (const sql of createAllSql([])) await connection.run(sql);
      const another = async () => {
        const made = await instance.connect();
        await made.run(`USE ${OWN}`);
        return made;
      };
      const [adding, looking] = [await another(), await another()];
      const looks = await ArrivedLooks.make([connection, looking]);
      const tables = new Map<string, Narrowed>();
      for (const type of types) {
        const narrow = narrowed(type, wanted.get(type.name) ?? new Set());
        const table = { ...narrow.type, name: sourceOf(type.name) };
        await connection.run(createTableSql(table));
        if (wanted.has(type.name))
          tables.set(type.name, { ...narrow, appender: await ChunkAppender.open(adding, table) });
      }
      const open = await OpenRows.make(connection, toldOpen([...tables.values()].map(({ type }) => type)));
      for (const name of TOLD_OPEN)
        await connection.run(
          `CREATE TEMP VIEW ${name} AS SELECT * FROM ${sourceOfEnded(name)} UNION ALL SELECT * FROM ${OpenRows.sourceOf(name)}`,
        );
      return new RecentStore(path, instance, [connection, adding, looking], tables, open, looks);
    });
  }

  /** File of it. */
  get path(): string {
    return this.#path;
  }

  /**
   * Prepares the statements that stay prepared in another; nothing else may be asked of this one meanwhile.
   * @param isEnough Asked before each: the rest is prepared when it is run.
   */
  async prepareLike(other: RecentStore, isEnough: () => boolean): Promise<void> {
    await guarded(NAME, async () => {
      await this.#looks.prepareLike(other.#looks, isEnough);
      for (const text of [...other.#statements.keys()]) {
        if (isEnough()) return;
        const statement = await this.#prepare(text);
        if (this.#statements.has(text)) continue;
        statement.destroySync();
        return;
      }
    });
  }

  /** What is told while connections are open, with the columns that are wanted of it. */
  get openTypes(): readonly RecordType[] {
    return toldOpen([...this.#tables.values()].map(({ type }) => type));
  }

  /** A chunk with the columns that are wanted; null if its table is not. */
  narrowed(chunk: TableChunk): TableChunk | null {
    const table = this.#tables.get(chunk.table);
    return table === undefined ? null : { ...chunk, columns: table.places.map((place) => chunk.columns[place]!) };
  }

  /**
   * Adds rows of records; they can be asked for after the next turn.
   * @param chunk Narrowed.
   * @param first Rows of it that are of an act not seen before.
   */
  append(chunk: TableChunk, first: readonly number[] = []): void {
    this.#tables.get(chunk.table)!.appender.append(chunk, 0);
    const before = this.#waiting.get(chunk.table) ?? 0;
    this.#waiting.set(chunk.table, before + chunk.rows);
    if (first.length === 0) return;
    const places = this.#first.get(chunk.table) ?? [];
    this.#first.set(chunk.table, places);
    for (const row of first) places.push(before + row);
  }

  /** Adds records of connections that are open, as they stand. @param chunk Narrowed. */
  appendOpen(chunk: TableChunk): void {
    this.#open.append(chunk);
  }

  /**
   * Makes what came visible.
   * @param ended See `OpenRows.turn`.
   * @param asked Conditions that rows that came may meet, by table.
   * @returns those that some row met.
   */
  turn(ended: EndedRows, asked: Conditions = new Map()): Promise<MetConditions> {
    return guarded(NAME, async () => {
      const met = new Map<string, Met>();
      const look = async (table: string, source: string, isTemporary = false): Promise<void> => {
        const found = await this.#looks.met(asked.get(table) ?? [], source, isTemporary);
        met.set(table, bothMet(met.get(table), found));
      };
      const arrived = [...this.#waiting].map(([table, rows]) => {
        this.#tables.get(table)!.appender.flush();
        const from = this.#stored.get(table) ?? 0;
        this.#stored.set(table, from + rows);
        const source = quoteIdentifier(sourceOf(table));
        return { table, source, from, first: (this.#first.get(table) ?? []).map((row) => from + row) };
      });
      this.#waiting.clear();
      this.#first.clear();
      const wanted = arrived.filter(({ table }) => asked.has(table));
      if (wanted.length > 0) await this.#looks.at(wanted);
      await Promise.all(wanted.map(({ table, source }) => look(table, source)));
      await this.#open.turn(ended, (table) => look(table, OpenRows.newsOf(table), true));
      await this.#mindStatements();
      return met;
    });
  }

  /** Those of some conditions that records meet of connections that are open, by table. */
  metByOpen(asked: Conditions): Promise<MetConditions> {
    return guarded(NAME, async () => {
      const met = new Map<string, Met>();
      for (const name of TOLD_OPEN)
        met.set(name, await this.#looks.met(asked.get(name) ?? [], OpenRows.sourceOf(name), true));
      return met;
    });
  }

  /**
   * How a query reads the tables of records. Conditions are such that can be asked for; where one cannot be said in SQL, its scan
   * has the others alone.
   */
  async scans(sql: string, parameters: Readonly<Record<string, string | number>>): Promise<readonly Scan[]> {
    return guarded(NAME, async () => {
      const plan = await this.#connection.runAndReadAll(`EXPLAIN (FORMAT json) ${withLiterals(sql, parameters)}`);
      const scans: Scan[] = [];
      for (const { table: read, conditions } of scansOf(String(plan.getRows()[0]?.[1]))) {
        // Those that are open are read in the same way beside it, and have no table of that name.
        const table = TOLD_OPEN.find((name) => sourceOfEnded(name) === read) ?? read;
        const type = this.#tables.get(table)?.type;
        if (type === undefined) continue;
        const columns = new Set([...allColumns(type).map(([name]) => name), RID_COLUMN]);
        const texts = conditions.map((condition) => `(${withQuotedColumns(condition, columns)})`);
        if (await this.#isCondition(table, texts.join(" AND "))) {
          scans.push({ table, conditions: texts });
          continue;
        }
        const usable: string[] = [];
        for (const text of texts) if (await this.#isCondition(table, text)) usable.push(text);
        scans.push({ table, conditions: usable });
      }
      return scans;
    });
  }

  /** Takes records of connections that are open, with the columns of their type among `openTypes`. */
  takeOpen(table: string, rows: TypedRows): Promise<void> {
    return guarded(NAME, () => this.#open.take(table, rows));
  }

  /** Runs a statement, with its parameters in it; it stays prepared as memory allows. */
  rows(sql: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<QueryRow[]> {
    return guarded(NAME, async () => {
      const text = withLiterals(sql, parameters);
      const statement = this.#statements.get(text) ?? (await this.#prepare(text));
      try {
        const reader = await statement.runAndReadAll();
        const names = reader.deduplicatedColumnNames();
        return reader.getRows().map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, queryValue(value)])));
      } finally {
        if (!this.#statements.has(text)) statement.destroySync();
      }
    });
  }

  /** True if it is one of the rows of a table. */
  async #isCondition(table: string, text: string): Promise<boolean> {
    if (text === "") return true;
    const known = `${table} ${text}`;
    let isOne = this.#conditions.get(known);
    if (isOne === undefined) {
      const sql = `SELECT 1 FROM ${quoteIdentifier(table)} WHERE ${text}`;
      isOne = await this.#connection.prepare(sql).then(
        (statement) => (statement.destroySync(), true),
        () => false,
      );
      this.#conditions.set(known, isOne);
    }
    return isOne;
  }

  /** Prepares a statement, which stays so as memory allows. */
  async #prepare(text: string): Promise<DuckDBPreparedStatement> {
    if (this.#isKeeping && this.#statements.size % STATEMENTS_PER_LOOK === STATEMENTS_PER_LOOK - 1)
      this.#isKeeping = (await this.#statementOctets()) < STATEMENTS_OCTETS;
    const statement = await this.#connection.prepare(text);
    if (this.#isKeeping && !RUNS_ONCE.test(text)) this.#statements.set(text, statement);
    return statement;
  }

  /** Runs statements that are not run again. */
  change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void> {
    return guarded(NAME, async () => {
      for (const { sql, parameters } of statements) await this.#connection.run(sql, parameters);
    });
  }

  /** Replaces all rows of a table. */
  replace(table: string, { types, rows }: TypedRows): Promise<void> {
    return guarded(NAME, async () => {
      await this.#connection.run(`DELETE FROM ${quoteIdentifier(table)}`);
      await appendRows(this.#connection, table, types, rows);
    });
  }

  /** See `addAssets`. */
  addAssets(addresses: Iterable<string>, asset: string): Promise<number> {
    return guarded(NAME, () => addAssets(this.#connection, addresses, asset));
  }

  /** Gives back the memory of statements that stay prepared. */
  release(): void {
    this.#looks.release();
    for (const statement of this.#statements.values()) statement.destroySync();
    this.#statements.clear();
    this.#isKeeping = true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.release();
    for (const { appender } of this.#tables.values()) {
      try {
        appender.close();
      } catch {
        // Rows for which there was no memory: they go with the rest.
      }
    }
    for (const connection of this.#connections) connection.closeSync();
    this.#instance.closeSync();
    rmSync(this.#path, { force: true });
  }

  async #mindStatements(): Promise<void> {
    const octets = await this.#statementOctets();
    if (octets > MOST_STATEMENTS_OCTETS) this.release();
    else this.#isKeeping = octets < STATEMENTS_OCTETS;
  }

  async #statementOctets(): Promise<number> {
    const reader = await this.#connection.runAndReadAll(
      "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag NOT IN ('BASE_TABLE', 'IN_MEMORY_TABLE')",
    );
    return Number(reader.getRows()[0]?.[0] ?? 0);
  }
}

/** Where the records of a table lie that came. */
function sourceOf(table: string): string {
  return IS_TOLD_OPEN.has(table) ? sourceOfEnded(table) : table;
}

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

/** A statement with the values of its parameters put in. */
function withLiterals(sql: string, parameters: Readonly<Record<string, string | number>>): string {
  return sql.replaceAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g, (text, name: string) => {
    const value = parameters[name];
    if (value === undefined) return text;
    return typeof value === "number" ? String(value) : quoteLiteral(value);
  });
}
