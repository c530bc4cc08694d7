import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { CurrentView } from "../core/case/current-view.ts";
import { OpenRows, toldOpen } from "../core/case/open-rows.ts";
import { RecentStore } from "../core/case/recent-store.ts";
import { LatestRecords } from "../core/engine/live/latest-records.ts";
import { PromptDetections } from "../core/engine/live/prompt-detections.ts";
import { ShownRecords } from "../core/engine/live/shown-records.ts";
import { createWorkspace } from "../core/engine/workspace.ts";
import { conn } from "../core/net/records.ts";
import { dceRpcRecord } from "../core/protocols/dce-rpc/records.ts";
import { TableBuilder } from "../core/records/table-chunk.ts";
import { scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
afterEach(() => vi.restoreAllMocks());

it("leaves out a detection of which the question fails, and asks all others over another database", async () => {
  const target = await createWorkspace(join(scratch.path, "case"));
  const prompt = await PromptDetections.make(target);
  const calls = new TableBuilder(dceRpcRecord);
  const at = { ts: 1_700_000_000_000_000_000n, capture: 1, frame: 1 };
  const key = { uid: "C1", origH: "10.0.0.1", origP: 50_000, respH: "10.0.0.2", respP: 445 };
  calls.append(key, 0, { endpoint: "svcctl", operation: "CreateServiceW", opnum: 12 }, at, at);
  // The database may fail so for faults of its own, which no capture is known to bring about.
  const rows = vi
    .spyOn(RecentStore.prototype, "rows")
    .mockImplementationOnce(() => Promise.reject(new Error("a fault of the database")));
  try {
    prompt.estateChanged();
    prompt.append(calls.take());
    prompt.committed();
    await prompt.turn(new Set(["10.0.0.1", "10.0.0.2"]));
    do await prompt.pass();
    while (prompt.isUrgent);
    const refusals = prompt.takeRefusals();
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/^BT-[A-Z0-9]+-\d+ could not be asked .* \(a fault of the database\)\.$/);
    expect(prompt.takeRefusals()).toEqual([]);
    const [failed, ...others] = rows.mock.contexts;
    expect(others.length).toBeGreaterThan(5);
    expect(others).not.toContain(failed);
  } finally {
    await prompt.close();
    target.close();
  }
});

it("has a connection as open no more that ended among more rows than may wait", async () => {
  const target = await createWorkspace(join(scratch.path, "flood"));
  const prompt = await PromptDetections.make(target);
  const connections = new TableBuilder(conn);
  const key = { uid: "C1", origH: "10.0.0.1", origP: 50_000, respH: "10.0.0.2", respP: 445 };
  const at = { ts: 1_700_000_000_000_000_000n, capture: 1, frame: 1 };
  const connection = () => {
    connections.append(key, 0, { proto: "tcp", conn_state: "S1" }, at, at);
    return connections.take();
  };
  const renew = vi.spyOn(LatestRecords.prototype, "renew");
  try {
    prompt.estateChanged();
    prompt.appendOpen(connection());
    await prompt.turn(new Set());
    expect(await prompt.placesOfOpen(["C1.0"])).toHaveLength(1);
    await prompt.pass();
    expect(renew).not.toHaveBeenCalled();
    prompt.append(connection());
    prompt.append({ ...new TableBuilder(dceRpcRecord).take(), rows: 200_000 });
    expect(await prompt.placesOfOpen(["C1.0"])).toEqual([]);
    prompt.append(connection());
    prompt.committed();
    await prompt.turn(new Set());
    do await prompt.pass();
    while (prompt.isUrgent);
    expect(renew).toHaveBeenCalledOnce();
  } finally {
    await prompt.close();
    target.close();
  }
});

it("has a connection as open no more that ended when the database failed", async () => {
  const target = await createWorkspace(join(scratch.path, "failed"));
  const shown = await ShownRecords.make(target.store);
  const connections = new TableBuilder(conn);
  const key = { uid: "C1", origH: "10.0.0.1", origP: 50_000, respH: "10.0.0.2", respP: 445 };
  const at = { ts: 1_700_000_000_000_000_000n, capture: 1, frame: 1 };
  connections.append(key, 0, { proto: "tcp", conn_state: "S1" }, at, at);
  const connection = connections.take();
  const open = () => shown.do((view) => view.openAddresses());
  try {
    shown.take([], [connection]);
    expect(await open()).toHaveLength(2);
    vi.spyOn(CurrentView.prototype, "turn").mockRejectedValueOnce(new Error("no memory"));
    shown.take([connection], []);
    await expect(open()).rejects.toThrow("no memory");
    expect(await open()).toEqual([]);
  } finally {
    await shown.close();
    target.close();
  }
});

it("puts rows of open connections in at the next turn where one failed, before those that ended go", async () => {
  const target = await createWorkspace(join(scratch.path, "again"));
  const rows = await OpenRows.make(await target.store.connect(), toldOpen(target.store.types));
  const connections = new TableBuilder(conn);
  const at = { ts: 1_700_000_000_000_000_000n, capture: 1, frame: 1 };
  const append = (uid: string) => {
    const key = { uid, origH: "10.0.0.1", origP: 50_000, respH: "10.0.0.2", respP: 445 };
    connections.append(key, 0, { proto: "tcp" }, at, at);
    rows.append(connections.take());
  };
  append("C1");
  await expect(rows.turn(new Map(), () => Promise.reject(new Error("no memory")))).rejects.toThrow("no memory");
  await rows.turn(new Map([["conn", ["C1"]]]));
  append("C2");
  await rows.turn(new Map());
  expect((await rows.rows(conn)).rows.map((row) => row.includes("C2"))).toEqual([true]);
  target.close();
});

it("asks again what only all records show, too, where a run over all records does not find it", async () => {
  const target = await createWorkspace(join(scratch.path, "asked again"));
  const prompt = await PromptDetections.make(target);
  try {
    const answered: string[] = [];
    const ask = () =>
      prompt.ask(["BT-DR-001", "BT-LM-003"], ({ detections }) => answered.push(...detections), undefined);
    await ask();
    // Before there is an estate nothing was found.
    expect(answered).toEqual([]);
    prompt.estateChanged();
    await prompt.turn(new Set());
    await ask();
    expect(answered).toEqual(expect.arrayContaining(["BT-DR-001", "BT-IN-018", "BT-LM-003"]));
    expect(new Set(answered).size).toBe(answered.length);
  } finally {
    await prompt.close();
    target.close();
  }
});
