import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import { encodeInterface, encodePacket, encodeSection, encodeStatistics } from "../core/capture/pcapng-encode.ts";
import type { Case } from "../core/case/case.ts";
import { chooseFrames } from "../core/case/carve-selection.ts";
import type { JournalEntry } from "../core/case/journal.ts";
import type { Finding } from "../core/contracts/finding.ts";
import type { Story } from "../core/contracts/story.ts";
import type { AnalysisStatus } from "../core/contracts/recording.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { serveCalls } from "../core/engine/live/call-server.ts";
import { LiveAnalysis } from "../core/engine/live/live-analysis.ts";
import { PromptDetections } from "../core/engine/live/prompt-detections.ts";
import { openShown, type ShownCase } from "../core/engine/window/shown-case.ts";
import { saveStory, storyOf } from "../core/engine/story-of.ts";
import { setTraining } from "../core/engine/training.ts";
import { createWorkspace, withCase } from "../core/engine/workspace.ts";
import { uidOf } from "../core/net/uid.ts";
import type { KeptSegments } from "../core/record/segment-store.ts";
import { hashFile, RECORDING_FILES, SegmentStore } from "../core/record/segment-store.ts";
import { scratchFolder } from "./sample-captures.ts";

const SAMPLE = fileURLToPath(new URL("../samples/recorded/smb-files.pcapng", import.meta.url));
const SEGMENTS = 3;
const UNCLOSED = 1;

const scratch = scratchFolder();
afterAll(() => scratch.remove());

interface Recorded {
  readonly paths: readonly string[];
  readonly packets: number;
  /** Time of the first frame, ms since 1970 UTC. */
  readonly firstMs: number;
}

/** Writes the sample as a recorder writes it: in segments, here with borders in the middle of connections. */
async function record(folder: string): Promise<Recorded> {
  const set = await openCaptures([SAMPLE]);
  const frames = (await set.next())!;
  const store = SegmentStore.open(folder, "test");
  const each = Math.ceil(frames.count / SEGMENTS);
  const paths: string[] = [];
  for (let first = 0; first < frames.count; first += each) {
    const last = Math.min(frames.count, first + each);
    const blocks = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0, name: "eth0" })];
    for (let i = first; i < last; i++) {
      const at = frames.offset[i]!;
      blocks.push(encodePacket(0, frames.ts[i]!, frames.wireLen[i]!, frames.bytes.slice(at, at + frames.capLen[i]!)));
    }
    const name = store.nextName(Number(frames.ts[first]! / 1_000_000n));
    const path = join(folder, name);
    writeFileSync(path, Buffer.concat(blocks));
    const [tsFirst, tsLast] = [frames.ts[first]!, frames.ts[last - 1]!];
    // One cannot be closed, as where the disk refused the journal: the others are analysed all the same.
    if (paths.length !== UNCLOSED)
      store.closed(name, { ...hashFile(path), packets: last - first, tsFirst, tsLast }, {});
    paths.push(path);
  }
  store.note("frames-lost", { interfaces: [{ name: "eth0", kernelDropped: 0, driverDropped: 0, ownDropped: 65 }] });
  store.release();
  await set.close();
  return { paths, packets: frames.count, firstMs: Number(frames.ts[0]! / 1_000_000n) };
}

/** Follows a recording, a run for every segment, and has a window open the case when all that was recorded is read. */
async function follow(target: Case, { paths, packets }: Recorded): Promise<ShownCase> {
  const ended = new AbortController();
  const options = { workers: 2, intervalMs: 3_600_000, shedOctets: Infinity, settleMs: 0, unclosedMs: 1 };
  let isRead: () => void = () => undefined;
  const read = new Promise<void>((resolve) => (isRead = resolve));
  const events = {
    findings: () => undefined,
    withdrawn: () => undefined,
    status: (status: AnalysisStatus) => {
      if (status.packets >= packets && status.behindOctets === 0 && status.evaluatedAt !== null) isRead();
    },
  };
  const analysis = new LiveAnalysis(target, options, events, await PromptDetections.make(target));
  const calls = await serveCalls(target, () => analysis.again());
  const following = analysis.follow(ended.signal);
  await Promise.race([read, following]);
  const shown = await openShown(target.folder);
  expect((await shown.handlers["case.view"]({})).folder).toBe(target.folder);
  expect(await shown.handlers["live.view"]({})).toBeNull();
  await expect(shown.handlers["case.verify"]({})).rejects.toMatchObject({ code: "recording" });
  expect(await shown.handlers["note.add"]({ object: "case", text: "seen while it was recorded" })).toHaveLength(1);
  // Closed at last, which brings statistics.
  const counts = { driverDropped: 0, accepted: null, kernelDropped: 0, delivered: 1 };
  appendFileSync(paths[UNCLOSED]!, encodeStatistics(0, { start: 0n, end: 0n, ...counts }));
  SegmentStore.open(join(target.folder, RECORDING_FILES.folder), "test").release();
  ended.abort();
  await following;
  calls.close();
  return shown;
}

