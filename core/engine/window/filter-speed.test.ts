// What makes filters quick (lists in place of joins, sessions as codes, the estate's sessions apart, counts by spans) must not change what they find.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { cancellable } from "../../case/cancellation.ts";
import type { Case } from "../../case/case.ts";
import { compileFilter } from "../../case/filter/compile.ts";
import { filterTimes } from "../filter-times.ts";
import { RECORD_TYPES } from "../record-types.ts";
import { createWorkspace } from "../workspace.ts";
import { readJoined } from "./known-values.ts";
import { sessionCondition } from "./narrowing.ts";
import { SpanIndex } from "./span-index.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-spans-"));
let source: Case;

beforeAll(async () => {
  source = await createWorkspace(join(folder, "a.case"));
  await source.store.change([
    {
      sql: `INSERT INTO conn (ts, uid, n, "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", proto, service, duration, orig_bytes, resp_bytes, conn_state)
        SELECT make_timestamp_ns(1772431251473602713 + CAST(hash(i) % 86400000000000 AS BIGINT)), 'C' || i, 0,
          '10.1.0.' || (i % 90), 40000 + i % 7, CASE WHEN i % 17 = 0 THEN 'fd00::9' WHEN i % 3 = 0 THEN '10.9.0.' || (i % 5) ELSE '10.1.0.' || (i % 11) END, [445, 53, 443][i % 3 + 1],
          CASE WHEN i % 2 = 0 THEN 'tcp' ELSE 'udp' END, [NULL, 'dns', 'smb', 'gssapi,smb', 'ssl,http'][i % 5 + 1],
          CASE WHEN i % 4 = 0 THEN NULL ELSE i * 1000000 END, CASE WHEN i % 13 = 0 THEN NULL ELSE i * 7 % 5000 END, i % 900, 'SF'
        FROM range(3000) t(i)`,
    },
    {
      sql: `INSERT INTO hosts SELECT DISTINCT h, '00000000000000000000ffff' || printf('%02x%02x%02x%02x', 10, p[2]::INT, p[3]::INT, p[4]::INT)
        FROM (SELECT h, string_split(h, '.') AS p FROM (SELECT "id.orig_h" AS h FROM conn UNION SELECT "id.resp_h" FROM conn) WHERE NOT contains(h, ':'))`,
    },
    { sql: `INSERT INTO hosts VALUES ('fd00::9', 'fd000000000000000000000000000009')` },
    {
      sql: `INSERT INTO assets SELECT address, 'M' || row_number() OVER (ORDER BY address), starts_with(address, '10.9.') OR address = '10.1.0.7', true FROM hosts`,
    },
  ]);
}, 60_000);

afterAll(() => {
  source.close();
  rmSync(folder, { recursive: true, force: true });
});

const condition = fc.constantFrom(
  "port == 445",
  "dport in [53, 443]",
  "src == 10.1.0.7",
  "host == 10.9.0.2",
  "dst in 10.9.0.0/16",
  "src in 10.0.0.0/8",
  "dst in 192.0.2.0/24",
  "dst in backup",
  "src in internal",
  "dst in external",
  "dst == M3",
  "src != 10.1.0.7",
  "service == smb",
  "service in [dns, http]",
  "service != smb",
  "service is not set",
  'service contains "smb"',
  "duration > 1s",
  "orig_bytes > 2000",
  "history is set",
  'uid startswith "C1"',
  "hour < 6",
  "time > 2026-03-02T12:00:00Z",
  "host in [10.9.0.1, 10.1.0.0/28]",
  "orig_bytes in [100..900]",
  "proto == udp",
  "conn_state is set",
  "sport in [40001, 40003..40005]",
  "duration is not set",
  "resp_bytes == 7",
  "dst == fd00::9",
  "host in fd00::/8",
);
const joined = (part: fc.Arbitrary<string>, maxLength: number) =>
  fc
    .array(fc.tuple(fc.constantFrom("and", "or", "and not"), part), { minLength: 1, maxLength })
    .map((parts) => parts.map(([word, text], i) => (i === 0 ? text : `${word} ${text}`)).join(" "));
const filter = joined(
  fc.oneof(
    { arbitrary: condition, weight: 3 },
    { arbitrary: joined(condition, 2).map((text) => `not (${text})`), weight: 1 },
  ),
  3,
);

/** Asked of codes alone: neither sessions nor those of the estate are read for them. */
const CODED = [
  "port == 445 and not (src == 10.1.0.7 or orig_bytes > 2000)",
  "dst in backup or dst == fd00::9",
  "service in [dns, http] and proto == udp",
  "conn_state is set and resp_bytes == 7",
  "sport in [40001, 40003..40005] and duration is not set",
];

/** What the overview draws, in the plainest words. */
async function plainly(text: string): Promise<{ sessions: number; into: number; out: number }> {
  const compiled = compileFilter(text, RECORD_TYPES, filterTimes(source));
  if (!compiled.ok) throw new Error(compiled.error.message);
  const own = compiled.value.find(({ table }) => table === "conn")!;
  const inside = (cell: string) => `${cell} IN (SELECT address FROM assets WHERE in_estate)`;
  const [to, from] = [inside(`r."id.resp_h"`), inside(`r."id.orig_h"`)];
  const sum = (a: string, b: string) =>
    `coalesce(sum(CASE WHEN ${to} AND NOT ${from} THEN coalesce(${a}, 0) WHEN ${from} AND NOT ${to} THEN coalesce(${b}, 0) END), 0)`;
  const [row] = await source.store.rows(
    `SELECT count(*) AS sessions, ${sum("r.orig_bytes", "r.resp_bytes")} AS a, ${sum("r.resp_bytes", "r.orig_bytes")} AS b FROM conn AS r WHERE ${own.where}`,
    own.parameters,
  );
  return { sessions: Number(row!["sessions"]), into: Number(row!["a"]), out: Number(row!["b"]) };
}

