// What happens to a recording when something fails, with a driver that does as it is told: interfaces, disk, clock, permission, reboot.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JournalEntry } from "../core/case/journal.ts";
import { verifyJournal } from "../core/case/journal.ts";
import type { RecorderStatus } from "../core/contracts/recording.ts";
import { RecordingLosses } from "../core/engine/live/recording-losses.ts";
import type { Clocks } from "../core/record/clock-watch.ts";
import type { CaptureDriver, DriverEvents } from "../core/record/driver.ts";
import { RECORD_DEFAULTS, type RecordOptions } from "../core/record/record-options.ts";
import { Recorder } from "../core/record/recorder.ts";
import { SegmentStore } from "../core/record/segment-store.ts";
import { verifyRecording } from "../core/record/verify-recording.ts";
import { scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** A driver whose frames and faults the test gives. */
class TestDriver implements CaptureDriver {
  readonly name = "tcpdump";
  events: DriverEvents | null = null;
  opened = 0;
  readonly calls: string[] = [];

  version() {
    return Promise.resolve({ version: "0" });
  }
  check() {
    return Promise.resolve(null);
  }
  open(_: string, __: RecordOptions, events: DriverEvents) {
    this.opened++;
    this.events = events;
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b23c4d, 0);
    header.writeUInt32LE(1, 20);
    events.data(header);
    return {
      counters: null,
      refresh: () => undefined,
      pause: () => void this.calls.push("pause"),
      resume: () => void this.calls.push("resume"),
      stop: () => events.ended(""),
    };
  }

  frames(count: number, octets = 60): void {
    for (let n = 0; n < count; n++) {
      const record = Buffer.alloc(16 + octets);
      record.writeUInt32LE(Math.floor(Date.now() / 1000), 0);
      record.writeUInt32LE(octets, 8);
      record.writeUInt32LE(octets, 12);
      this.events!.data(record);
    }
  }
}

interface Rig {
  readonly driver: TestDriver;
  readonly recorder: Recorder;
  readonly folder: string;
  readonly store: SegmentStore;
}

async function rig(name: string, options: Partial<RecordOptions> = {}, clocks?: Clocks): Promise<Rig> {
  const folder = join(scratch.path, name);
  const driver = new TestDriver();
  const store = SegmentStore.open(folder, "test");
  const chosen = { driver, version: "0", reason: "test" };
  // An interface that every machine has.
  const all = { ...RECORD_DEFAULTS, leastFreeOctets: 0, interfaces: ["lo"], ...options };
  const recorder = new Recorder(all, chosen, store, "test", clocks);
  await recorder.start();
  return { driver, recorder, folder, store };
}

async function until(recorder: Recorder, isSo: (status: RecorderStatus) => boolean): Promise<RecorderStatus> {
  for (;;) {
    const status = recorder.status();
    if (isSo(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function entries(folder: string): JournalEntry[] {
  const octets = readFileSync(join(folder, "recording.jsonl"));
  expect(verifyJournal(octets).ok).toBe(true);
  return octets
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as JournalEntry);
}

function lossesOf(folder: string): RecordingLosses {
  const losses = new RecordingLosses();
  for (const entry of entries(folder)) losses.take(entry);
  return losses;
}

const codes = ({ alarms }: RecorderStatus): string[] => alarms.map(({ code }) => code);

describe("a recording", () => {
  it("says that an interface is gone or may not be opened, tries it again, and has the span in its coverage", async () => {
    const { driver, recorder, folder, store } = await rig("gone");
    driver.frames(3);
    driver.events!.ended("lo: You don't have permission to capture on that device");
    const lost = await until(recorder, (status) => codes(status).includes("interface-lost"));
    expect(lost.alarms[0]!.message).toContain("permission to capture");
    expect(lost.interfaces[0]!.state).toBe("lost");
    // Flaps: it comes, and is gone before a frame does.
    await until(recorder, () => driver.opened === 2);
    driver.events!.ended("the interface disappeared");
    await until(recorder, () => driver.opened === 3);
    driver.frames(2);
    await until(recorder, (status) => status.alarms.length === 0 && status.interfaces[0]!.packets === 5);
    await recorder.stop("test");
    store.release();
    expect(verifyRecording(folder)).toMatchObject({ ok: true, segments: 1 });
    const losses = lossesOf(folder);
    expect(losses.gaps()).toHaveLength(1);
    expect(losses.sentences()).toEqual([expect.stringMatching(/^Nothing was recorded between .*: lo was away\.$/)]);
  });

  it("pauses while the disk is full and counts what it loses", async () => {
    const { driver, recorder, folder, store } = await rig("full", { leastFreeOctets: Number.MAX_SAFE_INTEGER });
    driver.frames(7);
    const status = await until(recorder, ({ interfaces }) => interfaces[0]!.losses.own === 7);
    expect(status.state).toBe("disk-full");
    expect(codes(status)).toContain("disk-full");
    await recorder.stop("test");
    store.release();
    expect(entries(folder).map(({ action }) => action)).toEqual([
      "recording-started",
      "disk-full",
      "frames-lost",
      "recording-stopped",
    ]);
    expect(lossesOf(folder).ownDropped).toBe(7);
  });

  it("holds the driver back while the disk is slow, and loses nothing of what it was given", async () => {
    const { driver, recorder, store, folder } = await rig("slow");
    // More than may wait, before the first of it can be written.
    driver.frames(300, 256 * 1024);
    expect(driver.calls).toEqual(["pause"]);
    expect(codes(recorder.status())).toContain("disk-slow");
    const status = await until(recorder, () => driver.calls.length === 2);
    expect(driver.calls).toEqual(["pause", "resume"]);
    expect(codes(status)).not.toContain("disk-slow");
    await recorder.stop("test");
    store.release();
    const closed = entries(folder).filter(({ action }) => action === "segment-closed");
    expect(closed.reduce((sum, { detail }) => sum + Number(detail["packets"]), 0)).toBe(300);
  });

  it("says that the clock was set, and that a segment is not old by it", async () => {
    const now = { ahead: 0 };
    const clocks: Clocks = { wall: () => Date.now() + now.ahead, steady: () => performance.now() };
    const { driver, recorder, store, folder } = await rig("stepped", { keepSeconds: 60 }, clocks);
    driver.frames(1);
    now.ahead = 86_400_000;
    const status = await until(recorder, (each) => codes(each).includes("clock-stepped"));
    expect(status.alarms[0]!.message).toMatch(/was set by 86\d{6} ms/);
    await recorder.stop("test");
    store.release();
    expect(lossesOf(folder).sentences()).toEqual([
      expect.stringMatching(/^The recorder's clock was set by 86\d{6} ms/),
    ]);
    expect(entries(folder).some(({ action }) => action === "segment-deleted")).toBe(false);
  });

  it("goes on after a reboot with the gap in its coverage and what was open closed as it is", async () => {
    const first = await rig("reboot");
    first.driver.frames(4);
    await until(first.recorder, ({ segment }) => (segment?.octets ?? 0) > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The machine goes down: nothing is closed. A process of another boot had the lock.
    first.store.release();
    const second = await rig("reboot");
    second.driver.frames(2);
    await second.recorder.stop("test");
    second.store.release();
    expect(entries(first.folder).filter(({ action }) => action === "segment-recovered")).toHaveLength(1);
    expect(lossesOf(first.folder).sentences()[0]).toMatch(/the recorder was ended by force\.$/);
    await first.recorder.stop("test");
  });
});
