import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { addressKey } from "../../dist/core/case/address-key.js";
import { createAllSql } from "../../dist/core/case/case-tables.js";
import { ChunkAppender } from "../../dist/core/case/chunk-appender.js";
import { queryValue } from "../../dist/core/case/result-values.js";
import { RECORD_TYPES } from "../../dist/core/engine/record-types.js";
import { analyzeInline } from "../../dist/core/engine/run-inline.js";
import { createTableSql, quoteIdentifier, quoteLiteral } from "../../dist/core/records/duckdb-schema.js";

/** Records of an older declaration do not fit today's tables. */
const SHAPE = createHash("sha256").update(createAllSql(RECORD_TYPES).join()).digest("hex").slice(0, 11);

/** The records of one capture, as detections see them: in memory, but with what a case's database has. */
export class CaptureRecords {
  #instance;
  #connection;

  constructor(instance, connection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /**
   * The records of a capture, from `cache` if they were kept there and analysed otherwise.
   * @throws if the capture cannot be read: it holds no packets.
   */
  static async of(path, sha256, cache, isFresh) {
    const kept = join(cache, `${sha256.slice(0, 24)}-${SHAPE}.duckdb`);
    if (isFresh) rmSync(kept, { force: true });
    if (!existsSync(kept)) await keep(path, kept);
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const connection = await instance.connect();
    const records = new CaptureRecords(instance, connection);
    // The case's own tables are written by the estate and so are in memory; record tables are only read.
    for (const sql of createAllSql([])) await connection.run(sql);
    await connection.run(`ATTACH ${quoteLiteral(kept)} AS kept (READ_ONLY)`);
    await connection.run("INSERT INTO hosts SELECT * FROM kept.hosts");
    await connection.run("SET search_path = 'memory.main,kept.main'");
    return records;
  }

  async rows(sql, parameters = {}) {
    const reader = await this.#connection.runAndReadAll(sql, { ...parameters });
    const names = reader.deduplicatedColumnNames();
    return reader
      .getRows()
      .map((row) => Object.fromEntries(row.map((value, i) => [names[i] ?? "", queryValue(value)])));
  }

  async change(statements) {
    for (const { sql, parameters } of statements) await this.#connection.run(sql, { ...parameters });
  }

  close() {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** Analyses a capture and writes all record tables, and `hosts`, into a database file of their own. */
async function keep(path, kept) {
  const { chunks } = await analyzeInline([path]);
  mkdirSync(join(kept, ".."), { recursive: true });
  const unfinished = `${kept}.${process.pid}`;
  rmSync(unfinished, { force: true });
  const instance = await DuckDBInstance.create(unfinished, { threads: "1" });
  const connection = await instance.connect();
  await connection.run("CREATE TABLE hosts (address VARCHAR, key VARCHAR)");
  await connection.run(`BEGIN; ${RECORD_TYPES.map(createTableSql).join("; ")}; COMMIT`);
  const types = RECORD_TYPES.filter(({ name }) => chunks.has(name));
  for (const type of types) {
    const appender = await ChunkAppender.open(connection, type);
    for (const chunk of chunks.get(type.name) ?? []) appender.append(chunk, 1);
    appender.close();
  }
  const sources = types.flatMap(({ name }) =>
    ["id.orig_h", "id.resp_h"].map((end) => `SELECT ${quoteIdentifier(end)} AS address FROM ${quoteIdentifier(name)}`),
  );
  if (sources.length > 0) {
    const reader = await connection.runAndReadAll(
      `SELECT DISTINCT address FROM (${sources.join(" UNION ALL ")}) WHERE address IS NOT NULL`,
    );
    for (const [address] of reader.getRows())
      await connection.run("INSERT INTO hosts VALUES ($address, $key)", { address, key: addressKey(address) });
  }
  connection.closeSync();
  instance.closeSync();
  renameSync(unfinished, kept);
}
