import type { DuckDBConnection } from "@duckdb/node-api";
import { createTableSql, INGEST_COLUMN, quoteIdentifier, RID_COLUMN } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import type { TypedRows } from "./store-sql.ts";
import { appendRows } from "./store-sql.ts";

/** Rows of `conn` of connections that are open, as they stand, and those that came last. */
const OPEN = "conn_open";
const NEWS = "conn_news";
/** The memory of rows that were deleted is given back after so many turns or rows. */
const TURNS_PER_CLEANING = 8;
const ROWS_PER_CLEANING = 20_000;

/** The connections that are open at this moment, in tables of one database connection: each has its latest row. */
export class OpenRows {
  /** Source of their rows for a query. */
  static readonly SOURCE = OPEN;
  /** Source of those that came last, while `turn` calls `came`. */
  static readonly NEWS = NEWS;
  readonly #connection: DuckDBConnection;
  readonly #appender: ChunkAppender;
  #waiting = 0;
  /** Since the last cleaning. */
  #turns = 0;
  #rows = 0;

  private constructor(connection: DuckDBConnection, appender: ChunkAppender) {
    this.#connection = connection;
    this.#appender = appender;
  }

  static async make(connection: DuckDBConnection, type: RecordType): Promise<OpenRows> {
    for (const name of [OPEN, NEWS])
      await connection.run(createTableSql({ ...type, name }).replace("CREATE TABLE", "CREATE TEMP TABLE"));
    return new OpenRows(connection, await ChunkAppender.open(connection, { ...type, name: NEWS }));
  }

  append(chunk: TableChunk): void {
    this.#appender.append(chunk, 0);
    this.#waiting += chunk.rows;
  }

  /**
   * Puts the rows that came in the place of earlier ones; of one connection the last.
   * @param ended uids of connections that ended since the last time: their rows are in the records.
   * @param came Called where rows came.
   */
  async turn(ended: readonly string[], came: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#rows += this.#waiting;
    if (this.#waiting > 0) {
      this.#appender.flush();
      this.#waiting = 0;
      await came();
      await this.#connection.run(`DELETE FROM ${OPEN} WHERE uid IN (SELECT uid FROM ${NEWS})`);
      await this.#connection.run(
        `INSERT INTO ${OPEN} SELECT * EXCLUDE (${RID_COLUMN}) FROM ${NEWS} WHERE rowid IN (SELECT max(rowid) FROM ${NEWS} GROUP BY uid)`,
      );
      await this.#connection.run(`DELETE FROM ${NEWS}`);
    }
    if (ended.length > 0)
      await this.#connection.run(`DELETE FROM ${OPEN} WHERE uid IN (SELECT unnest(from_json($ended, '["VARCHAR"]')))`, {
        ended: JSON.stringify(ended),
      });
    // Rows that were deleted keep their memory until then, and temporary tables are no part of any other checkpoint.
    if (++this.#turns < TURNS_PER_CLEANING && this.#rows < ROWS_PER_CLEANING) return;
    [this.#turns, this.#rows] = [0, 0];
    await this.#connection.run("CHECKPOINT temp");
  }

  /** Its rows with the columns of `type`, which may be fewer than it has, for `take` of another. */
  async rows(type: RecordType): Promise<TypedRows> {
    const columns = [...allColumns(type).map(([name]) => name), INGEST_COLUMN].map(quoteIdentifier);
    const reader = await this.#connection.runAndReadAll(`SELECT ${columns.join(", ")} FROM ${OPEN}`);
    return { types: reader.columnTypes(), rows: reader.getRows() };
  }

  /** Takes the rows of another in which nothing waits. */
  take({ types, rows }: TypedRows): Promise<void> {
    return appendRows(this.#connection, OPEN, types, rows);
  }
}
