import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { BacktrailError } from "../contracts/result.ts";
import { INGEST_COLUMN, quoteIdentifier, quoteLiteral } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { addTypeSql, createAllSql, TABLES_FORMAT } from "./case-tables.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import { refreshHosts } from "./hosts.ts";
import { ioProblem } from "./io-problem.ts";
import type { QueryRow } from "./result-values.ts";
import { queryValue } from "./result-values.ts";

/** Rows of one table that may wait in its appender. */
const ROWS_BUFFERED = 32_768;

/** Bounds of the database. */
export interface StoreOptions {
  /** Memory that DuckDB may hold; what needs more spills to the case's `tmp` folder. Octets. */
  readonly memoryLimit?: number;
  readonly threads?: number;
  /** Most octets that may spill to disk. */
  readonly spillLimit?: number;
  readonly readOnly?: boolean;
}

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
 * the next time, so a crash leaves whole runs only. Queries go over a second connection and see what is committed.
 */
export class RecordStore {
  readonly path: string;
  readonly types: readonly RecordType[];
  /** Files that DuckDB may write for exports; nothing outside of it can be read or written by any query. */
  readonly exportFolder: string;
  readonly #instance: DuckDBInstance;
  readonly #write: DuckDBConnection;
  readonly #read: DuckDBConnection;
  #appenders = new Map<string, { appender: ChunkAppender; waiting: number }>();
  #ingest: { id: number; rows: number } | null = null;
  #stale: readonly string[] = [];
  #interrupted: readonly Ingest[] = [];

  private constructor(
    path: string,
    types: readonly RecordType[],
    exportFolder: string,
    instance: DuckDBInstance,
    write: DuckDBConnection,
    read: DuckDBConnection,
  ) {
    this.path = path;
    this.types = types;
    this.exportFolder = exportFolder;
    this.#instance = instance;
    this.#write = write;
    this.#read = read;
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
    const exportFolder = join(tmpFolder, "export");
    try {
      if (!readOnly) {
        rmSync(tmpFolder, { recursive: true, force: true });
        mkdirSync(exportFolder, { recursive: true });
        if (isNew) return await RecordStore.#build(path, tmpFolder, exportFolder, types, options);
      }
      const store = await RecordStore.#connect(path, tmpFolder, exportFolder, types, options);
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

  /** Makes the database beside its place and moves it there when it is whole. */
  static async #build(
    path: string,
    tmpFolder: string,
    exportFolder: string,
    types: readonly RecordType[],
    options: StoreOptions,
  ): Promise<RecordStore> {
    const draft = `${path}.new`;
    for (const leftover of [draft, `${draft}.wal`, `${path}.wal`]) rmSync(leftover, { force: true });
    const maker = await RecordStore.#connect(draft, tmpFolder, exportFolder, types, options);
    try {
      for (const sql of createAllSql(types)) await maker.#write.run(sql);
      await maker.#write.run("CHECKPOINT");
    } finally {
      maker.close();
    }
    renameSync(draft, path);
    return RecordStore.#connect(path, tmpFolder, exportFolder, types, options);
  }

  static async #connect(
    path: string,
    tmpFolder: string,
    exportFolder: string,
    types: readonly RecordType[],
    options: StoreOptions,
  ): Promise<RecordStore> {
    const memory = options.memoryLimit ?? 256 * 1024 * 1024;
    const instance = await DuckDBInstance.create(path, {
      access_mode: options.readOnly ? "READ_ONLY" : "READ_WRITE",
      memory_limit: `${Math.floor(memory / 1024)}KiB`,
      threads: String(options.threads ?? Math.max(1, Math.floor(availableParallelism() / 2))),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
      checkpoint_threshold: "64MB",
    });
    try {
      const write = await instance.connect();
      // The evidence is hostile and queries are typed by hand: nothing outside the case can be reached, for good.
      const settings = [
        `temp_directory = ${quoteLiteral(join(tmpFolder, "spill"))}`,
        `max_temp_directory_size = '${Math.floor((options.spillLimit ?? 16 * 1024 ** 3) / 1024)}KiB'`,
        `allowed_directories = [${quoteLiteral(exportFolder)}]`,
        "enable_external_access = false",
        "lock_configuration = true",
      ];
      for (const setting of settings) await write.run(`SET ${setting}`);
      const read = await instance.connect();
      return new RecordStore(path, types, exportFolder, instance, write, read);
    } catch (error) {
      instance.closeSync();
      throw error;
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
        `The records were written by another version (tables ${this.#stale.join(", ")}): rebuild them from the evidence before adding to them.`,
      );
    }
    const list = captures.map((capture) => Math.trunc(capture)).join(", ");
    await this.#guard(async () => {
      await this.#write.run(
        `INSERT INTO ingests VALUES ($id, 'running', [${list}]::UINTEGER[], $started, NULL, $version, 0)`,
        { id, started: new Date().toISOString(), version: toolVersion },
      );
      await this.#write.run("BEGIN TRANSACTION");
      for (const type of this.types) {
        this.#appenders.set(type.name, { appender: await ChunkAppender.open(this.#write, type), waiting: 0 });
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
    if (target === undefined) throw new Error(`no record type ${chunk.table}`);
    try {
      target.appender.append(chunk, ingest.id);
      target.waiting += chunk.rows;
      ingest.rows += chunk.rows;
      if (target.waiting >= ROWS_BUFFERED) {
        target.appender.flush();
        target.waiting = 0;
      }
    } catch (error) {
      throw databaseProblem(error, this.path);
    }
  }

  /** Makes the rows so far visible to queries, while the run goes on. They are taken back if it never finishes. */
  async commit(): Promise<void> {
    if (this.#ingest === null) throw new Error("commit without beginIngest");
    await this.#guard(async () => {
      for (const target of this.#appenders.values()) {
        target.appender.flush();
        target.waiting = 0;
      }
      await this.#write.run("COMMIT");
      await this.#write.run("BEGIN TRANSACTION");
    });
  }

  /** Ends the run; its records are part of the case from here on. */
  async finishIngest(state: "complete" | "partial", captures?: readonly number[]): Promise<Ingest> {
    const ingest = this.#ingest;
    if (ingest === null) throw new Error("finishIngest without beginIngest");
    await this.#guard(async () => {
      for (const { appender } of this.#appenders.values()) appender.close();
      this.#appenders.clear();
      const kept =
        captures === undefined
          ? ""
          : `, captures = [${captures.map((capture) => Math.trunc(capture)).join(", ")}]::UINTEGER[]`;
      await this.#write.run(
        `UPDATE ingests SET state = $state, finished = $finished, rows = $rows${kept} WHERE id = $id`,
        {
          state,
          finished: new Date().toISOString(),
          rows: BigInt(ingest.rows),
          id: ingest.id,
        },
      );
      await refreshHosts(this.#write, this.types);
      await this.#write.run("COMMIT");
      this.#ingest = null;
      await this.#write.run("CHECKPOINT");
    });
    const all = await this.ingests();
    return all.find(({ id }) => id === ingest.id)!;
  }

  /** Takes the open run back: its records are gone. Returns its number. */
  async discardIngest(): Promise<number> {
    const ingest = this.#ingest;
    if (ingest === null) throw new Error("discardIngest without beginIngest");
    this.#ingest = null;
    await this.#guard(async () => {
      await this.#write.run("ROLLBACK");
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
    return this.#guard(async () => {
      const statement = await this.#read.prepare(sql);
      try {
        bindUsed(statement, parameters);
        const reader = await statement.runAndReadAll();
        const names = reader.deduplicatedColumnNames();
        return reader.getRows().map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, queryValue(value)])));
      } finally {
        statement.destroySync();
      }
    });
  }

  /** Runs statements of the program's own as one transaction: all of them or none. */
  async change(statements: readonly { readonly sql: string; readonly parameters?: Parameters }[]): Promise<void> {
    if (this.#ingest !== null) throw new Error("change during an ingest");
    await this.#guard(async () => {
      await this.#write.run("BEGIN TRANSACTION");
      try {
        for (const { sql, parameters } of statements) await this.#write.run(sql, parameters);
        await this.#write.run("COMMIT");
      } catch (error) {
        await this.#write.run("ROLLBACK");
        throw error;
      }
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
    if (this.#ingest !== null) throw new Error("replaceRows during an ingest");
    await this.#guard(async () => {
      await this.#write.run("BEGIN TRANSACTION");
      try {
        for (const { name, types, rows } of tables) {
          await this.#write.run(`DELETE FROM ${quoteIdentifier(name)}`);
          await appendRows(this.#write, name, types, rows);
        }
        await this.#write.run("COMMIT");
      } catch (error) {
        await this.#write.run("ROLLBACK");
        throw error;
      }
    });
  }

  /** A further connection, for queries that must not wait for others. The caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /** Closes the database. An open run stays unfinished and is taken back the next time. */
  close(): void {
    this.#read.closeSync();
    this.#write.closeSync();
    this.#instance.closeSync();
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
    if (missing.length > 0) await this.change(missing.flatMap(addTypeSql).map((sql) => ({ sql })));
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

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw databaseProblem(error, this.path);
    }
  }
}

