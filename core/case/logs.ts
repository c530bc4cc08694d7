import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { DuckDBListValue, DuckDBTimestampNanosecondsValue } from "@duckdb/node-api";
import { BacktrailError } from "../contracts/result.ts";
import { quoteIdentifier, quoteLiteral } from "../records/duckdb-schema.ts";
import type { LogCell } from "../records/log-values.ts";
import { csvHeader, csvLine, ndjsonLine } from "../records/plain-log.ts";
import type { RecordType } from "../records/record-type.ts";
import { allColumns } from "../records/record-type.ts";
import { zeekFooter, zeekHeader, zeekJsonLine, zeekTsvLine } from "../records/zeek-log.ts";
import { ioProblem } from "./io-problem.ts";
import { makeFolder } from "./make-folder.ts";
import { draftOf, putInPlace } from "./output-file.ts";
import type { RecordStore } from "./store.ts";

/** Forms in which record tables are written; the suffix of their files. */
export const LOG_FORMATS = {
  "zeek-tsv": "log",
  "zeek-json": "log",
  ndjson: "ndjson",
  csv: "csv",
  parquet: "parquet",
} as const;
export type LogFormat = keyof typeof LOG_FORMATS;

export interface LogOptions {
  readonly format: LogFormat;
  /** Tables to write, all that have rows if not given. */
  readonly tables?: readonly string[];
  /** Decimals of seconds in Zeek's forms: 6 as Zeek, or 9. */
  readonly decimals?: 6 | 9;
  /** Where the rows come from, by name: kept in the footer of a Parquet file, the one form here that has a place for it. */
  readonly origin?: Readonly<Record<string, string>>;
}

/** One written file. */
export interface WrittenLog {
  readonly table: string;
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
}

/**
 * Writes record tables as files into a folder, in time order. A file appears under its name when it is whole.
 * @throws BacktrailError `no-table` for an unknown table, or what prevents writing.
 */
export async function writeLogs(store: RecordStore, folder: string, options: LogOptions): Promise<WrittenLog[]> {
  const types = chosenTypes(store.types, options.tables);
  try {
    makeFolder(folder);
  } catch (error) {
    throw ioProblem(error, `making the folder ${folder}`);
  }
  const written: WrittenLog[] = [];
  const connection = await store.connect();
  try {
    for (const type of types) {
      const log = await writeLog(connection, store, type, folder, options);
      if (log !== null) written.push(log);
    }
  } finally {
    connection.closeSync();
  }
  return written;
}

function chosenTypes(types: readonly RecordType[], names: readonly string[] | undefined): readonly RecordType[] {
  if (names === undefined) return types;
  return names.map((name) => {
    const type = types.find((candidate) => candidate.name === name);
    if (type === undefined)
      throw new BacktrailError(
        "no-table",
        `There is no table ${name}; there are: ${types.map((known) => known.name).join(", ")}.`,
      );
    return type;
  });
}

/** Null if the table has no rows and was not asked for by name. */
async function writeLog(
  connection: DuckDBConnection,
  store: RecordStore,
  type: RecordType,
  folder: string,
  options: LogOptions,
): Promise<WrittenLog | null> {
  const [span] = await store.rows(
    `SELECT count(*) AS rows, min(ts) AS first, max(ts) AS last FROM ${quoteIdentifier(type.name)}`,
  );
  const rows = Number(span?.["rows"] ?? 0);
  if (rows === 0 && options.tables === undefined) return null;
  const path = join(folder, `${type.name}.${LOG_FORMATS[options.format]}`);
  const part = draftOf(path);
  try {
    if (options.format === "parquet") {
      await copyParquet(connection, store, type, part, options.origin ?? {});
    } else {
      const file = await open(part, "w");
      try {
        const written = await writeText(
          connection,
          type,
          options.format,
          options.decimals ?? 6,
          { first: ms(span?.["first"]), last: ms(span?.["last"]) },
          (text) => file.appendFile(text),
        );
        // Rows that are read as they come end without an error when the database breaks off.
        if (written < rows) throw new BacktrailError("out-of-memory", brokenOff(type.name, written, rows));
      } finally {
        await file.close();
      }
    }
    const sha256 = await hashOf(part);
    await putInPlace(part, path);
    return { table: type.name, path, rows, sha256 };
  } catch (error) {
    await rm(part, { force: true });
    throw ioProblem(error, `writing ${path}`);
  }
}

