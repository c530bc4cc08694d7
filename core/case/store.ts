import { existsSync, rmSync } from "node:fs";
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { BacktrailError } from "../contracts/result.ts";
import { INGEST_COLUMN, quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { ADD_MISSING_TABLES, addTypeSql, TABLES_FORMAT } from "./case-tables.ts";
import { QueryTurns } from "./cancellation.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import { databaseProblem, guarded, recordsKept } from "./database-problem.ts";
import type { Apart, Database, StoreOptions } from "./database.ts";
import { buildDatabase, closeDatabase, connectDatabase, exportFolderOf, REFERENCE } from "./database.ts";
import { addAddresses, addressColumns, collectAddresses, refreshHosts } from "./hosts.ts";
import { makeFolder } from "./make-folder.ts";
import type { QueryRow } from "./result-values.ts";
import type { QueryCells, TakeNumbers } from "./store-sql.ts";
import { appendRows, cellsOf, inTransaction, numbersOf, OWN, referenceViews, rowsOf } from "./store-sql.ts";

/** Rows of one table that may wait in its appender. */
const ROWS_BUFFERED = 4096;

/** One run of analysis. */
export interface Ingest {
  readonly id: number;
  /** "partial": it was cancelled, and its records are what had been read until then. */
  readonly state: "running" | "complete" | "partial";
  readonly captures: readonly number[];
  readonly started: string;
  readonly finished: string | null;
  readonly toolVersion: string;
  readonly rows: number;
}

type Parameters = Record<string, DuckDBValue>;

/**
 * The records of a case: `records.duckdb`.
 *
 * Records come in runs ("ingests"). Those of a run that has not been finished are taken back when the database is opened
 * the next time, so a crash leaves whole runs only. Queries go over connections of their own and see what is committed; changes of other
 * tables can be made while records come.
 */
export class RecordStore {
  readonly path: string;
  readonly types: readonly RecordType[];
  /** Files that DuckDB may write for exports; nothing outside of it can be read or written by any query. */
  readonly exportFolder: string;
  /** True if a reference capture's records can be read beside the case's own (`withReference`). */
  readonly hasReference: boolean;
  readonly #database: Database;
  /** For the records of the open run, in one transaction from commit to commit. */
  readonly #add: DuckDBConnection;
  readonly #write: DuckDBConnection;
  readonly #reads: readonly QueryTurns[];
  readonly #apart: Readonly<Record<Apart, QueryTurns>>;
  #appenders = new Map<string, { appender: ChunkAppender; addresses: readonly number[]; waiting: number }>();
  /** Addresses of the open run's records since the last commit. */
  readonly #addresses = new Set<string>();
  #ingest: { id: number; rows: number } | null = null;
  #isCommitting = false;
  /** True once the open run was committed before its end: the addresses of new rows are gathered from then on. */
  #isWatched = false;
  /** The last change that was asked for: they are made one after the other. */
  #changed: Promise<void> = Promise.resolve();
  /** True while it has the memory only that reading leaves it. */
  #isForReading: boolean;
  /** See `version`. */
  #version = 0;
  #stale: readonly string[] = [];
  #interrupted: readonly Ingest[] = [];

  private constructor(
    path: string,
    types: readonly RecordType[],
    exportFolder: string,
    database: Database,
    options: StoreOptions,
  ) {
    this.path = path;
    this.hasReference = options.reference !== undefined;
    this.#isForReading = options.forReading === true;
    this.types = types;
    this.exportFolder = exportFolder;
    this.#database = database;
    this.#add = database.add;
    this.#write = database.write;
    this.#reads = database.reads.map((connection) => new QueryTurns(connection));
    const { findings, sessions } = database.apart;
    this.#apart = { findings: new QueryTurns(findings), sessions: new QueryTurns(sessions) };
  }

  /**
   * Opens the database, or makes it. Runs that were interrupted are taken back first.
   * @param tmpFolder For what spills and for exports; emptied here.
   * @throws BacktrailError; `records-damaged` when the file is no database any more (it can be rebuilt from the evidence).
   */
  static async open(
    path: string,
    tmpFolder: string,
    types: readonly RecordType[],
    options: StoreOptions = {},
  ): Promise<RecordStore> {
    const readOnly = options.readOnly ?? false;
    const isNew = !existsSync(path);
    if (isNew && readOnly)
      throw new BacktrailError("no-records", `The case has no records yet (${path}): run backtrail analyze first.`);
    const exportFolder = exportFolderOf(tmpFolder);
    try {
      if (!readOnly) {
        rmSync(tmpFolder, { recursive: true, force: true });
        makeFolder(exportFolder);
        if (isNew) await buildDatabase(path, tmpFolder, types, options);
      }
      const database = await connectDatabase(path, tmpFolder, options);
      const store = new RecordStore(path, types, exportFolder, database, options);
      try {
        await store.#check();
        if (!readOnly) await store.#takeBack();
        else if ((await store.ingests()).some(({ state }) => state === "running")) {
          throw new BacktrailError(
            "unfinished-analysis",
            `An analysis of this case was interrupted: run backtrail analyze on it again, then repeat this.`,
          );
        }
      } catch (error) {
        store.close();
        throw error;
      }
      return store;
    } catch (error) {
      throw databaseProblem(error, path);
    }
  }

  /** Tables whose declaration has changed since they were written; the records must be rebuilt to add to them. */
  get staleTables(): readonly string[] {
    return this.#stale;
  }

  /** Runs that had been interrupted and were taken back by `open`. */
  get interrupted(): readonly Ingest[] {
    return this.#interrupted;
  }

  /** Another number whenever queries may find something else than before. */
  get version(): number {
    return this.#version;
  }

  /** True while a run of analysis is open. */
  get isIngesting(): boolean {
    return this.#ingest !== null;
  }

  /** Begins a run: the records of `append` belong to it. */
  async beginIngest(id: number, captures: readonly number[], toolVersion: string): Promise<void> {
    if (this.#ingest !== null) throw new Error(`ingest ${this.#ingest.id} is not finished`);
    if (this.#stale.length > 0) {
      throw new BacktrailError(
        "records-stale",
        `The records were written by another version (tables ${this.#stale.join(", ")}): analyse the captures into a new case instead of adding to this one.`,
      );
    }
    const list = captures.map((capture) => Math.trunc(capture)).join(", ");
    await this.#guard(async () => {
      await this.#write.run(
        `INSERT INTO ingests VALUES ($id, 'running', [${list}]::UINTEGER[], $started, NULL, $version, 0)`,
        { id, started: new Date().toISOString(), version: toolVersion },
      );
      await this.#add.run("BEGIN TRANSACTION");
      for (const type of this.types) {
        const appender = await ChunkAppender.open(this.#add, type);
        this.#appenders.set(type.name, { appender, addresses: addressColumns(type), waiting: 0 });
      }
    });
    this.#ingest = { id, rows: 0 };
  }

  /**
   * Adds rows to their table. The chunk may be reused afterwards.
   * @throws BacktrailError when the disk is full or fails; the run must then be discarded.
   */
  append(chunk: TableChunk): void {
    const ingest = this.#ingest;
    const target = this.#appenders.get(chunk.table);
    if (ingest === null) throw new Error("append without beginIngest");
    if (this.#isCommitting) throw new Error("append during a commit");
    if (target === undefined) throw new Error(`no record type ${chunk.table}`);
    try {
      target.appender.append(chunk, ingest.id);
      target.waiting += chunk.rows;
      ingest.rows += chunk.rows;
      if (this.#isWatched) collectAddresses(chunk, target.addresses, this.#addresses);
      if (target.waiting >= ROWS_BUFFERED) {
        target.appender.flush();
        target.waiting = 0;
      }
    } catch (error) {
      throw databaseProblem(error, this.path);
    }
  }

  /** Rows that the open run has added; 0 if none is open. */
  get rowsAdded(): number {
    return this.#ingest?.rows ?? 0;
  }

  /**
   * Makes the rows so far visible to queries, with the hosts they name, while the run goes on. They are taken back if it never
   * finishes. None may come meanwhile.
   * @returns the addresses that rows since the last commit name; none the first time.
   */
  async commit(): Promise<ReadonlySet<string>> {
    if (this.#ingest === null) throw new Error("commit without beginIngest");
    this.#isCommitting = true;
    const named = new Set(this.#addresses);
    try {
      await this.#guard(async () => {
        for (const target of this.#appenders.values()) {
          target.appender.flush();
          target.waiting = 0;
        }
        if (this.#isWatched) await addAddresses(this.#add, named);
        else await refreshHosts(this.#add, this.types);
        this.#isWatched = true;
        this.#addresses.clear();
        await this.#add.run("COMMIT");
        await this.#add.run("BEGIN TRANSACTION");
      });
    } finally {
      this.#isCommitting = false;
      this.#version++;
    }
    return named;
  }

  /** Does work as one transaction: all of it or nothing. It may be done twice. */
  #transaction(work: () => Promise<void>): Promise<void> {
    const change = this.#changed.then(() => this.#database.memory.enough(() => this.#transact(work)));
    this.#changed = change.catch(() => undefined);
    return change;
  }

  /** Does work of which most questions need little: the database holds the less of what it has read. None but `work` should ask meanwhile. */
  thriftily<T>(work: () => Promise<T>): Promise<T> {
    return this.#database.memory.thriftily(work);
  }

  async #transact(work: () => Promise<void>): Promise<void> {
    await this.#guard(async () => {
      await inTransaction(this.#write, work);
      this.#version++;
    });
  }

  /** Ends the run; its records are part of the case from here on. */
  async finishIngest(state: "complete" | "partial", captures?: readonly number[]): Promise<Ingest> {
    const ingest = this.#ingest;
    if (ingest === null) throw new Error("finishIngest without beginIngest");
    await this.#endReading();
    await this.#guard(async () => {
      for (const { appender } of this.#appenders.values()) appender.close();
      this.#appenders.clear();
      const kept =
        captures === undefined
          ? ""
          : `, captures = [${captures.map((capture) => Math.trunc(capture)).join(", ")}]::UINTEGER[]`;
      await this.#add.run(
        `UPDATE ingests SET state = $state, finished = $finished, rows = $rows${kept} WHERE id = $id`,
        {
          state,
          finished: new Date().toISOString(),
          rows: BigInt(ingest.rows),
          id: ingest.id,
        },
      );
      if (this.#isWatched) await addAddresses(this.#add, this.#addresses);
      else await refreshHosts(this.#add, this.types);
      this.#addresses.clear();
      await this.#add.run("COMMIT");
    });
    this.#version++;
    this.#ingest = null;
    try {
      await this.#add.run("CHECKPOINT");
    } catch (error) {
      throw recordsKept(databaseProblem(error, this.path));
    }
    const all = await this.ingests();
    return all.find(({ id }) => id === ingest.id)!;
  }

  async #endReading(): Promise<void> {
    if (this.#isForReading) await this.#database.memory.giveAll();
    this.#isForReading = false;
  }

  /** Takes the open run back: its records are gone. Returns its number. */
  async discardIngest(): Promise<number> {
    const ingest = this.#ingest;
    if (ingest === null) throw new Error("discardIngest without beginIngest");
    this.#ingest = null;
    await this.#endReading();
    await this.#guard(async () => {
      await this.#add.run("ROLLBACK");
      this.#appenders.clear();
      await this.#removeIngests([ingest.id]);
    });
    return ingest.id;
  }

  /** All runs, oldest first. */
  async ingests(): Promise<Ingest[]> {
    const rows = await this.rows("SELECT * FROM ingests ORDER BY id");
    return rows.map((row) => ({
      id: row["id"] as number,
      state: row["state"] as Ingest["state"],
      captures: row["captures"] as number[],
      started: row["started"] as string,
      finished: row["finished"] as string | null,
      toolVersion: row["tool_version"] as string,
      rows: Number(row["rows"]),
    }));
  }

  /**
   * All rows of a query of the program's own (not one typed by a person: see `query.ts`).
   * @param parameters Values of `$name`; those that the query does not use are left out.
   */
  async rows(sql: string, parameters: Record<string, DuckDBValue> = {}): Promise<QueryRow[]> {
    return this.#ask(() => this.#leastBusy().take((connection) => rowsOf(connection, sql, parameters)));
  }

  /** Like `rows`, as lists. */
  async cells(sql: string, parameters: Record<string, DuckDBValue> = {}): Promise<QueryCells["cells"]> {
    const { cells } = await this.#ask(() =>
      this.#leastBusy().take((connection) => cellsOf(connection, sql, parameters)),
    );
    return cells;
  }

  /** Like `rows`, over a connection of its own, which keeps temporary tables; its queries run one after the other. */
  async rowsApart(apart: Apart, sql: string, parameters: Record<string, DuckDBValue> = {}): Promise<QueryRow[]> {
    return this.#ask(() => this.#apart[apart].take((connection) => rowsOf(connection, sql, parameters)));
  }

  /**
   * Reads columns of whole numbers below 2^32 or doubles, of which none may be NULL: for millions of rows, over the connection `sessions`.
   * @param take Given some rows at a time, in no order.
   * @param how As of `numbersOf`.
   */
  async numbers(
    sql: string,
    parameters: Parameters,
    take: TakeNumbers,
    how: "whole" | "streamed" = "whole",
  ): Promise<void> {
    return this.#guard(() =>
      this.#apart.sessions.take((connection) => numbersOf(connection, sql, parameters, take, how)),
    );
  }

  #ask<T>(query: () => Promise<T>): Promise<T> {
    return this.#database.memory.enough(() => this.#guard(query));
  }

  #leastBusy(): QueryTurns {
    return this.#reads.reduce((least, other) => (other.waiting < least.waiting ? other : least));
  }

  /** Names of the case's own tables that hold rows; one whose rows were all taken back may be among them. */
  async filledTables(): Promise<ReadonlySet<string>> {
    const sql =
      "SELECT table_name FROM duckdb_tables() WHERE database_name = $own AND NOT temporary AND estimated_size > 0";
    return new Set((await this.rows(sql, { own: OWN })).map((row) => row["table_name"] as string));
  }

  /** Runs statements of the program's own as one transaction: all of them or none. */
  async change(statements: Iterable<{ readonly sql: string; readonly parameters?: Parameters }>): Promise<void> {
    await this.#transaction(async () => {
      for (const { sql, parameters } of statements) await this.#write.run(sql, parameters);
    });
  }

  /**
   * Replaces all rows of tables, in one transaction.
   * @param tables Values in the order of the tables' columns, and their types.
   */
  async replaceRows(
    tables: readonly {
      readonly name: string;
      readonly types: readonly DuckDBType[];
      readonly rows: readonly (readonly DuckDBValue[])[];
    }[],
  ): Promise<void> {
    await this.#transaction(async () => {
      for (const { name, types, rows } of tables) {
        await this.#write.run(`DELETE FROM ${quoteIdentifier(name)}`);
        await appendRows(this.#write, name, types, rows);
      }
    });
  }

  /**
   * Runs work for which the reference's records stand beside the case's own in every record table and in `hosts`, their times moved
   * by `shiftNs`. Only queries see it; nothing is written.
   */
  async withReference<T>(shiftNs: bigint, work: () => Promise<T>): Promise<T> {
    if (!this.hasReference) throw new Error("the case has no reference");
    const there = new Set(
      (await this.rows(`SELECT table_name FROM duckdb_tables() WHERE database_name = '${REFERENCE}'`)).map(
        (row) => row["table_name"] as string,
      ),
    );
    const types = this.types.filter(({ name }) => there.has(name));
    const all = [this.#write, ...this.#reads.map(({ connection }) => connection)];
    await this.#guard(async () => {
      for (const connection of all) for (const sql of referenceViews(types, shiftNs)) await connection.run(sql);
    });
    try {
      return await work();
    } finally {
      for (const connection of all)
        for (const name of [...types.map((type) => type.name), "hosts"])
          await connection.run(`DROP VIEW temp.${quoteIdentifier(name)}`);
    }
  }

  /** A further connection, for queries that must not wait for others. The caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    return this.#database.instance.connect();
  }

  /** Closes the database. An open run stays unfinished and is taken back the next time. */
  close(): void {
    closeDatabase(this.#database);
  }

  /** Compares the tables with the declarations; adds tables of new record types. */
  async #check(): Promise<void> {
    const rows = await this.rows("SELECT name, version FROM record_types");
    const known = new Map(rows.map((row) => [row["name"] as string, row["version"] as number]));
    const format = known.get("") ?? 0;
    if (format > TABLES_FORMAT) {
      throw new BacktrailError(
        "newer-format",
        `${this.path} was written by a newer version (format ${format}): update backtrail to open the case.`,
      );
    }
    this.#stale = this.types
      .filter((type) => known.has(type.name) && known.get(type.name) !== type.version)
      .map((type) => type.name);
  }

  async #takeBack(): Promise<void> {
    const known = new Set((await this.rows("SELECT name FROM record_types")).map((row) => row["name"] as string));
    const missing = this.types.filter((type) => !known.has(type.name));
    await this.change([...ADD_MISSING_TABLES, ...missing.flatMap(addTypeSql)].map((sql) => ({ sql })));
    this.#interrupted = (await this.ingests()).filter((ingest) => ingest.state === "running");
    if (this.#interrupted.length > 0) await this.#removeIngests(this.#interrupted.map(({ id }) => id));
  }

  async #removeIngests(ids: readonly number[]): Promise<void> {
    const list = ids.map((id) => Math.trunc(id)).join(", ");
    const tables = await this.rows("SELECT name FROM record_types WHERE name <> ''");
    await this.change([
      ...tables.map((row) => ({
        sql: `DELETE FROM ${quoteIdentifier(row["name"] as string)} WHERE ${INGEST_COLUMN} IN (${list})`,
      })),
      { sql: `DELETE FROM ingests WHERE id IN (${list})` },
    ]);
  }

  #guard<T>(work: () => Promise<T>): Promise<T> {
    return guarded(this.path, work);
  }
}