/**
 * Begins anew in a case that has all records, as after a kill of everything that kept findings from being told, and when the training period
 * has ended meanwhile.
 */
async function startAgain(
  target: Case,
  firstMs: number,
): Promise<{ readonly story: Story; readonly told: readonly string[]; readonly gone: readonly string[] }> {
  setTraining(target, 1, firstMs);
  const told: string[] = [];
  const gone: string[] = [];
  const events = {
    findings: (found: readonly Finding[]) => told.push(...found.map(({ id }) => id)),
    withdrawn: (findings: readonly Finding[]) => gone.push(...findings.map(({ id }) => id)),
    status: () => undefined,
  };
  const options = { workers: 1, intervalMs: 3_600_000, shedOctets: Infinity, settleMs: 0 };
  const analysis = new LiveAnalysis(target, options, events, await PromptDetections.make(target));
  const story = await analysis.follow(AbortSignal.abort());
  return { story, told, gone };
}

/** Records a segment while no analysis runs, and has the ring delete it. @returns its name. */
function recordAndDelete(folder: string): string {
  const store = SegmentStore.open(folder, "test");
  const held = store.segments.map(({ name }) => name);
  writeFileSync(join(folder, RECORDING_FILES.kept), JSON.stringify({ analysed: SEGMENTS, held }));
  const name = store.nextName(0);
  const path = join(folder, name);
  writeFileSync(path, "frames");
  store.closed(name, { ...hashFile(path), packets: 1, tsFirst: 0n, tsLast: 0n }, {});
  store.enforce(1, null, 0);
  store.release();
  return name;
}

/** Has the case's journal name a deletion, as where a crash then keeps the analysis from looking at it. */
function chainDeletion(target: Case, name: string): void {
  const lines = readFileSync(join(target.folder, RECORDING_FILES.folder, RECORDING_FILES.journal), "utf8").split("\n");
  const entries = lines.slice(0, -1).map((line) => JSON.parse(line) as JournalEntry);
  const entry = entries.find(({ action, object }) => action === "segment-deleted" && object === name)!;
  target.journal.append(entry.action, { object: name, sha256: entry.sha256, detail: { entry: entry.hash } });
}

/** What the records say, whatever run wrote them. */
async function rowsOf(target: Case): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {};
  for (const { name } of target.store.types) {
    const found = await target.store.rows(`SELECT * EXCLUDE (ingest) FROM "${name}" ORDER BY uid, n`);
    if (found.length > 0) rows[name] = found;
  }
  return rows;
}

