import { renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { quoteLiteral } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import { createAllSql } from "./case-tables.ts";
import { kibibytes, MemoryShare } from "./memory-share.ts";

/** Name under which a reference case's database is attached. */
export const REFERENCE = "reference";

/** Bounds of the database. */
export interface StoreOptions {
  /** Memory that DuckDB may hold; what needs more spills to the case's `tmp` folder. Octets. */
  readonly memoryLimit?: number;
  /** A run of reading comes first: until it ends, the database has to do with little, as the analysis beside it needs the memory. */
  readonly forReading?: boolean;
  readonly threads?: number;
  /**
   * Octets of a block of a file that is made anew, a power of two from 16 KiB on. After each checkpoint every column in use takes a block for its
   * next row: with the 256 KiB that is usual the hundreds of columns of a recording took half a gigabyte, however few the rows.
   */
  readonly blockOctets?: number;
  /** Most octets that may spill to disk. */
  readonly spillLimit?: number;
  readonly readOnly?: boolean;
  /** Another case's database that is read beside this one, as `reference`. */
  readonly reference?: string;
}

/** Queries that can run at one time, each on a thread of its own. */
const READERS = 2;

/** What temporary tables are for: those of a purpose are on a connection of their own. */
export type Apart = "findings" | "sessions";

/**
 * An open database: a connection for records as they come, one for all other changes, some that read what is committed, and some
 * for temporary tables.
 */
export interface Database {
  readonly instance: DuckDBInstance;
  readonly add: DuckDBConnection;
  readonly write: DuckDBConnection;
  readonly reads: readonly DuckDBConnection[];
  readonly apart: Readonly<Record<Apart, DuckDBConnection>>;
  /** Who has how much of its memory, once it is not for reading any more. */
  readonly memory: MemoryShare;
}

/** Folder inside `tmpFolder` that exports are made in: the only place outside of the database that queries can reach. */
export function exportFolderOf(tmpFolder: string): string {
  return join(tmpFolder, "export");
}

const DEFAULT_MEMORY = 192 * 1024 * 1024;
/** Memory that is enough to take in rows: what is beyond it goes to the database file. */
const READING_MEMORY = 96 * 1024 * 1024;
/** Memory that nearly all questions over the records of 30 GB do with. */
const THRIFTY_MEMORY = 128 * 1024 * 1024;

/** Where it expects few rows, the database takes the nearest of others by looking at each of them; hostile captures make it expect few where there are thousands. */
export const NO_LOOPS = { asof_loop_join_threshold: "0" };

/** Opens or makes the database file and locks its settings, all but the limit of its memory. */
export async function connectDatabase(path: string, tmpFolder: string, options: StoreOptions): Promise<Database> {
  const memory = options.forReading ? READING_MEMORY : memoryOf(options);
  const instance = await DuckDBInstance.create(path, {
    access_mode: options.readOnly ? "READ_ONLY" : "READ_WRITE",
    ...(options.blockOctets === undefined ? {} : { default_block_size: String(options.blockOctets) }),
    memory_limit: kibibytes(memory),
    ...NO_LOOPS,
    threads: String(options.threads ?? Math.max(1, Math.floor(availableParallelism() / 2))),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    checkpoint_threshold: "64MB",
    // From the beginning on: after a crash opening it already takes as much memory as what was not checkpointed.
    temp_directory: join(tmpFolder, "spill"),
    max_temp_directory_size: kibibytes(options.spillLimit ?? 16 * 1024 ** 3),
  });
  try {
    const write = await instance.connect();
    if (options.reference !== undefined)
      await write.run(`ATTACH ${quoteLiteral(options.reference)} AS ${REFERENCE} (READ_ONLY)`);
    // The evidence is hostile and queries are typed by hand: nothing outside the case can be reached, for good.
    const settings = [
      `allowed_directories = [${quoteLiteral(exportFolderOf(tmpFolder))}]`,
      "enable_external_access = false",
      // Memory that queries gave back stays with the process otherwise.
      "allocator_background_threads = true",
      "allowed_configs = ['memory_limit']",
      "lock_configuration = true",
    ];
    for (const setting of settings) await write.run(`SET ${setting}`);
    const reads: DuckDBConnection[] = [];
    while (reads.length < READERS) reads.push(await instance.connect());
    const apart = { findings: await instance.connect(), sessions: await instance.connect() };
    const share = new MemoryShare(path, instance, memoryOf(options), THRIFTY_MEMORY);
    return { instance, add: await instance.connect(), write, reads, apart, memory: share };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

function memoryOf({ memoryLimit }: StoreOptions): number {
  return memoryLimit ?? DEFAULT_MEMORY;
}

/** Makes an empty database beside its place and moves it there when it is whole. */
export async function buildDatabase(
  path: string,
  tmpFolder: string,
  types: readonly RecordType[],
  options: StoreOptions,
): Promise<void> {
  const draft = `${path}.new`;
  for (const leftover of [draft, `${draft}.wal`, `${path}.wal`]) rmSync(leftover, { force: true });
  const database = await connectDatabase(draft, tmpFolder, options);
  try {
    await database.write.run(`BEGIN; ${createAllSql(types).join("; ")}; COMMIT`);
    await database.write.run("CHECKPOINT");
  } finally {
    closeDatabase(database);
  }
  renameSync(draft, path);
}

export function closeDatabase({ instance, add, write, reads, apart }: Database): void {
  for (const connection of [...reads, write, add, ...Object.values(apart)]) connection.closeSync();
  instance.closeSync();
}
