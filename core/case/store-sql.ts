import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DuckDBDataChunk, DuckDBTypeId } from "@duckdb/node-api";
import type { Vector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import { quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import { bindUsed } from "./bind-used.ts";
import { REFERENCE } from "./database.ts";
import type { QueryRow, QueryValue } from "./result-values.ts";
import { queryValue } from "./result-values.ts";

/** Name of the case's own database, after its file. */
export const OWN = "records";

/** Views that stand in front of the tables: temporary names are found first. */
export function referenceViews(types: readonly RecordType[], shiftNs: bigint): string[] {
  const views = types.map((type) => {
    const table = quoteIdentifier(type.name);
    const moved = allColumns(type)
      .filter(([, { kind }]) => kind === "time")
      .map(
        ([name]) => `make_timestamp_ns(epoch_ns(${quoteIdentifier(name)}) + ${shiftNs}) AS ${quoteIdentifier(name)}`,
      );
    return `CREATE OR REPLACE TEMP VIEW ${table} AS SELECT * FROM ${OWN}.main.${table} UNION ALL BY NAME SELECT * REPLACE (${moved.join(", ")}) FROM ${REFERENCE}.main.${table}`;
  });
  return [
    ...views,
    `CREATE OR REPLACE TEMP VIEW hosts AS SELECT address, key FROM ${OWN}.main.hosts UNION SELECT address, key FROM ${REFERENCE}.main.hosts`,
  ];
}

/** Does work as one transaction of a connection: all of it or nothing. */
export async function inTransaction(connection: DuckDBConnection, work: () => Promise<void>): Promise<void> {
  await connection.run("BEGIN TRANSACTION");
  try {
    await work();
    await connection.run("COMMIT");
  } catch (error) {
    await connection.run("ROLLBACK");
    throw error;
  }
}

/** All rows of a query. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Record<string, DuckDBValue>,
): Promise<QueryRow[]> {
  const { names, cells } = await cellsOf(connection, sql, parameters);
  return cells.map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, value])));
}

/** Cells of a query by row, in the order of its columns. */
export interface QueryCells {
  readonly names: readonly string[];
  readonly cells: readonly (readonly QueryValue[])[];
}

/** All rows of a query as plain lists, which is twice as quick where rows are wide. */
export async function cellsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Readonly<Record<string, DuckDBValue>>,
): Promise<QueryCells> {
  const statement = await connection.prepare(sql);
  try {
    bindUsed(statement, parameters);
    const reader = await statement.runAndReadAll();
    return { names: reader.deduplicatedColumnNames(), cells: reader.getRows().map((row) => row.map(queryValue)) };
  } finally {
    statement.destroySync();
  }
}

/** Columns of some rows as they lie in the database's memory: good until the function they are given to returns. */
export type TakeNumbers = (columns: readonly (Uint32Array | Float64Array)[]) => void;

/**
 * Reads columns of the types UINTEGER and DOUBLE, none of them NULL, without making a value of each cell.
 * @param how Rows that are streamed take no memory in the database. Where it breaks off they end like others: who reads so counts them.
 */
export async function numbersOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Readonly<Record<string, DuckDBValue>>,
  take: TakeNumbers,
  how: "whole" | "streamed",
): Promise<void> {
  const statement = await connection.prepare(sql);
  try {
    bindUsed(statement, parameters);
    const result = how === "whole" ? await statement.run() : await statement.stream();
    const areDouble = result.columnTypes().map(({ typeId }) => typeId === DuckDBTypeId.DOUBLE);
    // What is looked at lies in the chunk, which must not be given back meanwhile.
    const held: { chunk: DuckDBDataChunk | null } = { chunk: null };
    while (((held.chunk = await result.fetchChunk())?.rowCount ?? 0) > 0) {
      const { chunk, rowCount } = held.chunk!;
      take(areDouble.map((isDouble, i) => numbersAt(duckdb.data_chunk_get_vector(chunk, i), rowCount, isDouble)));
    }
  } finally {
    statement.destroySync();
  }
}

function numbersAt(vector: Vector, rows: number, isDouble: boolean): Uint32Array | Float64Array {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, rows * (isDouble ? 8 : 4));
  return isDouble ? new Float64Array(buffer, byteOffset, rows) : new Uint32Array(buffer, byteOffset, rows);
}

/** Rows as the database has them: values in the order of the columns, and their types. */
export interface TypedRows {
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Adds rows to a table, values in the order of its columns. */
export async function appendRows(
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
