import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { EndedRows } from "../core/case/open-rows.ts";
import { RecentStore } from "../core/case/recent-store.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import { detectionRows } from "../core/detections/judge.ts";
import { effectiveParameters } from "../core/detections/run.ts";
import { slicesOf, withSlices } from "../core/detections/slices.ts";
import { LatestRecords } from "../core/engine/live/latest-records.ts";
import { namedColumns } from "../core/engine/live/asked-detections.ts";
import { namedTables, tellingRows } from "../core/engine/live/telling-rows.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { conn } from "../core/net/records.ts";
import { SSH_RECORD } from "../core/protocols/ssh/records.ts";
import type { TableChunk } from "../core/records/table-chunk.ts";
import { TableBuilder } from "../core/records/table-chunk.ts";
import { scratchFolder } from "./sample-captures.ts";

const NOTHING: EndedRows = new Map();

const scratch = scratchFolder();
let recent: LatestRecords;
beforeAll(async () => {
  const path = join(scratch.path, "latest.duckdb");
  recent = await LatestRecords.make(path, RECORD_TYPES, namedColumns(RECORD_TYPES), () => Promise.resolve());
});
afterAll(async () => {
  await recent.close();
  scratch.remove();
});

type Connection = readonly [uid: string, state: string, respH?: string];

/** Rows of `conn` with these uids and states. */
function connections(...rows: readonly Connection[]): TableChunk {
  const builder = new TableBuilder(conn);
  const at = { ts: 1n, capture: 1, frame: 1 };
  for (const [uid, state, respH = "10.0.0.2"] of rows)
    builder.append(
      { uid, origH: "10.0.0.1", origP: 1, respH, respP: 2 },
      0,
      { proto: "tcp", conn_state: state },
      at,
      at,
    );
  return builder.take();
}

const states = async () =>
  (await recent.store.rows("SELECT uid, conn_state FROM conn ORDER BY uid")).map(({ uid, conn_state: state }) => [
    uid,
    state,
  ]);

/** uids of a slice, which is made when it is asked for. */
async function failed(): Promise<unknown[]> {
  const query = "SELECT uid FROM failed_conn ORDER BY uid";
  await recent.fill(slicesOf(query));
  return (await recent.store.rows(withSlices(query, recent.slices))).map(({ uid }) => uid);
}

it("shows a connection as it stands while it is open, and once when it has ended, whatever was asked before", async () => {
  expect(await states()).toEqual([]);
  const { tables } = await recent.turn([], [connections(["C1", "S0"], ["C2", "S1"])], NOTHING);
  expect([...tables]).toEqual(["conn"]);
  expect(await states()).toEqual([
    ["C1", "S0"],
    ["C2", "S1"],
  ]);
  expect(await failed()).toEqual(["C1", "C2"]);
  const open = [connections(["C1", "S0"]), connections(["C1", "S1"])];
  await recent.turn([connections(["C2", "SF"], ["C3", "REJ"])], open, new Map([["conn", ["C2"]]]));
  expect(await states()).toEqual([
    ["C1", "S1"],
    ["C2", "SF"],
    ["C3", "REJ"],
  ]);
  expect(await failed()).toEqual(["C1", "C2", "C3"]);
});

it("answers every detection, with the columns that it keeps", async () => {
  const refused: string[] = [];
  for (const detection of DETECTIONS) {
    const query = withSlices(detection.query, recent.slices);
    const parameters = effectiveParameters(detection, {}, { words: null });
    const asked = detectionRows(recent.store, { ...detection, query }, parameters);
    await asked.catch((error: unknown) => refused.push(`${detection.id}: ${String(error)}`));
  }
  expect(refused).toEqual([]);
});

it("keeps the newest rows of a table when it has too many, and all of one that has few", async () => {
  const few = recent.store;
  const session = new TableBuilder(SSH_RECORD);
  const at = { ts: 1n, capture: 1, frame: 1 };
  session.append({ uid: "S", origH: "10.0.0.1", origP: 1, respH: "10.0.0.2", respP: 22 }, 0, {}, at, at);
  await recent.turn([session.take()], [], NOTHING);
  // The next database is made of what is kept while this one is asked, and gets what came since when it takes its place.
  let turn = 0;
  for (; recent.store === few && turn < 100; turn++) {
    const rows = Array.from({ length: 5000 }, (_, i) => [`T${turn}.${i}`, "SF"] as const);
    await recent.turn([connections(...rows)], [], NOTHING);
  }
  const sql = `SELECT count(*) AS n, count(DISTINCT uid) AS uids, count(*) FILTER (uid = 'C2') AS earliest,
    count(*) FILTER (CAST(split_part(uid[2:], '.', 1) AS INTEGER) >= ${turn - 8}) AS newest FROM conn WHERE uid LIKE 'T%' OR uid = 'C2'`;
  const [counted] = await recent.store.rows(sql);
  expect(counted).toMatchObject({ uids: counted!["n"], earliest: 0, newest: 40_000 });
  expect(counted!["n"]).toBeLessThan(Math.min(5000 * turn, 80_000));
  expect(await recent.store.rows("SELECT uid FROM ssh")).toEqual([{ uid: "S" }]);
});

