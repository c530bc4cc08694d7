import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { CurrentView, ESTATE_TABLES } from "../core/case/current-view.ts";
import type { Case } from "../core/case/case.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import type { DetectionRun } from "../core/detections/run.ts";
import { runDetections } from "../core/detections/run.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { askedOfAllRecords } from "../core/engine/live/asked-detections.ts";
import { LiveJudgement } from "../core/engine/live/live-judgement.ts";
import { PromptDetections } from "../core/engine/live/prompt-detections.ts";
import { WorkedOutRecords } from "../core/engine/live/worked-out-records.ts";
import { withCase } from "../core/engine/workspace.ts";
import { conn } from "../core/net/records.ts";
import { RECORDING_FILES } from "../core/record/segment-store.ts";
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
      // It ends, and nobody has said so yet.
      await target.store.change([
        {
          sql: `INSERT INTO conn BY NAME SELECT * EXCLUDE (rid) REPLACE ('C-open' AS uid, 0 AS n, make_timestamp_ns(${last!["ts"] as bigint}) AS ts,
                  '${drill.target!}' AS "id.orig_h", 50000 AS "id.orig_p", '${drill.source!}' AS "id.resp_h", 445 AS "id.resp_p", 'tcp' AS proto, 'smb' AS service,
                  60000000000 AS duration, 1000 AS orig_bytes, 40000000000 AS resp_bytes, 0 AS missed_bytes) FROM conn LIMIT 1`,
        },
      ]);
      const ended = await workedOut.ask(signal);
      const told = ({ alone }: DetectionRun) =>
        alone.filter(({ records }) => records.includes("C-open.0")).map(({ explanation }) => explanation);
      expect(told(ended.run)).toEqual(told(later.run));
    } finally {
      await workedOut.close();
    }
  });
});

it("has a connection once that ends while it is asked", async () => {
  const folder = join(scratch.path, "once");
  await analyzeIntoCase({ captures: [sampleIncident(scratch.path)], folder, workers: 1 });
  await withCase(folder, async ({ store }) => {
    const view = await CurrentView.make(store);
    const seen = async () =>
      (await view.rows("SELECT uid, conn_state FROM conn WHERE uid = 'C-open'")).map((row) => row["conn_state"]);
    try {
      await view.stayAsOfNow();
      view.appendOpen(open("10.0.0.1", "10.0.0.2", 1n, 0n));
      await view.turn(new Map());
      await store.change([
        {
          sql: "INSERT INTO conn BY NAME SELECT * EXCLUDE (rid) REPLACE ('C-open' AS uid, 'SF' AS conn_state) FROM conn LIMIT 1",
        },
      ]);
      expect(await seen()).toEqual(["S1"]);
      await view.stayAsOfNow();
      expect(await seen()).toEqual(["SF"]);
    } finally {
      view.close();
    }
  });
});

it("gives no answer of detections that it had no time to ask, as if they found nothing", async () => {
  const folder = join(scratch.path, "aborted");
  await analyzeIntoCase({ captures: [sampleIncident(scratch.path)], folder, workers: 1 });
  await withCase(folder, async (target) => {
    const prompt = await PromptDetections.make(target);
    try {
      prompt.estateChanged();
      await prompt.turn(new Set());
      const asked = prompt.ask(["BT-C2-008"], () => undefined, AbortSignal.abort());
      await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    } finally {
      await prompt.close();
    }
  });
});

it("goes on where it cannot be asked, as memory may not suffice beside a run of all detections, and says so", async () => {
  const folder = join(scratch.path, "short");
  await analyzeIntoCase({ captures: [sampleIncident(scratch.path)], folder, workers: 1 });
  await withCase(folder, async (target) => {
    mkdirSync(join(folder, RECORDING_FILES.folder), { recursive: true });
    const prompt = await PromptDetections.make(target);
    const ask = vi.spyOn(prompt, "askOfAllRecords").mockRejectedValue(new Error("no memory is left"));
    const limits: string[] = [];
    const nothing = () => undefined;
    const limit = (sentence: string) => limits.push(sentence);
    const judgement = new LiveJudgement(target, 0, prompt, {
      findings: nothing,
      withdrawn: nothing,
      changed: nothing,
      limit,
    });
    try {
      await judgement.begin();
      prompt.rowsCame = 1;
      const goOn = () => judgement.goOn(new Set(), 0, { isAllRead: true, isBehind: false, isEnded: false });
      for (let rounds = 0; rounds < 2; rounds++) {
        goOn();
        await judgement.idle();
      }
      expect(ask).toHaveBeenCalledOnce();
      expect(limits.join()).toContain("no memory is left");
      goOn();
      await judgement.idle();
    } finally {
      await judgement.close();
    }
  });
});