function ms(ns: unknown): number {
  return typeof ns === "bigint" ? Number(ns / 1_000_000n) : 0;
}

function brokenOff(table: string, written: number, rows: number): string {
  return `The database broke off after ${written} of ${rows} rows of ${table}, as where memory ends; nothing was written. Try again with other programs closed.`;
}

/** @returns how many rows were written. */
async function writeText(
  connection: DuckDBConnection,
  type: RecordType,
  format: Exclude<LogFormat, "parquet">,
  decimals: 6 | 9,
  times: { first: number; last: number },
  write: (text: string) => Promise<void>,
): Promise<number> {
  let written = 0;
  const line = lineWriter(type, format, decimals);
  if (format === "zeek-tsv") await write(zeekHeader(type, times.first));
  if (format === "csv") await write(csvHeader(type));
  const result = await connection.stream(selectRows(type));
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const columns = chunk.getColumns();
    const cells: LogCell[] = [];
    let text = "";
    for (let row = 0; row < chunk.rowCount; row++) {
      for (let i = 0; i < columns.length; i++) cells[i] = logCell(columns[i]![row]!);
      text += line(cells);
    }
    await write(text);
    written += chunk.rowCount;
  }
  if (format === "zeek-tsv") await write(zeekFooter(times.last));
  return written;
}

function lineWriter(
  type: RecordType,
  format: Exclude<LogFormat, "parquet">,
  decimals: 6 | 9,
): (cells: readonly LogCell[]) => string {
  switch (format) {
    case "zeek-tsv":
      return zeekTsvLine(type, { decimals });
    case "zeek-json":
      return zeekJsonLine(type, { decimals });
    case "ndjson":
      return ndjsonLine(type);
    case "csv":
      return csvLine(type);
    default:
      return format satisfies never;
  }
}

function selectRows(type: RecordType): string {
  const columns = allColumns(type).map(([name]) => quoteIdentifier(name));
  return `SELECT ${columns.join(", ")} FROM ${quoteIdentifier(type.name)} ORDER BY ts, uid, n`;
}

/** Record tables have only these kinds of values. */
function logCell(value: DuckDBValue): LogCell {
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof DuckDBListValue) return value.items as readonly (boolean | number | bigint | string)[];
  return value as LogCell;
}

/** DuckDB may write into the case's own folder only: the file is made there and then moved. */
async function copyParquet(
  connection: DuckDBConnection,
  store: RecordStore,
  type: RecordType,
  path: string,
  origin: Readonly<Record<string, string>>,
): Promise<void> {
  const made = join(store.exportFolder, `${type.name}.parquet`);
  const columns = [...allColumns(type).map(([name]) => quoteIdentifier(name)), "rid"].join(", ");
  const rows = `SELECT ${columns} FROM ${quoteIdentifier(type.name)} ORDER BY ts, uid, n`;
  try {
    const metadata = Object.entries(origin)
      .map(([name, value]) => `${quoteIdentifier(name)}: ${quoteLiteral(value)}`)
      .join(", ");
    await connection.run(
      `COPY (${rows}) TO ${quoteLiteral(made)} (FORMAT parquet, COMPRESSION zstd${metadata === "" ? "" : `, KV_METADATA {${metadata}}`})`,
    );
    try {
      await rename(made, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      await copyFile(made, path);
    }
  } finally {
    await rm(made, { force: true });
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest("hex");
}