describe("a recording that is followed", () => {
  it("is not read while the recorder needs what is free on the disk, and then to its end", async () => {
    const target = await createWorkspace(join(scratch.path, "short"));
    const { packets } = await record(join(target.folder, RECORDING_FILES.folder));
    const ended = new AbortController();
    const read: number[] = [];
    const events = {
      findings: () => undefined,
      withdrawn: () => undefined,
      status: (status: AnalysisStatus) => {
        read.push(status.packets);
        if (status.waitsForDisk && read.length > 1) ended.abort();
      },
    };
    const limits = { shedOctets: Infinity, leastFreeOctets: Number.MAX_SAFE_INTEGER };
    const options = { workers: 1, intervalMs: 3_600_000, settleMs: 0, ...limits };
    const analysis = new LiveAnalysis(target, options, events, await PromptDetections.make(target));
    await analysis.follow(ended.signal);
    expect(read.slice(0, 2)).toEqual([0, 0]);
    expect((await target.store.ingests()).reduce((sum, { captures }) => sum + captures.length, 0)).toBe(SEGMENTS);
    expect(packets).toBeGreaterThan(0);
    target.close();
  });

  it("makes the records that its segments make, with connections open over the borders of segments and runs", async () => {
    const folder = join(scratch.path, "live");
    const live = await createWorkspace(folder);
    const recording = await record(join(folder, "evidence/live"));
    const { paths, packets: recorded, firstMs } = recording;
    // Longer than the recording: nothing can be new yet.
    setTraining(live, 86_400, firstMs);
    const shown = await follow(live, recording);
    const runs = await live.store.ingests();
    expect(runs.map(({ state, captures }) => [state, captures])).toEqual([
      ["complete", [1]],
      ["complete", [2]],
      ["complete", [3]],
      ["complete", []],
    ]);
    expect(live.checkJournal().ok).toBe(true);
    expect(live.journal.entries.filter(({ action }) => action === "segment-closed")).toHaveLength(SEGMENTS - 1);
    expect(live.journal.entries.filter(({ action }) => action === "segment-closed-late")).toHaveLength(1);
    expect(live.ledger.verify().map(({ state }) => state)).toEqual(paths.map(() => "ok"));

    const [longest] = await live.store.rows(
      "SELECT uid, orig_pkts + resp_pkts AS packets FROM conn WHERE capture < last_capture ORDER BY packets DESC LIMIT 1",
    );
    const { uid, packets } = longest as { uid: string; packets: bigint };
    const chosen = await chooseFrames(live, { kind: "session", uid }, uidOf);
    expect(chosen.captures.reduce((sum, { count }) => sum + count, 0)).toBe(Number(packets));
    const records = await rowsOf(live);
    const during = await storyOf(live);
    const [some] = during.findings;
    // Both were told before and are not found any more: one rests on a record that is there, the other on one that a crash took back.
    const [free] = await live.store.rows(
      "SELECT rid FROM conn WHERE NOT list_contains($behind::JSON::VARCHAR[], rid)",
      {
        behind: JSON.stringify(during.findings.flatMap(({ records: behind }) => behind)),
      },
    );
    const former: Finding = { ...some!, id: "F-former", records: [free!["rid"] as string] };
    const lost: Finding = { ...some!, id: "F-lost", object: "x", records: ["C-lost.1"] };
    await saveStory(live, { ...during, findings: [...during.findings, former, lost] });
    const deleted = [recordAndDelete(join(folder, "evidence/live")), recordAndDelete(join(folder, "evidence/live"))];
    chainDeletion(live, deleted[0]!);
    const after = await startAgain(live, firstMs);
    for (const name of deleted) {
      expect(after.story.coverage.limits).toContain(
        `Segment ${name} was not analysed: the ring deleted it before it was read; keep more (--keep), or free space on the disk.`,
      );
      expect(existsSync(join(folder, "evidence/live", name))).toBe(false);
    }
    expect(after.story.coverage.limits.filter((limit) => limit.includes("was not analysed"))).toHaveLength(2);
    expect(during.coverage.notEvaluated.some(({ reason }) => reason.includes("which is not over"))).toBe(true);
    expect(after.story.coverage.notEvaluated.some(({ reason }) => reason.includes("which is not over"))).toBe(false);
    expect(after.story.coverage.baseline).toContain("the training period of the recording");
    expect(after.told.length).toBeGreaterThan(0);
    expect(after.told).toEqual(after.story.findings.map(({ id }) => id));
    // Of the recording's own journal, which each start reads from its beginning.
    expect([during.coverage.droppedPackets, after.story.coverage.droppedPackets]).toEqual([65, 65]);
    expect(after.story.coverage.packets).toBe(recorded);
    expect(after.gone).toEqual(["F-former"]);
    expect(after.story.coverage.limits.filter((limit) => limit.includes("not cleared"))).toEqual([
      expect.stringMatching(/^1 finding that was told before the analysis began anew is not in this story/),
    ]);
    const named = live.journal.entries.findLast(({ action }) => action === "findings-not-read-again")!.detail;
    expect(named).toEqual({
      findings: ["F-lost"],
      segments: [expect.stringMatching(/^segment-0000000\d-/)],
      settled: [],
      open: 1,
    });
    const { spared } = JSON.parse(
      readFileSync(join(folder, "evidence/live", RECORDING_FILES.kept), "utf8"),
    ) as KeptSegments;
    expect(spared).toEqual(named["segments"]);
    live.close();
    // The window stays: the case is opened for it now that nobody records.
    await shown.handlers["live.view"]({}).catch(() => undefined);
    expect((await shown.handlers["case.view"]({})).notes).toHaveLength(1);
    shown.close();

    const again = join(scratch.path, "again");
    const { story } = await analyzeIntoCase({ captures: paths, folder: again, workers: 1 });
    await withCase(again, async (target) => expect(records).toEqual(await rowsOf(target)));
    expect(story.coverage.packets).toBeGreaterThan(100);
  });
});