async function appendRows(
  connection: DuckDBConnection,
  table: string,
  types: readonly DuckDBType[],
  rows: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  for (let from = 0; from < rows.length; from += 2048) {
    const chunk = DuckDBDataChunk.create(types);
    chunk.setRows(rows.slice(from, from + 2048).map((row) => [...row]));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** Binds the parameters that the statement names. */
export function bindUsed(statement: DuckDBPreparedStatement, parameters: Readonly<Record<string, DuckDBValue>>): void {
  const used: Record<string, DuckDBValue> = {};
  for (let i = 1; i <= statement.parameterCount; i++) {
    const name = statement.parameterName(i);
    const value = parameters[name];
    if (value === undefined) throw new Error(`the query's parameter $${name} has no value`);
    used[name] = value;
  }
  if (statement.parameterCount > 0) statement.bind(used);
}

/** A DuckDB error as a sentence with the next step. */
function databaseProblem(error: unknown, path: string): unknown {
  if (error instanceof BacktrailError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/Could not set lock on file|Conflicting lock/i.test(message)) {
    return new BacktrailError("case-locked", `Another process has ${path} open: wait until it is done.`, {
      cause: error,
    });
  }
  if (
    /not a valid DuckDB database|Corrupt|checksum|Failure while replaying WAL|unable to read database|Serialization Error/i.test(
      message,
    )
  ) {
    return new BacktrailError(
      "records-damaged",
      `${path} is damaged (${message.split("\n", 1)[0]}): it can be rebuilt from the evidence; analyse the captures again into this case.`,
      { kind: "work", cause: error },
    );
  }
  if (/Out of Memory/i.test(message)) {
    return new BacktrailError(
      "out-of-memory",
      `The database needed more memory than its limit: narrow the query (time, hosts), or raise the limit.`,
      { kind: "work", cause: error },
    );
  }
  return ioProblem(error, `using ${path}`);
}