it("tells which rows matter to a query, where it says so for all that it reads", async () => {
  const tell = (query: string) => tellingRows(recent.store, query, { port: 445 }, namedTables(query, RECORD_TYPES));
  const one = `SELECT uid FROM conn WHERE "id.resp_p" = $port AND proto = 'tcp' AND conn_state LIKE '%F'`;
  const [condition] = (await tell(one)).get("conn")!.conditions;
  expect((await tell(one)).get("conn")!.isEvery).toBe(false);
  const two = await tell(`${one} AND uid IN (SELECT uid FROM ssh) UNION ALL SELECT uid FROM conn`);
  expect(two.get("conn")).toEqual({ conditions: [condition], isEvery: true });
  expect(two.get("ssh")).toEqual({ conditions: [], isEvery: true });
});

it("tells which conditions the rows that came meet, and no earlier ones", async () => {
  const conditions = ["\"conn_state\" = 'SF'", "\"conn_state\" = 'REJ'", "\"conn_state\" = 'S1'"];
  const asked = new Map([["conn", conditions]]);
  const met = async (ended: readonly TableChunk[], open: readonly TableChunk[]) =>
    [...((await recent.turn(ended, open, NOTHING, asked)).met.get("conn")?.keys() ?? [])].map((each) =>
      conditions.indexOf(each),
    );
  expect(await met([connections(["M1", "SF"])], [])).toEqual([0]);
  expect(await met([connections(["M2", "REJ"], ["M3", "REJ"])], [connections(["M4", "S1"])])).toEqual([1, 2]);
  expect(await met([], [connections(["M5", "SF"])])).toEqual([0]);
  const before = recent.store;
  const many = Array.from({ length: 50_000 }, (_, i) => [`N${i}`, "REJ"] as const);
  while (recent.store === before) expect(await met([connections(...many)], [])).toEqual([1]);
  const wrong = new Map([["conn", ["CAST(conn_state AS INTEGER) = 1"]]]);
  expect((await recent.turn([connections(["M6", "SF"])], [], NOTHING, wrong)).met).toEqual(
    new Map([["conn", new Map([[wrong.get("conn")![0], false]])]]),
  );
});

it("tells which conditions are met by rows of an act that was not seen before, whatever comes beside them", async () => {
  const [finished, refused] = ["\"conn_state\" = 'SF'", "\"conn_state\" = 'REJ'"] as const;
  const asked = new Map([["conn", [finished, refused]]]);
  const usual = Array.from({ length: 200 }, (_, i) => [`U${i}`, "SF"] as const);
  const turn = async (...rows: readonly Connection[]) =>
    (await recent.turn([connections(...rows)], [], NOTHING, asked)).met.get("conn");
  for (let times = 0; times < 5; times++) await turn(...usual);
  expect(await turn(...usual)).toEqual(new Map([[finished, false]]));
  expect(await turn(...usual, ["V", "REJ", "10.0.0.3"])).toEqual(
    new Map([
      [finished, false],
      [refused, true],
    ]),
  );
  expect(await turn(...usual, ["W", "SF", "10.0.0.3"], ["X", "REJ"])).toEqual(
    new Map([
      [finished, true],
      [refused, false],
    ]),
  );
});

it("is asked for the nearest rows again after more came", async () => {
  const nearest =
    "SELECT a.uid FROM conn a ASOF JOIN (SELECT ts, conn_state FROM conn WHERE conn_state = 'SF') b ON b.conn_state = a.conn_state AND a.ts >= b.ts";
  const path = join(scratch.path, "nearest.duckdb");
  const latest = await LatestRecords.make(path, RECORD_TYPES, namedColumns(RECORD_TYPES), () => Promise.resolve());
  try {
    for (let turn = 1; turn <= 3; turn++) {
      const rows = Array.from({ length: 100 }, (_, n) => [`N${turn}.${n}`, "SF"] as const);
      await latest.turn([connections(...rows)], [], NOTHING);
      expect(await latest.store.rows(nearest)).toHaveLength(100 * turn);
    }
  } finally {
    await latest.close();
  }
});

it("has everything once where memory is short as the next database takes its place", async () => {
  const path = join(scratch.path, "short.duckdb");
  const latest = await LatestRecords.make(path, RECORD_TYPES, namedColumns(RECORD_TYPES), () => Promise.resolve());
  const former = latest.store;
  // No capture is known that is short of memory in just this moment.
  const turn = Reflect.get<RecentStore, "turn">(RecentStore.prototype, "turn");
  let failed = 0;
  const spied = vi.spyOn(RecentStore.prototype, "turn").mockImplementation(function (this: RecentStore, ...asked) {
    if (this === former || this !== latest.store || failed++ > 0) return turn.apply(this, asked);
    return Promise.reject(new Error("Out of Memory Error: could not allocate block of size 256.0 KiB"));
  });
  try {
    let came = 0;
    for (; latest.store === former; came++)
      await latest.turn(
        [connections(...Array.from({ length: 5000 }, (_, i) => [`S${came}.${i}`, "SF"] as const))],
        [],
        NOTHING,
      );
    expect(failed).toBeGreaterThan(0);
    const [counted] = await latest.store.rows(
      `SELECT count(*) AS n, count(DISTINCT uid) AS uids, count(*) FILTER (uid LIKE 'S${came - 1}.%') AS last FROM conn`,
    );
    expect(counted).toMatchObject({ uids: counted!["n"], last: 5000 });
  } finally {
    spied.mockRestore();
    await latest.close();
  }
});