it("finds with lists, kept cells, codes and the estate's sessions apart what the plain query finds", async () => {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const indexes = [new SpanIndex(source), new SpanIndex(source)] as const;
  await indexes[1].prepare();
  const found = async (text: string, index: SpanIndex) => {
    const where = await sessionCondition(source, { filter: text, from: null, to: null });
    return { counts: (await index.counts("conn", where))!, volume: (await index.volume(where))! };
  };
  const isSame = async (text: string) => {
    const plain = await plainly(text);
    const [slow, quick] = [await found(text, indexes[0]), await found(text, indexes[1])];
    const { counts, volume } = slow;
    expect({ sessions: counts.before.at(-1)!, into: sum(volume.into), out: sum(volume.out) }, text).toEqual(plain);
    expect(quick, text).toEqual(slow);
  };
  for (const text of ["service == smb", "dst in backup"]) await isSame(text);
  await readJoined(source);
  for (const text of CODED) {
    const where = await sessionCondition(source, { filter: text, from: null, to: null });
    const [rows, apart] = [vi.spyOn(source.store, "rows"), vi.spyOn(source.store, "rowsApart")];
    await Promise.all([indexes[1].counts("conn", where), indexes[1].volume(where)]);
    expect([rows.mock.calls, apart.mock.calls], text).toEqual([[], []]);
    vi.restoreAllMocks();
  }
  await fc.assert(fc.asyncProperty(filter, isSame), { numRuns: 30 });
  const [apart, whole] = await Promise.all(
    indexes.map(async (index) =>
      index.volume(await sessionCondition(source, { filter: "port == 445", from: null, to: null })),
    ),
  );
  expect(whole).toEqual(apart);
});

function keptCodes() {
  const sql = "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, 'coded_')";
  return source.store.rowsApart("sessions", sql);
}

it("does without codes where reading the sessions breaks off, and keeps nothing of them", async () => {
  const read = source.store.numbers.bind(source.store);
  vi.spyOn(source.store, "numbers").mockImplementation((sql, parameters, take, how) => {
    let isFirst = true;
    const first: typeof take = (columns) => {
      if (isFirst) take(columns);
      isFirst = false;
    };
    return read(sql, parameters, first, how);
  });
  const index = new SpanIndex(source);
  await Promise.all([index.prepare(), index.prepare()]);
  vi.restoreAllMocks();
  expect(await keptCodes()).toEqual([]);
  const where = await sessionCondition(source, { filter: "port == 445", from: null, to: null });
  expect((await index.counts("conn", where))?.before.at(-1)).toBe(1000);
});

it("keeps nothing of codes where their making is given up", async () => {
  const stop = new AbortController();
  const read = source.store.numbers.bind(source.store);
  vi.spyOn(source.store, "numbers").mockImplementationOnce((...of) => {
    stop.abort();
    return read(...of);
  });
  const index = new SpanIndex(source);
  await expect(cancellable(stop.signal, () => index.prepare())).rejects.toThrow("taken back");
  vi.restoreAllMocks();
  expect(await keptCodes()).toEqual([]);
});

it("takes the estate that there is at its end where that became another one with as many machines meanwhile", async () => {
  const index = new SpanIndex(source);
  const read = source.store.numbers.bind(source.store);
  let changes = 0;
  vi.spyOn(source.store, "numbers").mockImplementation(async (sql, ...how) => {
    await read(sql, ...how);
    if (!sql.includes("assets") || changes++ > 0) return;
    await source.store.change([
      { sql: "UPDATE assets SET in_estate = NOT in_estate WHERE address IN ('10.9.0.1', '10.1.0.8')" },
    ]);
    index.forgetEstate();
  });
  await index.prepare();
  vi.restoreAllMocks();
  expect(changes).toBeGreaterThan(1);
  const coded = await sessionCondition(source, { filter: "proto == tcp", from: null, to: null });
  for (const condition of [coded, { where: coded.where, parameters: coded.parameters }])
    expect(await index.volume(condition)).toEqual(await new SpanIndex(source).volume(condition));
});

it("forgets what it kept when sessions or the estate become others", async () => {
  const index = new SpanIndex(source);
  await index.prepare();
  const none = { where: "true", parameters: {} };
  const before = (await index.volume(none))!;
  await source.store.change([{ sql: "UPDATE assets SET in_estate = false WHERE address = '10.1.0.7'" }]);
  index.forgetEstate();
  expect(await index.volume(none)).not.toEqual(before);
  await source.store.change([
    {
      sql: `INSERT INTO conn (ts, uid, n, "id.orig_h", "id.resp_h", service) SELECT max(ts), 'D', 0, '10.1.0.1', '10.9.0.1', 'krb,smb' FROM conn`,
    },
  ]);
  const where = await sessionCondition(source, { filter: "service == krb", from: null, to: null });
  expect((await index.counts("conn", where))?.before.at(-1)).toBe(1);
});
