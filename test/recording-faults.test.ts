// What happens to a recording when something fails, with a driver that does as it is told: interfaces, disk, clock, permission, reboot.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeInterface, encodePacket, encodeSection } from "../core/capture/pcapng-encode.ts";
import { openCaptures } from "../core/capture/open.ts";
import type { JournalEntry } from "../core/case/journal.ts";
import { verifyJournal } from "../core/case/journal.ts";
import { CaseLock } from "../core/case/lock.ts";
import type { RecorderStatus } from "../core/contracts/recording.ts";
import { RecordingLosses } from "../core/engine/live/recording-losses.ts";
import type { Clocks } from "../core/record/clock-watch.ts";
import type { CaptureDriver, DriverEvents, OpenInterface } from "../core/record/driver.ts";
import { RECORD_DEFAULTS, type DriverName, type RecordOptions } from "../core/record/record-options.ts";
import { Recorder } from "../core/record/recorder.ts";
import { segmentNames, SegmentStore } from "../core/record/segment-store.ts";
import { verifyRecording } from "../core/record/verify-recording.ts";
import { scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** A driver whose frames and faults the test gives. */
class TestDriver implements CaptureDriver {
  readonly name: DriverName = "tcpdump";
  readonly writesSegments: boolean = false;
  readonly spools = false;
  readonly lateMs = 300;
  events: DriverEvents | null = null;
  opened = 0;
  readonly calls: string[] = [];

  version() {
    return Promise.resolve({ version: "0" });
  }
  check() {
    return Promise.resolve(null);
  }
  open(_: string, __: RecordOptions, ___: string, events: DriverEvents): OpenInterface {
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

/** A driver that writes its segments itself, as dumpcap does, and tells what the kernel dropped when it ends. */
class WritingDriver extends TestDriver {
  override readonly name: DriverName = "dumpcap";
  override readonly writesSegments: boolean = true;
  /** Null: it is killed before it can tell. */
  kernelDropped: number | null = 0;
  #folder = "";
  #path = "";
  #files = 0;
  #frames = 0;

  override open(_: string, __: RecordOptions, folder: string, events: DriverEvents): OpenInterface {
    this.opened++;
    this.#folder = folder;
    this.#frames = 0;
    let counters: OpenInterface["counters"] = null;
    this.events = {
      ...events,
      ended: (reason) => {
        if (this.kernelDropped !== null) counters = { received: this.#frames, kernelDropped: this.kernelDropped };
        events.ended(reason);
      },
    };
    this.turn();
    return {
      get counters() {
        return counters;
      },
      refresh: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      stop: () => this.events!.ended(""),
    };
  }

  /** Goes on with another file. */
  turn(): void {
    this.#path = join(this.#folder, `incoming_${++this.#files}.pcapng`);
    const head = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0, name: "lo" })];
    writeFileSync(this.#path, Buffer.concat(head));
    this.events!.begun(this.#path);
    this.#path = join(this.#folder, segmentNames(this.#folder).at(-1)!);
  }

  override frames(count: number, octets = 60): void {
    this.#frames += count;
    const now = BigInt(Date.now()) * 1_000_000n;
    const frame = encodePacket(0, now, octets, new Uint8Array(octets));
    this.write(Buffer.concat(Array.from({ length: count }, () => frame)));
  }

  write(octets: Uint8Array): void {
    appendFileSync(this.#path, octets);
  }
}

interface Rig<Driver = TestDriver> {
  readonly driver: Driver;
  readonly recorder: Recorder;
  readonly folder: string;
  readonly store: SegmentStore;
}

async function rig(name: string, options: Partial<RecordOptions> = {}, clocks?: Clocks): Promise<Rig> {
  return rigOf(new TestDriver(), name, options, clocks);
}

async function rigOf<Driver extends TestDriver>(
  driver: Driver,
  name: string,
  options: Partial<RecordOptions> = {},
  clocks?: Clocks,
): Promise<Rig<Driver>> {
  const folder = join(scratch.path, name);
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

const MIB = 1024 * 1024;
const codes = ({ alarms }: RecorderStatus): string[] => alarms.map(({ code }) => code);

/** Makes a file one that can be neither read nor written. */
function spoil(path: string): { mend: () => void } {
  renameSync(path, `${path}.whole`);
  mkdirSync(path);
  return {
    mend: () => {
      rmdirSync(path);
      renameSync(`${path}.whole`, path);
    },
  };
}

describe("a recording", () => {
  it.each([
    ["gone", new TestDriver(), 1, 1],
    // One that writes records from the moment on at which it begins a file.
    ["gone-written", new WritingDriver(), 3, 2],
  ])(
    "says that an interface is gone or may not be opened, tries it again, and has the span in its coverage (%s)",
    async (name, driver, segments, gaps) => {
      const { recorder, folder, store } = await rigOf(driver, name);
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
      expect(verifyRecording(folder)).toMatchObject({ ok: true, segments });
      const losses = lossesOf(folder);
      expect(losses.gaps()).toHaveLength(gaps);
      expect(losses.sentences()).toHaveLength(gaps);
      for (const sentence of losses.sentences())
        expect(sentence).toMatch(/^Nothing was recorded between .*: lo was away\.$/);
    },
  );

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

  it("goes on where the disk has not the room that --keep asks for, with fewer segments", async ({ skip }) => {
    const disk = join(scratch.path, "small");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      skip(); // only root may
    }
    try {
      const sizes = { leastFreeOctets: 5 * MIB, keepOctets: 1024 * MIB, rotateOctets: MIB };
      const { driver, recorder, folder, store } = await rig("small/live", sizes);
      for (let written = 0; written < 18; written += 3) {
        driver.frames(48, 64 * 1024);
        const { at } = recorder.status();
        await until(recorder, (status) => Date.parse(status.at) > Date.parse(at) + 1100);
        expect(recorder.status().state).toBe("recording");
      }
      const status = recorder.status();
      expect(codes(status)).toEqual(["ring-shortened"]);
      expect(status.interfaces[0]!.losses.own).toBe(0);
      await recorder.stop("test");
      store.release();
      const found = entries(folder);
      expect(found.filter(({ action }) => action === "segment-deleted").length).toBeGreaterThanOrEqual(3);
      expect(found.map(({ action }) => action)).toContain("ring-shortened");
      expect(found.map(({ action }) => action)).not.toContain("disk-full");
      expect(verifyRecording(folder).ok).toBe(true);
    } finally {
      execFileSync("umount", ["-l", disk]);
    }
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

  it("goes on where its journal cannot be written, and writes later what that is to have", async () => {
    const { driver, recorder, folder, store } = await rig("unsaid", { rotateSeconds: 1, keepOctets: 1 });
    const journal = spoil(join(folder, "recording.jsonl"));
    driver.frames(1);
    // Segments follow one another though those before cannot be deleted.
    const status = await until(recorder, ({ ring }) => ring.segments === 2);
    expect(codes(status)).toEqual(expect.arrayContaining(["journal", "disk-error"]));
    driver.events!.ended("the interface disappeared");
    await until(recorder, (each) => codes(each).includes("interface-lost"));
    const mended = new Date().toISOString();
    journal.mend();
    await until(recorder, ({ ring, alarms }) => ring.segments < 2 && alarms.length === 0);
    await recorder.stop("test");
    store.release();
    const said = entries(folder);
    const first = ["recording-started", "segment-closed", "segment-closed", "interface-lost"];
    expect(said.slice(0, 4).map(({ action }) => action)).toEqual(first);
    expect(said.slice(0, 4).every(({ at }) => at <= mended)).toBe(true);
    expect(said.filter(({ action }) => action === "segment-deleted").length).toBeGreaterThan(0);
    expect(verifyRecording(folder).ok).toBe(true);
  });

  it("whose driver writes the segments itself closes those behind one that cannot be closed, and tries that again", async () => {
    const { driver, recorder, folder, store } = await rigOf(new WritingDriver(), "unclosed");
    driver.frames(3);
    const file = spoil(join(folder, segmentNames(folder)[0]!));
    driver.turn();
    driver.frames(2);
    driver.turn();
    const status = await until(recorder, ({ ring, alarms }) => ring.segments === 1 && alarms.length > 0);
    expect(status.alarms.map(({ message }) => message)).toEqual([expect.stringContaining("it is tried again")]);
    file.mend();
    await until(recorder, ({ ring, alarms }) => ring.segments === 2 && alarms.length === 0);
    await recorder.stop("test");
    store.release();
    const closed = entries(folder).filter(({ action }) => action === "segment-closed");
    expect(closed.map(({ detail }) => [detail["number"], detail["packets"]])).toEqual([
      [2, 2],
      [1, 3],
      [3, 0],
    ]);
    expect(entries(folder).at(-1)!.detail["totals"]).toMatchObject([{ packets: 5 }]);
    expect(verifyRecording(folder)).toMatchObject({ ok: true, segments: 3 });
  });

  it("goes on after a reboot with the gap in its coverage and what was open closed as it is", async () => {
    const first = await rig("reboot");
    first.driver.frames(4);
    await until(first.recorder, ({ segment }) => (segment?.octets ?? 0) > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The machine goes down: nothing is closed, and the lock is that of a process of the boot before.
    const lock = join(first.folder, "recorder.lock");
    const holder = JSON.parse(readFileSync(lock, "utf8")) as Record<string, unknown>;
    writeFileSync(lock, JSON.stringify({ ...holder, boot: "the one before" }));
    const second = await rig("reboot");
    second.driver.frames(2);
    await second.recorder.stop("test");
    second.store.release();
    expect(entries(first.folder).filter(({ action }) => action === "segment-recovered")).toHaveLength(1);
    expect(lossesOf(first.folder).sentences()[0]).toMatch(/the recorder was ended by force\.$/);
    await first.recorder.stop("test");
  });

  it("whose driver writes the segments itself has each counted, hashed and journaled, and the kernel's drops when it ends", async () => {
    const { driver, recorder, folder, store } = await rigOf(new WritingDriver(), "written");
    driver.frames(3);
    driver.turn();
    const begun = encodePacket(0, BigInt(Date.now()) * 1_000_000n, 60, new Uint8Array(60));
    // What a driver has written so far may end anywhere.
    driver.write(begun.subarray(0, 10));
    await until(recorder, ({ interfaces, ring }) => interfaces[0]!.packets === 3 && ring.segments === 1);
    expect(recorder.status().interfaces[0]!.losses).toEqual({ kernel: null, driver: 0, own: 0 });
    expect(lossesOf(folder).sentences()).toEqual([expect.stringContaining("What the kernel dropped of lo since ")]);
    driver.write(begun.subarray(10));
    driver.write(begun.subarray(0, 40));
    driver.kernelDropped = null;
    driver.events!.ended("dumpcap was ended by SIGKILL");
    await until(recorder, () => driver.opened === 2);
    driver.frames(4);
    driver.kernelDropped = 9;
    await recorder.stop("test");
    store.release();
    expect(verifyRecording(folder)).toMatchObject({ ok: true, segments: 3 });
    expect(entries(folder)[0]!.detail["driver"]).toMatchObject({ name: "dumpcap", writesSegments: true });
    const closed = entries(folder).filter(({ action }) => action === "segment-closed");
    const [killed, last] = ["the driver ended: dumpcap was ended by SIGKILL", "stopped"];
    expect(closed.map(({ detail }) => detail)).toMatchObject([
      { packets: 3, why: "age", interfaces: [{ packets: 3, octets: 180, kernelDropped: null }] },
      { packets: 1, why: killed, interfaces: [{ packets: 1, kernelDropped: null }] },
      { packets: 4, why: last, interfaces: [{ packets: 4, received: 4, kernelDropped: 9 }] },
    ]);
    expect(lossesOf(folder).sentences()).toEqual([
      expect.stringMatching(/^Between .* of lo were lost: 9 by the kernel/),
      expect.stringMatching(/^What the kernel dropped of lo from .* was never told/),
      expect.stringContaining("lo was away"),
    ]);
    const set = await openCaptures(segmentNames(folder).map((each) => join(folder, each)));
    while ((await set.next()) !== null);
    const statistics = set.captures.map(({ interfaces }) => interfaces[0]!.statistics);
    expect(statistics).toMatchObject([
      { dropped: null, osDropped: null, delivered: 3n },
      null,
      { osDropped: 9n, delivered: 4n },
    ]);
    expect(set.captures.map(({ damage }) => damage.length)).toEqual([0, 1, 0]);
    await set.close();
  });

  it("whose driver writes the segments itself ends it while the disk is full, and takes over what it left", async () => {
    const options = { leastFreeOctets: Number.MAX_SAFE_INTEGER };
    const { driver, recorder, folder, store } = await rigOf(new WritingDriver(), "written-full", options);
    const status = await until(recorder, (each) => codes(each).includes("disk-full"));
    expect(status).toMatchObject({ state: "disk-full", segment: null });
    expect(driver.opened).toBe(0);
    await recorder.stop("test");
    store.release();
    // As dumpcap leaves it that began a file when nobody was there to name it, and was ended in the middle of a block.
    const left = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0 }), Buffer.from([6, 0, 0, 0])];
    writeFileSync(join(folder, "incoming_00002_20260102030405.pcapng"), Buffer.concat(left));
    const writer = CaseLock.take(join(folder, "writer-lo.lock"));
    expect(() => SegmentStore.open(folder, "test")).toThrow(/still writes to/);
    writer.release();
    SegmentStore.open(folder, "test").release();
    expect(entries(folder).at(-1)).toMatchObject({ action: "segment-recovered", object: segmentNames(folder)[0] });
    rmSync(folder, { recursive: true });
  });
});
