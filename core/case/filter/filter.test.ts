import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordType } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";
import { TableBuilder } from "../../records/table-chunk.ts";
import { isSql, openFilter, openSql, placesOfFilter, placesOfRecords } from "../query.ts";
import { RecordStore } from "../store.ts";
import { replaceEstate } from "../story-tables.ts";
import { compileFilter } from "./compile.ts";
import { filterFields } from "./fields.ts";
import type { FilterTimes } from "./values.ts";
import { readDuration, readNumber, readTime } from "./values.ts";

const conn = recordType({
  name: "conn",
  text: "A connection",
  version: 1,
  layout: "connection",
  columns: {
    proto: { kind: "enum", text: "a" },
    service: { kind: "string", joined: true, text: "a" },
    duration: { kind: "interval", text: "a" },
    orig_bytes: { kind: "count", text: "a" },
    local_orig: { kind: "bool", text: "a" },
  },
});
const dns = recordType({
  name: "dns",
  text: "A question",
  version: 1,
  layout: "connection",
  columns: {
    query: { kind: "string", text: "a" },
    answers: { kind: "vector[string]", text: "a" },
    TTLs: { kind: "vector[interval]", text: "a" },
  },
});
const smb = recordType({
  name: "smb_files",
  text: "A file",
  version: 1,
  layout: "connection",
  columns: {
    path: { kind: "string", text: "a" },
    user: { kind: "string", text: "a" },
    from: { kind: "string", text: "a" },
    hosts: { kind: "set[addr]", text: "a" },
  },
});
const TYPES: readonly RecordType[] = [conn, dns, smb];

const DAY = 86_400_000_000_000n;
const START = 1_700_000_000_000_000_000n; // Tue 2023-11-14 22:13:20 UTC
const TIMES: FilterTimes = { start: START, end: START + 3n * DAY, now: START + 10n * DAY };

let folder: string;
let store: RecordStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-filter-"));
  store = await RecordStore.open(join(folder, "records.duckdb"), join(folder, "tmp"), TYPES);
  await store.beginIngest(1, [1], "1");
  let frame = 1;
  const add = (
    type: RecordType,
    uid: string,
    n: number,
    ts: bigint,
    ends: [string, number, string, number],
    row: Record<string, unknown>,
  ) => {
    const builder = new TableBuilder(type);
    const ref = { ts, capture: 1, frame: frame++ };
    builder.append({ uid, origH: ends[0], origP: ends[1], respH: ends[2], respP: ends[3] }, n, row, ref, ref);
    store.append(builder.take());
  };
  add(conn, "A", 0, START, ["10.1.2.3", 50000, "10.9.0.5", 445], {
    proto: "tcp",
    service: "gssapi,smb",
    duration: 90_000_000_000,
    orig_bytes: 5_000_000,
    local_orig: true,
  });
  add(conn, "B", 0, START + DAY, ["fe80::1", 50001, "2001:db8::7", 53], {
    proto: "udp",
    service: "dns",
    duration: 1000,
    orig_bytes: 60,
    local_orig: false,
  });
  add(conn, "C", 0, START + 3n * DAY, ["192.168.7.7", 1024, "203.0.113.5", 443], {
    proto: "tcp",
    service: null,
    duration: null,
    orig_bytes: null,
    local_orig: null,
  });
  add(dns, "B", 1, START + DAY, ["fe80::1", 50001, "2001:db8::7", 53], {
    query: "Files.Corp.example",
    answers: ["10.9.0.5", "alias.example"],
    TTLs: [5_000_000_000, 60_000_000_000],
  });
  add(dns, "B", 2, START + DAY, ["fe80::1", 50001, "2001:db8::7", 53], {
    query: "nothing.example",
    answers: null,
    TTLs: [],
  });
  add(smb, "A", 1, START + 1n, ["10.1.2.3", 50000, "10.9.0.5", 445], {
    path: "\\\\srv\\C$\\temp\\o'brien; --.vbk",
    user: "CORP\\admin",
    from: "x",
    hosts: ["10.9.0.5"],
  });
  await store.finishIngest("complete");
  await replaceEstate(store, {
    assets: [
      {
        address: "10.9.0.5",
        name: "BACKUP01",
        roles: [{ role: "backup-server", confidence: 1, source: "scope", reasons: [] }],
        inEstate: true,
        internal: true,
      },
      { address: "203.0.113.5", name: null, roles: [], inEstate: false, internal: false },
    ],
    networks: [],
    windows: [],
  });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function rids(filter: string): Promise<string> {
  return (await placesOfFilter(store, filter, TYPES, TIMES)).map(({ table, rid }) => `${table}:${rid}`).join(" ");
}

