import { afterAll, beforeAll, expect, it } from "vitest";
import { RecentStore } from "../core/case/recent-store.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import { detectionRows } from "../core/detections/judge.ts";
import { effectiveParameters } from "../core/detections/run.ts";
import { fillSlices, makeEmptySlices, withSlices } from "../core/detections/slices.ts";
import { namedColumns } from "../core/engine/live/prompt-detections.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { conn } from "../core/net/records.ts";
import type { TableChunk } from "../core/records/table-chunk.ts";
import { TableBuilder } from "../core/records/table-chunk.ts";

let recent: RecentStore;
beforeAll(async () => {
  recent = await RecentStore.make(RECORD_TYPES, namedColumns(RECORD_TYPES));
});
afterAll(() => recent.close());

/** Rows of `conn` with these uids and states. */
function connections(...rows: readonly (readonly [uid: string, state: string])[]): TableChunk {
  const builder = new TableBuilder(conn);
  const at = { ts: 1n, capture: 1, frame: 1 };
  for (const [uid, state] of rows)
    builder.append({ uid, origH: "10.0.0.1", origP: 1, respH: "10.0.0.2", respP: 2 }, 0, { conn_state: state }, at, at);
  return builder.take();
}

const states = async () =>
  (await recent.rows("SELECT uid, conn_state FROM conn ORDER BY uid")).map(({ uid, conn_state: state }) => [
    uid,
    state,
  ]);

it("shows a connection as it stands while it is open, and once when it has ended, whatever was asked before", async () => {
  expect(await states()).toEqual([]);
  recent.appendOpen(connections(["C1", "S0"], ["C2", "S1"]));
  expect([...(await recent.turn([], 100))]).toEqual(["conn"]);
  expect(await states()).toEqual([
    ["C1", "S0"],
    ["C2", "S1"],
  ]);
  recent.appendOpen(connections(["C1", "S1"]));
  recent.append(connections(["C2", "SF"]));
  await recent.turn(["C2"], 100);
  expect(await states()).toEqual([
    ["C1", "S1"],
    ["C2", "SF"],
  ]);
});

it("forgets rows by when they came", async () => {
  for (let turn = 0; turn < 20; turn++) await recent.turn([], 3);
  expect(await states()).toEqual([["C1", "S1"]]);
});

it("answers every detection, with the columns that it keeps", async () => {
  const slices = await makeEmptySlices(recent);
  await fillSlices(recent, slices);
  const refused: string[] = [];
  for (const detection of DETECTIONS) {
    const query = withSlices(detection.query, slices);
    const asked = detectionRows(recent, { ...detection, query }, effectiveParameters(detection, {}, { words: null }));
    await asked.catch((error: unknown) => refused.push(`${detection.id}: ${String(error)}`));
  }
  expect(refused).toEqual([]);
});
