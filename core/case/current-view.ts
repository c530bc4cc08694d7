import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { addAssets } from "./add-assets.ts";
import { guarded } from "./database-problem.ts";
import { KEYED_HOSTS, keyedHosts } from "./hosts.ts";
import type { RecordPlace } from "./query.ts";
import { IS_OF_RIDS, placesIn } from "./query.ts";
import type { EndedRows } from "./open-rows.ts";
import { OpenRows, TOLD_OPEN, toldOpen } from "./open-rows.ts";
import type { QueryRow } from "./result-values.ts";
import type { TypedRows } from "./store-sql.ts";
import { inTransaction, OWN, rowsOf } from "./store-sql.ts";
import type { RecordStore } from "./store.ts";

/** What else the estate makes of the records. */
const WORKED_OUT = ["transfers", "jobs", "job_runs"] as const;

const CONN = "conn";
/** Hosts that no record names but those of connections that are open. */
const OPEN_HOSTS = "open_hosts";

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
  /** Places of the last records of connections when `stayAsOfNow` was called. */
  readonly #lasts = new Map<string, bigint>();

  private constructor(connection: DuckDBConnection, path: string, open: OpenRows) {
    this.#connection = connection;
    this.#path = path;
    this.#open = open;
  }

  static async make(store: RecordStore): Promise<CurrentView> {
    const connection = await store.connect();
    const open = await OpenRows.make(connection, toldOpen(store.types));
    for (const name of TOLD_OPEN) await connection.run(viewSql(name));
    return new CurrentView(connection, store.path, open);
  }

  appendOpen(chunk: TableChunk): void {
    this.#open.append(chunk);
  }

  /** See `OpenRows.turn`. */
  turn(ended: EndedRows): Promise<void> {
    return this.#guard(() => this.#open.turn(ended));
  }

  /**
   * Has its connections stay as they are now until this is called again: one that ends meanwhile would be there twice, open and ended.
   */
  stayAsOfNow(): Promise<void> {
    return this.#guard(async () => {
      const cameTo = async (name: string): Promise<string> => {
        const own = `${OWN}.main.${name}`;
        const [row] = await this.rows(`SELECT coalesce(max(rowid), -1) AS last FROM ${own}`);
        const last = row!["last"] as bigint;
        // Nothing is open before the first time.
        const before = this.#lasts.get(name) ?? last;
        this.#lasts.set(name, last);
        await this.#connection.run(viewSql(name, `WHERE rowid <= ${last}`));
        return `SELECT uid FROM ${own} WHERE rowid > ${before} AND rowid <= ${last}`;
      };
      const ended = await cameTo(CONN);
      for (const name of TOLD_OPEN) {
        const over = name === CONN ? ended : `${ended} UNION ALL ${await cameTo(name)}`;
        await this.#connection.run(`DELETE FROM ${OpenRows.sourceOf(name)} WHERE uid IN (${over})`);
      }
    });
  }

  /** Records of the connections that are open. See `OpenRows.rows`. */
  openRows(type: RecordType): Promise<TypedRows> {
    return this.#guard(() => this.#open.rows(type));
  }

  /** Where records of connections that are open lie up to now, of some ids. */
  placesOfOpen(rids: readonly string[]): Promise<readonly RecordPlace[]> {
    return this.#guard(async () => {
      const places: RecordPlace[] = [];
      for (const name of TOLD_OPEN) {
        const from = `${OpenRows.sourceOf(name)} AS r WHERE ${IS_OF_RIDS}`;
        for (const place of await placesIn(this, name, from, { rids: JSON.stringify(rids) })) places.push(place);
      }
      return places;
    });
  }

  /** Addresses between which connections are open. */
  async openAddresses(): Promise<readonly string[]> {
    const open = OpenRows.sourceOf(CONN);
    const sides = [`"id.orig_h"`, `"id.resp_h"`].map((side) => `SELECT ${side} AS address FROM ${open}`);
    const rows = await this.rows(sides.join(" UNION "));
    return rows.map(({ address }) => address as string);
  }

  /** Has what is worked out of the records written into tables of its own. */
  workOutApart(): Promise<void> {
    return this.#guard(async () => {
      for (const table of WORKED_OUT)
        await this.#connection.run(`CREATE TEMP TABLE ${table} AS SELECT * FROM ${OWN}.main.${table} LIMIT 0`);
      await this.#connection.run(`CREATE TEMP TABLE ${OPEN_HOSTS} (address VARCHAR, key VARCHAR)`);
      await this.#connection.run(
        `CREATE TEMP VIEW hosts AS SELECT address, key FROM ${OWN}.main.hosts UNION SELECT address, key FROM ${OPEN_HOSTS}`,
      );
    });
  }

  /** Counts those among the hosts, for what is worked out apart, between which connections are open. */
  async takeOpenHosts(): Promise<void> {
    const parameters = keyedHosts(await this.openAddresses());
    await this.change([
      { sql: `DELETE FROM ${OPEN_HOSTS}` },
      ...(parameters === null ? [] : [{ sql: `INSERT INTO ${OPEN_HOSTS} ${KEYED_HOSTS}`, parameters }]),
    ]);
  }

  /** Changes tables of its own, as one transaction. */
  change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void> {
    return this.#guard(() =>
      inTransaction(this.#connection, async () => {
        for (const { sql, parameters } of statements) await this.#connection.run(sql, parameters);
      }),
    );
  }

  /** Takes the estate over as the case has it. */
  takeEstate(): Promise<void> {
    return this.#guard(async () => {
      for (const table of ESTATE_TABLES)
        await this.#connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM ${OWN}.main.${table}`);
    });
  }

  /** See `addAssets`. */
  addAssets(addresses: Iterable<string>, asset: string): Promise<number> {
    return this.#guard(() => addAssets(this.#connection, addresses, asset));
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

/** @param which Of the records that are in the case. */
function viewSql(table: string, which = ""): string {
  const records = `SELECT * FROM ${OWN}.main.${table} ${which}`;
  return `CREATE OR REPLACE TEMP VIEW ${table} AS ${records} UNION ALL SELECT * FROM ${OpenRows.sourceOf(table)}`;
}
