import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordType } from "../records/record-type.ts";
import { TableBuilder } from "../records/table-chunk.ts";
import { LOG_FORMATS, writeLogs } from "./logs.ts";
import { RecordStore } from "./store.ts";

const conn = recordType({
  name: "conn",
  text: "A connection",
  version: 1,
  layout: "connection",
  columns: { note: { kind: "string", text: "a" }, all: { kind: "vector[count]", text: "a" } },
});
const none = recordType({ name: "none", text: "Nothing", version: 1, layout: "plain", columns: {} });

let folder: string;
let store: RecordStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-logs-"));
  store = await RecordStore.open(join(folder, "records.duckdb"), join(folder, "tmp"), [conn, none]);
  await store.beginIngest(1, [1], "1");
  const builder = new TableBuilder(conn);
  for (let i = 2999; i >= 0; i--) {
    const ref = { ts: BigInt(i) * 1_000_000_000n, capture: 1, frame: i + 1 };
    builder.append(
      { uid: "C", origH: "10.0.0.1", origP: 1, respH: "10.0.0.2", respP: 2 },
      i,
      { note: `=${i}\t`, all: [i, 2] },
      ref,
      ref,
    );
  }
  store.append(builder.take());
  await store.finishIngest("complete");
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("logs", () => {
  it("are written in every form, in time order, the same each time", async () => {
    for (const format of Object.keys(LOG_FORMATS) as (keyof typeof LOG_FORMATS)[]) {
      const out = join(folder, "out's", format);
      const [log, ...more] = await writeLogs(store, out, { format });
      expect(more).toEqual([]);
      expect(log).toMatchObject({ table: "conn", rows: 3000, path: join(out, `conn.${LOG_FORMATS[format]}`) });
      const [again] = await writeLogs(store, out, { format, tables: ["conn"] });
      expect(again).toEqual(log);
    }
    const read = (format: string, name: string) =>
      readFileSync(join(folder, "out's", format, name), "utf8").split("\n");
    expect(read("zeek-tsv", "conn.log")).toHaveLength(8 + 3000 + 1 + 1);
    expect(read("zeek-tsv", "conn.log")[8]).toBe("0.000000\tC\t10.0.0.1\t1\t10.0.0.2\t2\t=0\\x09\t0,2\t0\t1\t1\t1\t1");
    expect(JSON.parse(read("zeek-json", "conn.log")[2999]!)).toMatchObject({
      ts: 2999,
      note: "=2999\t",
      all: [2999, 2],
    });
    expect(JSON.parse(read("ndjson", "conn.ndjson")[1]!)).toMatchObject({
      ts: "1970-01-01T00:00:01.000000000Z",
      rid: "C.1",
    });
    expect(read("csv", "conn.csv")[1]).toBe(
      "1970-01-01T00:00:00.000000000Z,C,10.0.0.1,1,10.0.0.2,2,'=0\t,0; 2,0,1,1,1,1,C.0\r",
    );
    const other = await (await DuckDBInstance.create()).connect();
    const parquet = join(folder, "out's", "parquet", "conn.parquet").replaceAll("'", "''");
    const rows = await other.runAndReadAll(
      `SELECT count(*), max(rid), typeof(any_value(ts)), sum("all"[1]) FROM '${parquet}'`,
    );
    expect(rows.getRowsJson()).toEqual([["3000", "C.999", "TIMESTAMP_NS", "4498500"]]);
  });

  it("name an unknown table and a folder that cannot be", async () => {
    await expect(writeLogs(store, folder, { format: "csv", tables: ["nope"] })).rejects.toMatchObject({
      code: "no-table",
    });
    await expect(writeLogs(store, join(folder, "records.duckdb", "x"), { format: "csv" })).rejects.toThrow(
      /records\.duckdb/,
    );
    expect(await writeLogs(store, join(folder, "o"), { format: "csv", tables: ["none"] })).toMatchObject([
      { table: "none", rows: 0 },
    ]);
  });
});