describe("filter", () => {
  it.each([
    ["src == 10.1.2.3", "conn:A.0 smb_files:A.1"],
    ["id.orig_h in 10.1.0.0/16", "conn:A.0 smb_files:A.1"],
    ["host in [10.9.0.0/24, 2001:db8::/32] and proto == udp", "conn:B.0"],
    ["dst == 2001:0db8:0:0::7 and proto is set", "conn:B.0"],
    ["dst in ::/0 and service == dns", "conn:B.0"],
    ["src in 0.0.0.0/0 and conn.proto", "conn:A.0 conn:C.0"],
    ["dst in backup and proto == tcp", "conn:A.0"],
    ["dst in backup-server && conn.proto == tcp", "conn:A.0"],
    ["dst == BACKUP01 and proto", "conn:A.0"],
    ["dst in external and proto", "conn:C.0"],
    ["port == 445 and proto", "conn:A.0"],
    ["port in [0x1bd, 53] and proto", "conn:A.0 conn:B.0"],
    ["dport in 400..450 and proto", "conn:A.0 conn:C.0"],
    ["port != 445 and proto", "conn:B.0 conn:C.0"],
    ["service == smb", "conn:A.0"],
    ["service in [gssapi, dns]", "conn:A.0 conn:B.0"],
    ["service == 'gssapi,smb'", "conn:A.0"],
    ["service != smb", "conn:B.0"],
    ["not service == smb", "conn:B.0 conn:C.0"],
    ["service is not set", "conn:C.0"],
    ["service is unset", "conn:C.0"],
    ["! service", "conn:C.0"],
    ["orig_bytes > 4MB", "conn:A.0"],
    ["source.bytes >= 60 and orig_bytes < 1_000", "conn:B.0"],
    ["duration >= 1.5m", "conn:A.0"],
    ["duration < 1", "conn:B.0"],
    ["local_orig", "conn:A.0"],
    ["local_orig == false", "conn:B.0"],
    ["not local_orig", "conn:B.0 conn:C.0"],
    ["ts == 2023-11-14 and proto", "conn:A.0"],
    ['ts >= "2023-11-15 00:00" and ts < end and proto', "conn:B.0"],
    ["ts in 2023-11-15..2023-11-17 and proto", "conn:B.0 conn:C.0"],
    ["ts > start+2d and proto", "conn:C.0"],
    ["ts >= end-1s and proto", "conn:C.0"],
    ["hour >= 22 and weekday == tue and proto", "conn:A.0"],
    ["weekday in [fri, sat] and proto", "conn:C.0"],
    ["query contains CORP", "dns:B.1"],
    ["dns.query startswith files and dns.query endswith .example", "dns:B.1"],
    ["query matches /^[a-z]+\\.corp/i", "dns:B.1"],
    ["query =~ 'Files'", "dns:B.1"],
    ["query !~ 'Files'", "dns:B.2"],
    ["answers contains alias", "dns:B.1"],
    ["answers == 10.9.0.5", "dns:B.1"],
    ["answers != 10.9.0.5", ""],
    ["not answers", "dns:B.2"],
    ["TTLs > 30s", "dns:B.1"],
    ["hosts in 10.9.0.0/16", "smb_files:A.1"],
    ["hosts in backup", "smb_files:A.1"],
    ["path contains '\\C$\\'", "smb_files:A.1"],
    ['path contains "C$\\temp"', "smb_files:A.1"],
    ['smb.path endswith "o\'brien; --.vbk"', "smb_files:A.1"],
    ["user == 'CORP\\admin'", "smb_files:A.1"],
    ["user.name endswith admin", "smb_files:A.1"],
    ["from == x", "smb_files:A.1"],
    ['"o\'brien"', "smb_files:A.1"],
    ["query contains zzz or path contains temp", "smb_files:A.1"],
    ["rid == B.2", "dns:B.2"],
    ["uid == B and (proto or query)", "conn:B.0 dns:B.1 dns:B.2"],
  ])("%s", async (filter, expected) => {
    expect(await rids(filter)).toBe(expected);
  });

  it.each([
    ["", 0, "it is empty"],
    ["port = = 4", 5, "a value is missing"],
    ["prot == 4", 0, "did you mean proto"],
    ["frobnicate == 4", 0, "no table has a field"],
    ["port == abc", 8, "this is no number"],
    ["port == 445 dst == 1.2.3.4", 12, 'join conditions with "and"'],
    ["(port == 445", 0, "add a )"],
    ["port == 445)", 11, "closes none"],
    ["src == 10.1.2.333", 7, "no address"],
    ["src in 10.0.0.0/33", 7, "no address"],
    ["src > 10.0.0.1", 6, "no order"],
    ["ts > yesteryear", 5, "this is no time"],
    ["ts == 2023-02-30", 6, "this is no time"],
    ["duration > long", 11, "this is no duration"],
    ["local_orig == maybe", 14, "neither true nor false"],
    ["port contains 4", 14, "is no text"],
    ['user == "x', 8, "not closed"],
    ["query matches /(a/", 14, "not complete"],
    ["query matches /(?=a)/", 14, "look-around"],
    ["query == a and path == b", 0, "no table has all of the fields"],
    ["port in [1, 2", 8, "list is not closed"],
    ["port #", 5, "means nothing"],
    ["src 10.0.0.1", 4, "an operator is due"],
    ["service is smb", 8, "is set"],
    ["port ==", 5, "a value is missing"],
    ["and", 0, "a condition is due"],
    ["port == 1 and", 13, "a condition is missing"],
    [`${"(".repeat(5000)}port`, 200, "nested deeper"],
    ["x".repeat(30_000), 20_000, "are the most"],
  ])("says what is wrong with %s", (filter, position, reason) => {
    const compiled = compileFilter(filter, TYPES, TIMES);
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    expect(compiled.error.message).toContain(reason);
    expect(compiled.error.position).toBe(position);
  });

  it("never throws, and what it gives the database always runs and changes nothing", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."src dst host port user ts time hour weekday query path answers TTLs hosts duration orig_bytes local_orig uid rid smb.path".split(
          " ",
        ),
      ),
      fc.constantFrom(
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "contains",
        "matches",
        "startswith",
        "is set",
        "is not set",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        ",",
        "..",
        "=~",
      ),
      fc.constantFrom(
        "10.0.0.0/8",
        "::1",
        "445",
        "5s",
        "10MB",
        "2023-11-14",
        "start+1h",
        "backup",
        "true",
        "mon",
        "/a+/i",
        "'; DROP TABLE conn; --'",
        '"\\x00"',
        "$p0",
        "r.uid",
      ),
      fc.string({ maxLength: 12 }).map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.string({ maxLength: 6, unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        const compiled = compileFilter(pieces.join(" "), TYPES, TIMES);
        if (!compiled.ok) {
          expect(compiled.error.position).toBeLessThanOrEqual(pieces.join(" ").length);
          return;
        }
        for (const { table, where, parameters } of compiled.value) {
          expect(where).not.toContain("DROP");
          try {
            await store.rows(`SELECT count(*) AS c FROM ${table} AS r WHERE ${where}`, { ...parameters });
          } catch (error) {
            // The database knows more of regular expressions than we check.
            if (!where.includes("regexp_matches")) throw error;
          }
        }
      }),
      { numRuns: 400 },
    );
    expect((await store.rows("SELECT count(*) AS c FROM conn"))[0]).toEqual({ c: 3 });
  });

  it("lists fields with the tables that have them", () => {
    const fields = filterFields(TYPES);
    expect(fields.find(({ name }) => name === "host")).toMatchObject({
      kind: "addr",
      tables: ["conn", "dns", "smb_files"],
    });
    expect(fields.find(({ name }) => name === "user")).toMatchObject({ tables: ["smb_files"] });
    expect(fields.find(({ name }) => name === "http.request.method")).toBeUndefined();
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
  });
});

