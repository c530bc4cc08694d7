import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { DuckDBInstance, listValue, timestampNanosValue } from "@duckdb/node-api";
import { addressKey } from "../core/case/address-key.ts";
import { createAllSql } from "../core/case/case-tables.ts";
import { NO_LOOPS } from "../core/case/database.ts";
import { ChunkAppender } from "../core/case/chunk-appender.ts";
import { queryValue } from "../core/case/result-values.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { quoteIdentifier } from "../core/records/duckdb-schema.ts";
import type { RecordDatabase } from "../core/records/record-database.ts";
import type { ColumnKind, RecordType } from "../core/records/record-type.ts";
import type { TableChunk } from "../core/records/table-chunk.ts";
import { allColumns, isListKind } from "../core/records/record-type.ts";

/** A row by column name; columns that are left out are unset. Times are ns as bigint, or text "2024-03-01 02:00:00". */
export type Row = Readonly<Record<string, unknown>>;

/** All record tables and the case's own, empty, in memory: what estate and detections work on. */
export class RecordTables implements RecordDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #rows = 0;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async create(path = ":memory:"): Promise<RecordTables> {
    const instance = await DuckDBInstance.create(path, { threads: "1", ...NO_LOOPS });
    const tables = new RecordTables(instance, await instance.connect());
    // One call and one transaction: a third of the time, and every story and sample pays it.
    await tables.#connection.run(`BEGIN; ${createAllSql(RECORD_TYPES).join("; ")}; COMMIT`);
    return tables;
  }

  /** Gives the memory back. */
  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async rows(
    sql: string,
    parameters: Readonly<Record<string, string | number>> = {},
  ): Promise<Record<string, unknown>[]> {
    const reader = await this.#connection.runAndReadAll(sql, { ...parameters });
    const names = reader.deduplicatedColumnNames();
    return reader
      .getRows()
      .map((row) => Object.fromEntries(row.map((value, i) => [names[i] ?? "", queryValue(value)])));
  }

  async change(
    statements: readonly { readonly sql: string; readonly parameters?: Readonly<Record<string, string | number>> }[],
  ): Promise<void> {
    for (const { sql, parameters } of statements) await this.#connection.run(sql, { ...parameters });
  }

  /** Adds rows to a record table. `uid` and `n` are made up where left out. */
  async add(table: string, ...rows: readonly Row[]): Promise<void> {
    const type = RECORD_TYPES.find(({ name }) => name === table);
    if (type === undefined) throw new Error(`no record type ${table}`);
    for (const row of rows)
      await this.#insert(type, {
        uid: `T${++this.#rows}`,
        n: 0,
        capture: 1,
        frame: this.#rows,
        last_capture: 1,
        last_frame: this.#rows,
        ...row,
      });
  }

  /** Adds what an analysis wrote (`analyzeInline`). */
  async load(chunks: ReadonlyMap<string, readonly TableChunk[]>): Promise<void> {
    for (const [table, list] of chunks) {
      const type = RECORD_TYPES.find(({ name }) => name === table);
      if (type === undefined) throw new Error(`no record type ${table}`);
      const appender = await ChunkAppender.open(this.#connection, type);
      for (const chunk of list) appender.append(chunk, 1);
      appender.close();
    }
  }

  /** Adds the addresses of the records to `hosts`, as the case does when a run ends. */
  async finish(): Promise<void> {
    const sources = RECORD_TYPES.flatMap(({ name }) => [
      `SELECT "id.orig_h" AS address FROM ${quoteIdentifier(name)}`,
      `SELECT "id.resp_h" FROM ${quoteIdentifier(name)}`,
    ]);
    const known = new Set((await this.rows("SELECT address FROM hosts")).map((row) => row["address"]));
    for (const { address } of await this.rows(
      `SELECT DISTINCT address FROM (${sources.join(" UNION ALL ")}) WHERE address IS NOT NULL`,
    )) {
      if (known.has(address)) continue;
      await this.#connection.run("INSERT INTO hosts VALUES ($address, $key)", {
        address: String(address),
        key: addressKey(String(address)),
      });
    }
  }

  async #insert(type: RecordType, row: Row): Promise<void> {
    const kinds = new Map(allColumns(type).map(([name, { kind }]) => [name, kind]));
    const entries = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
    const values: Record<string, DuckDBValue> = {};
    const slots = entries.map(([name, value], i) => {
      const kind = kinds.get(name);
      if (kind === undefined) throw new Error(`${type.name} has no column ${name}`);
      values[`v${i}`] = toDuckdb(kind, value);
      return `$v${i}`;
    });
    const names = entries.map(([name]) => quoteIdentifier(name));
    await this.#connection.run(
      `INSERT INTO ${quoteIdentifier(type.name)} (${names.join(", ")}) VALUES (${slots.join(", ")})`,
      values,
    );
  }
}

function toDuckdb(kind: ColumnKind, value: unknown): DuckDBValue {
  if (isListKind(kind)) return listValue(value as DuckDBValue[]);
  if (kind === "time") return timestampNanosValue(typeof value === "bigint" ? value : timeOf(String(value)));
  return value as DuckDBValue;
}

/** "2024-03-01 02:00:00" or "2024-03-01 02:00:00.5" UTC as ns since 1970. */
export function timeOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(Date.parse(`${whole.replace(" ", "T")}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
