import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { guarded } from "./database-problem.ts";
import { OpenRows } from "./open-rows.ts";
import type { QueryRow } from "./result-values.ts";
import type { TypedRows } from "./store-sql.ts";
import { OWN, rowsOf } from "./store-sql.ts";
import type { RecordStore } from "./store.ts";

/** What estate and scope say of the records, as detections ask for it. */
export const ESTATE_TABLES = [
  "assets",
  "asset_roles",
  "networks",
  "job_windows",
  "change_windows",
  "drill_plans",
  "site_products",
  "coverage_gaps",
  "learning",
] as const;

/**
 * All records of a case that is being recorded, with the connections that are open as if they ended now, and the estate as it was last worked
 * out: while it is worked out anew, its tables are not whole.
 */
export class CurrentView {
  readonly #connection: DuckDBConnection;
  readonly #path: string;
  readonly #open: OpenRows;

  private constructor(connection: DuckDBConnection, path: string, open: OpenRows) {
    this.#connection = connection;
    this.#path = path;
    this.#open = open;
  }

  static async make(store: RecordStore, conn: RecordType): Promise<CurrentView> {
    const connection = await store.connect();
    const open = await OpenRows.make(connection, conn);
    await connection.run(
      `CREATE TEMP VIEW conn AS SELECT * FROM ${OWN}.main.conn UNION ALL SELECT * FROM ${OpenRows.SOURCE}`,
    );
    return new CurrentView(connection, store.path, open);
  }

  appendOpen(chunk: TableChunk): void {
    this.#open.append(chunk);
  }

  /** See `OpenRows.turn`. */
  turn(ended: readonly string[]): Promise<void> {
    return this.#guard(() => this.#open.turn(ended));
  }

  /** The connections that are open, with the columns of `conn`, which may be fewer than it has. */
  openRows(conn: RecordType): Promise<TypedRows> {
    return this.#guard(() => this.#open.rows(conn));
  }

  /** Takes the estate over as the case has it. */
  takeEstate(): Promise<void> {
    return this.#guard(async () => {
      for (const table of ESTATE_TABLES)
        await this.#connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM ${OWN}.main.${table}`);
    });
  }

  /**
   * Adds those of some addresses to `assets` that came since the estate was worked out.
   * @param asset Columns of `assets` for a row of `hosts`.
   * @returns what was added.
   */
  addAssets(addresses: ReadonlySet<string>, asset: string): Promise<TypedRows> {
    return this.#guard(async () => {
      const reader = await this.#connection.runAndReadAll(
        `INSERT INTO assets SELECT DISTINCT ON (address) ${asset} FROM hosts WHERE key IS NOT NULL
         AND address IN (SELECT unnest(from_json($addresses, '["VARCHAR"]'))) AND address NOT IN (SELECT address FROM assets) RETURNING *`,
        { addresses: JSON.stringify([...addresses]) },
      );
      return { types: reader.columnTypes(), rows: reader.getRows() };
    });
  }

  /** All rows of one of `ESTATE_TABLES`. */
  table(name: (typeof ESTATE_TABLES)[number]): Promise<TypedRows> {
    return this.#guard(async () => {
      const reader = await this.#connection.runAndReadAll(`SELECT * FROM ${name}`);
      return { types: reader.columnTypes(), rows: reader.getRows() };
    });
  }

  async rows(sql: string, parameters: Readonly<Record<string, DuckDBValue>> = {}): Promise<QueryRow[]> {
    return this.#guard(() => rowsOf(this.#connection, sql, parameters));
  }

  close(): void {
    this.#connection.closeSync();
  }

  #guard<T>(work: () => Promise<T>): Promise<T> {
    return guarded(this.#path, work);
  }
}
