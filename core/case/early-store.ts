import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { groupBy } from "../contracts/grouping.ts";
import { createTableSql, quoteIdentifier } from "../records/duckdb-schema.ts";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { createAllSql } from "./case-tables.ts";
import { ChunkAppender } from "./chunk-appender.ts";
import { guarded } from "./database-problem.ts";
import { addAddresses, addressColumns, collectAddresses } from "./hosts.ts";
import type { QueryRow } from "./result-values.ts";
import { rowsOf } from "./store-sql.ts";

/** What a problem of it is said to be of. */
const NAME = "the first records";
const MEMORY_OCTETS = 96e6;
/** Cells of records that are held: some 16 octets each. */
const MOST_CELLS = 2_000_000;

/** Name under which the tables are attached: in memory a database has blocks of 256 KiB unless it is told, and each column in use takes one. */
const OWN = "early";
const BLOCKS = "BLOCK_SIZE 16384";

const CONN = "conn";
const CONN_ENDED = "conn_ended";
const CONN_OPEN = "conn_open";

/**
 * Some records of an analysis under way, in memory, with the connections that are open. It has the tables of a case, so that estate and
 * detections can be asked over it while the case's own database takes in what comes.
 */
export class EarlyStore {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #types: ReadonlyMap<string, RecordType>;
  /** Chunks that came and are not in their tables yet. */
  #waiting: TableChunk[] = [];
  #open: TableChunk[] = [];
  readonly #filled = new Set<string>();
  #cells = 0;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, types: readonly RecordType[]) {
    this.#instance = instance;
    this.#connection = connection;
    this.#types = new Map(types.map((type) => [type.name, type]));
  }

  static async make(types: readonly RecordType[]): Promise<EarlyStore> {
    const instance = await DuckDBInstance.create(":memory:", { memory_limit: `${MEMORY_OCTETS}B`, threads: "1" });
    const connection = await instance.connect();
    const named = types.map((type) => (type.name === CONN ? { ...type, name: CONN_ENDED } : type));
    const open = createTableSql({ ...types.find(({ name }) => name === CONN)!, name: CONN_OPEN });
    const sql = [
      `ATTACH ':memory:' AS ${OWN} (${BLOCKS})`,
      `USE ${OWN}`,
      // It would else write beside whatever folder the program runs in.
      "SET temp_directory = ''",
      "SET enable_external_access = false",
      ...createAllSql(named),
      open,
      `CREATE VIEW ${CONN} AS SELECT * FROM ${CONN_ENDED} UNION ALL SELECT * FROM ${CONN_OPEN}`,
    ];
    await connection.run(sql.join("; "));
    return new EarlyStore(instance, connection, types);
  }

  /** True while it takes no more. */
  get isFull(): boolean {
    return this.#cells >= MOST_CELLS;
  }

  /** Tables that hold records. */
  get filled(): ReadonlySet<string> {
    const connections = [CONN_ENDED, CONN_OPEN].some((table) => this.#filled.has(table)) ? [CONN] : [];
    return new Set([...this.#filled, ...connections]);
  }

  /** Takes rows of records, as long as there is room; they can be asked for after `turn`. */
  append(chunk: TableChunk): void {
    if (this.isFull) return;
    this.#cells += chunk.rows * chunk.columns.length;
    this.#waiting.push(chunk);
  }

  /** Takes rows of `conn` of connections that are open, as they stand, and nothing else of them; those of the turn before are forgotten. */
  appendOpen(chunk: TableChunk): void {
    if (chunk.table === CONN) this.#open.push(chunk);
  }

  /** Makes what came visible. */
  async turn(): Promise<void> {
    const [waiting, open] = [this.#waiting, this.#open];
    this.#waiting = [];
    this.#open = [];
    await guarded(NAME, async () => {
      const addresses = new Set<string>();
      for (const [table, chunks] of groupBy(waiting, ({ table }) => table)) {
        const type = this.#types.get(table)!;
        for (const chunk of chunks) collectAddresses(chunk, addressColumns(type), addresses);
        await this.#fill(type, table === CONN ? CONN_ENDED : table, chunks);
      }
      await this.#connection.run(`DELETE FROM ${CONN_OPEN}`);
      const conn = this.#types.get(CONN)!;
      for (const chunk of open) collectAddresses(chunk, addressColumns(conn), addresses);
      await this.#fill(conn, CONN_OPEN, open);
      await addAddresses(this.#connection, addresses);
    });
  }

  /** Forgets all records: there is room for others. */
  async clear(): Promise<void> {
    this.#waiting = [];
    this.#cells = 0;
    await guarded(NAME, async () => {
      for (const table of [...this.#filled, "hosts"])
        await this.#connection.run(`DELETE FROM ${quoteIdentifier(table)}`);
      await this.#connection.run("CHECKPOINT");
    });
    this.#filled.clear();
  }

  rows(sql: string, parameters: Readonly<Record<string, DuckDBValue>> = {}): Promise<QueryRow[]> {
    return guarded(NAME, () => rowsOf(this.#connection, sql, parameters));
  }

  async change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void> {
    await guarded(NAME, async () => {
      for (const { sql, parameters } of statements) await this.#connection.run(sql, parameters);
    });
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /** An appender is there for a moment only: each takes memory of its own, however few the rows. */
  async #fill(type: RecordType, table: string, chunks: readonly TableChunk[]): Promise<void> {
    if (chunks.length === 0) return;
    this.#filled.add(table);
    const appender = await ChunkAppender.open(this.#connection, { ...type, name: table });
    for (const chunk of chunks) appender.append(chunk, 0);
    appender.close();
  }
}
