import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ESTATE_TABLES } from "../core/case/current-view.ts";
import type { Case } from "../core/case/case.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import { runDetections } from "../core/detections/run.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { askedOfAllRecords } from "../core/engine/live/asked-detections.ts";
import { WorkedOutRecords } from "../core/engine/live/worked-out-records.ts";
import { withCase } from "../core/engine/workspace.ts";
import { conn } from "../core/net/records.ts";
import { TableBuilder } from "../core/records/table-chunk.ts";
import { sampleIncident, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** How many rows what is worked out of the records has in the case. */
async function sizes(target: Case): Promise<unknown[]> {
  const tables = [...ESTATE_TABLES, "transfers", "jobs", "job_runs", "hosts"];
  return target.store.rows(
    tables.map((table) => `SELECT '${table}' AS name, count(*) AS n FROM ${table}`).join(" UNION ALL "),
  );
}

/** A connection that is open, in which so much was received. */
function open(client: string, server: string, octets: bigint, ts: bigint) {
  const builder = new TableBuilder(conn);
  const at = { ts, capture: 1, frame: 1 };
  const row = {
    proto: "tcp",
    service: "smb",
    duration: 60_000_000_000n,
    orig_bytes: 1_000n,
    resp_bytes: octets,
    conn_state: "S1",
  } as const;
  builder.append({ uid: "C-open", origH: client, origP: 50_000, respH: server, respP: 445 }, 0, row, at, at);
  return builder.take();
}

it("finds what the run of all detections finds, and what connections show that are open, without a change to the case", async () => {
  const folder = join(scratch.path, "case");
  await analyzeIntoCase({ captures: [sampleIncident(scratch.path)], folder, workers: 1 });
  await withCase(folder, async (target) => {
    const asked = new Set(askedOfAllRecords().map(({ id }) => id));
    const all = await runDetections(target.store, DETECTIONS);
    const expected = all.alone.filter(({ detection }) => asked.has(detection)).map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(0);
    const before = await sizes(target);
    const workedOut = await WorkedOutRecords.make(target);
    try {
      const { signal } = new AbortController();
      const { run, detections } = await workedOut.ask(signal);
      expect(new Set(detections)).toEqual(asked);
      expect(run.alone.map(({ id }) => id).sort()).toEqual([...expected].sort());
      const drill = run.alone.find(({ detection }) => detection === "BT-DR-001")!;
      const [last] = await target.store.rows("SELECT epoch_ns(max(ts)) AS ts FROM conn");
      workedOut.take([], [open(drill.target!, drill.source!, 40_000_000_000n, last!["ts"] as bigint)]);
      const later = await workedOut.ask(signal);
      expect(later.run.alone.flatMap(({ records }) => records)).toContain("C-open.0");
      expect(await sizes(target)).toEqual(before);
    } finally {
      await workedOut.close();
    }
  });
});