describe("values", () => {
  it("reads numbers, durations and times exactly", () => {
    expect([
      readNumber("1_000"),
      readNumber("-5"),
      readNumber("007"),
      readNumber("1.5k"),
      readNumber("2GiB"),
      readNumber("x"),
      readNumber("1e5"),
    ]).toEqual(["1000", "-5", "7", "1500", "2147483648", null, null]);
    expect([
      readDuration("2h30m"),
      readDuration("-1.5s"),
      readDuration("10"),
      readDuration("5 s"),
      readDuration("1y"),
    ]).toEqual([9_000_000_000_000n, -1_500_000_000n, 10_000_000_000n, null, null]);
    expect(readTime("2023-11-14T22:13:20.000000001Z", TIMES)).toEqual({ from: START + 1n, to: START + 2n });
    expect(readTime("2023-11-14T23:13:20+01:00", TIMES)).toEqual({ from: START, to: START + 1_000_000_000n });
    expect(readTime("1700000000.5", TIMES)).toEqual({ from: START + 500_000_000n, to: START + 600_000_000n });
    expect(readTime("9999-01-01", TIMES)).toBeNull();
    expect(readTime("start", { ...TIMES, start: null })).toBeNull();
  });
});

describe("queries typed by a person", () => {
  const all = async (sql: string) => {
    const rows = await openSql(store, sql);
    const list = [];
    for (let batch = await rows.next(); batch !== null; batch = await rows.next()) list.push(...batch);
    return { columns: rows.columns, list };
  };

  it("read the records", async () => {
    expect(await all(`SELECT uid, ts, "id.resp_p", 1.5::DECIMAL(4,1) AS d FROM conn ORDER BY ts LIMIT 1`)).toEqual({
      columns: ["uid", "ts", "id.resp_p", "d"],
      list: [["A", START, 445, 1.5]],
    });
    expect((await all("FROM dns")).list).toHaveLength(2);
    expect((await all("EXPLAIN SELECT 1")).list.length).toBeGreaterThan(0);
    expect((await all("DESCRIBE conn")).list.length).toBeGreaterThan(5);
    const early = await openSql(store, "SELECT * FROM range(100000000)");
    await early.next();
    early.close();
    expect((await all(`SELECT "query" FROM dns WHERE lower("query") LIKE '%checkpoint%'`)).list).toEqual([]);
    const endless = "SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3";
    await expect(openSql(store, endless, 50).then((rows) => rows.next())).rejects.toThrow(/longer than 0.05 seconds/);
  });

  it.each([
    "INSERT INTO conn (uid) VALUES ('x')",
    "DELETE FROM conn",
    "DROP TABLE conn",
    "SELECT 1; DROP TABLE conn",
    "CREATE TABLE x AS SELECT 1",
    "COPY conn TO '/tmp/backtrail-stolen.csv'",
    "EXPLAIN ANALYZE DELETE FROM conn",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/backtrail-stolen.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "SELECT * FROM glob('/*')",
    "ATTACH '/tmp/x.duckdb'",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "PRAGMA database_size",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL pragma_version()",
    "SELECT * FROM enable_logging(storage='file', storage_path='/tmp/backtrail-stolen')",
    `FROM "Enable_Profiling" /* /* */ */ (save_location='/tmp/backtrail-stolen')`,
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "FROM query('FROM enable_' || 'logging()')",
    "SELECT nonsense FROM nowhere",
    "",
  ])("may not: %s", async (sql) => {
    await expect(all(sql)).rejects.toMatchObject({ code: "query" });
    expect((await store.rows("SELECT count(*) AS c FROM conn"))[0]).toEqual({ c: 3 });
  });

  it("are told from filters", () => {
    for (const sql of [
      "SELECT 1",
      " with a as (select 1) from a",
      "from conn",
      "FROM conn WHERE true",
      "delete from conn",
      "-- note\nselect 1",
    ]) {
      expect([sql, isSql(sql, TYPES, TIMES)]).toEqual([sql, true]);
    }
    for (const filter of ["port == 445", "from == x", "from contains 'a'", "select", "user"]) {
      expect([filter, isSql(filter, TYPES, TIMES)]).toEqual([filter, filter === "select"]);
    }
  });

  it("find records by id, and stream a filter's rows by table", async () => {
    expect(
      (await placesOfRecords(store, ["B.2", "A.1", "Z.9", "x", "A.0"])).map(({ table, rid }) => `${table}:${rid}`),
    ).toEqual(["dns:B.2", "smb_files:A.1", "conn:A.0"]);
    const tables: string[] = [];
    for await (const rows of openFilter(store, "src == 10.1.2.3", TYPES, TIMES)) {
      for (let batch = await rows.next(); batch !== null; batch = await rows.next())
        tables.push(...batch.map((row) => `${rows.table}:${row[rows.columns.indexOf("rid")] as string}`));
    }
    expect(tables).toEqual(["conn:A.0", "smb_files:A.1"]);
  });
});
