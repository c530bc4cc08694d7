import type { DuckDBConnection } from "@duckdb/node-api";
import { createTableSql, INGEST_COLUMN, quoteIdentifier, RID_COLUMN } from "../records/duckdb-schema.ts";
import { textsIn } from "../records/read-chunk.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import type { TypedRows } from "./store-sql.ts";
import { appendRows } from "./store-sql.ts";

/** Records that are written when a connection is over and are told as they stand while it is open. */
export const TOLD_OPEN = ["conn", "unrecognised"] as const;

/** The types of `TOLD_OPEN`. */
export function toldOpen(types: readonly RecordType[]): readonly RecordType[] {
  return TOLD_OPEN.map((name) => types.find((type) => type.name === name)!);
}

/** uids of which a record of some tables is not to be told as it stands any more, by table. */
export type EndedRows = ReadonlyMap<string, readonly string[]>;

/** The memory of rows that were deleted is given back after so many turns or rows. */
const TURNS_PER_CLEANING = 8;
const ROWS_PER_CLEANING = 20_000;

/** The records of one table. */
interface OpenTable {
  readonly type: RecordType;
  readonly appender: ChunkAppender;
  /** uids of its rows, and of those that wait. */
  readonly uids: Set<string>;
  waiting: number;
}

/** Records of the connections that are open at this moment, in tables of one database connection: each connection has its latest row. */
export class OpenRows {
  readonly #connection: DuckDBConnection;
  readonly #tables: ReadonlyMap<string, OpenTable>;
  /** Since the last cleaning. */
  #turns = 0;
  #rows = 0;

  private constructor(connection: DuckDBConnection, tables: ReadonlyMap<string, OpenTable>) {
    this.#connection = connection;
    this.#tables = tables;
  }

  /** @param types Those of `TOLD_OPEN`, which may have fewer columns than usual. */
  static async make(connection: DuckDBConnection, types: readonly RecordType[]): Promise<OpenRows> {
    const tables = new Map<string, OpenTable>();
    for (const type of types) {
      const [open, news] = [OpenRows.sourceOf(type.name), OpenRows.newsOf(type.name)];
      for (const name of [open, news])
        await connection.run(createTableSql({ ...type, name }).replace("CREATE TABLE", "CREATE TEMP TABLE"));
      const appender = await ChunkAppender.open(connection, { ...type, name: news });
      tables.set(type.name, { type, appender, uids: new Set(), waiting: 0 });
    }
    return new OpenRows(connection, tables);
  }

  /** Source of a table's rows for a query. */
  static sourceOf(table: string): string {
    return `${table}_open`;
  }

  /** Source of those that came last, while `turn` calls `came`. */
  static newsOf(table: string): string {
    return `${table}_news`;
  }

  append(chunk: TableChunk): void {
    const table = this.#tables.get(chunk.table)!;
    table.appender.append(chunk, 0);
    table.waiting += chunk.rows;
    for (const uid of textsIn(chunk, placeOfUid(table.type))) table.uids.add(uid);
  }

  /**
   * Puts the rows that came in the place of earlier ones; of one connection the last.
   * @param ended uids whose rows are over since the last time: what became of them is in the records.
   * @param came Called for each table to which rows came.
   */
  async turn(ended: EndedRows, came: (table: string) => Promise<void> = () => Promise.resolve()): Promise<void> {
    for (const [name, table] of this.#tables) {
      if (table.waiting > 0) await this.#takeNews(name, table, came);
      const over = new Set((ended.get(name) ?? []).filter((uid) => table.uids.delete(uid)));
      if (over.size > 0)
        await this.#connection.run(
          `DELETE FROM ${OpenRows.sourceOf(name)} WHERE uid IN (SELECT unnest(from_json($over, '["VARCHAR"]')))`,
          { over: JSON.stringify([...over]) },
        );
    }
    // Rows that were deleted keep their memory until then, and temporary tables are no part of any other checkpoint.
    if (++this.#turns < TURNS_PER_CLEANING && this.#rows < ROWS_PER_CLEANING) return;
    [this.#turns, this.#rows] = [0, 0];
    await this.#connection.run("CHECKPOINT temp");
  }

  async #takeNews(name: string, table: OpenTable, came: (table: string) => Promise<void>): Promise<void> {
    const [open, news] = [OpenRows.sourceOf(name), OpenRows.newsOf(name)];
    const rows = table.waiting;
    this.#rows += rows;
    table.appender.flush();
    await came(name);
    await this.#connection.run(`DELETE FROM ${open} WHERE uid IN (SELECT uid FROM ${news})`);
    await this.#connection.run(
      `INSERT INTO ${open} SELECT * EXCLUDE (${RID_COLUMN}) FROM ${news} WHERE rowid IN (SELECT max(rowid) FROM ${news} GROUP BY uid)`,
    );
    await this.#connection.run(`DELETE FROM ${news}`);
    // Where that failed they are there still, for the next time.
    table.waiting -= rows;
  }

  /** The rows of a table with the columns of `type`, which may be fewer than it has, for `take` of another. */
  async rows(type: RecordType): Promise<TypedRows> {
    const columns = [...allColumns(type).map(([name]) => name), INGEST_COLUMN].map(quoteIdentifier);
    const reader = await this.#connection.runAndReadAll(
      `SELECT ${columns.join(", ")} FROM ${OpenRows.sourceOf(type.name)}`,
    );
    return { types: reader.columnTypes(), rows: reader.getRows() };
  }

  /** Takes the rows that another has of a table, in which nothing waits. */
  take(name: string, { types, rows }: TypedRows): Promise<void> {
    const { type, uids } = this.#tables.get(name)!;
    const place = placeOfUid(type);
    for (const row of rows) uids.add(String(row[place]));
    return appendRows(this.#connection, OpenRows.sourceOf(name), types, rows);
  }
}

function placeOfUid(type: RecordType): number {
  return allColumns(type).findIndex(([name]) => name === "uid");
}
