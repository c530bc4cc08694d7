import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { pcapngFile, pcapStream, SECOND, timesOf } from "../../test/pcap-stream.ts";
import { AlarmBoard } from "./alarm-board.ts";
import type { CaptureDriver, DriverEvents, LeftFile, LeftFrames, OpenInterface } from "./driver.ts";
import { FrameSet } from "./frame-set.ts";
import { GatheredSegments } from "./gathered-segments.ts";
import { InterfaceCounts } from "./interface-counts.ts";
import { LeftFiles } from "./left-files.ts";
import { LiveInterface } from "./live-interface.ts";
import { RECORD_DEFAULTS, type RecordOptions } from "./record-options.ts";
import { Recorder } from "./recorder.ts";
import { SegmentFile } from "./segment-file.ts";
import { SegmentStore } from "./segment-store.ts";
import { Spool, spooled, spoolName } from "./spool.ts";
import { notRecorded, readRecords } from "./take-over.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-spool-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A spool, what it gives out, and what it tells of files. */
function heard(left: readonly LeftFile[] = []) {
  const given: Buffer[] = [];
  const told: string[] = [];
  const spool = new Spool(left, {
    give: (octets) => given.push(octets),
    spent: (path) => told.push(`${basename(path)} spent`),
    left: (path, why) => told.push(`${basename(path)}: ${why}`),
  });
  return { spool, given, told };
}

/** Octets of a file before its first frame. */
const HEAD_OCTETS = pcapngFile([]).length;

async function examined(path: string, recorded: FrameSet): Promise<LeftFrames> {
  const file = readRecords(await readFile(path));
  return {
    linkType: file.linkType,
    damage: file.damage,
    ...notRecorded(file, (ts, frame) => recorded.take(ts, frame)),
  };
}

describe("files that a driver writes of one interface", () => {
  /** A file of such records in the folder. */
  function file(name: string, times: readonly number[]): string {
    const path = join(folder, name);
    writeFileSync(path, pcapngFile(times));
    return path;
  }

  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const written = (number: number, iface: string) => `incoming-${iface}_0000${number}_20260102030405.pcapng`;

  it("are given out as one stream while they grow, and are told once all of them was", async () => {
    const { spool, given, told } = heard();
    const paths = [file("grows_1.pcap", [1, 2]), file("grows_2.pcap", [3])];
    for (const path of paths) spool.begun(path);
    while (given.length < 3) await pause();
    expect(told).toEqual(["grows_1.pcap spent"]);
    appendFileSync(paths[1]!, pcapngFile([4]).subarray(HEAD_OCTETS));
    await spool.end();
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([1, 2, 3, 4]);
    expect(told).toEqual(["grows_1.pcap spent", "grows_2.pcap spent"]);
  });

  it("are read to their end where the last of one and the next come while it is looked at", async () => {
    const { spool, given, told } = heard();
    const paths = [file("late_1.pcap", [1]), file("late_2.pcap", [3])];
    const handle = await open(paths[0]!);
    const { size } = await handle.stat();
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const seen = { size } as Awaited<ReturnType<typeof handle.stat>>;
    const stat = vi.spyOn(prototype, "stat").mockResolvedValueOnce(seen);
    stat.mockImplementationOnce(() => {
      stat.mockRestore();
      appendFileSync(paths[0]!, pcapngFile([2]).subarray(HEAD_OCTETS));
      spool.begun(paths[1]!);
      return Promise.resolve(seen);
    });
    spool.begun(paths[0]!);
    while (given.length < 3) await pause();
    await spool.end();
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([1, 2, 3]);
    expect(told).toEqual(["late_1.pcap spent", "late_2.pcap spent"]);
  });

  it("are taken over from a recorder that was killed, before new ones, but for what is in segments", async () => {
    const paths = [1, 2, 3].map((number, i) => file(written(number, "left"), [[1, 2, 3, 4], [5, 6, 7], [8]][i]!));
    truncateSync(paths[1]!, HEAD_OCTETS + 2 * 92 + 80);
    const recorded = new FrameSet();
    for (const nth of [0, 2]) recorded.add(BigInt(SECOND) * 1_000_000_000n + BigInt(nth + 1), Buffer.alloc(60, nth));
    const left = paths.slice(0, 2).map((path) => ({
      path,
      examine: () => examined(path, recorded),
    }));
    const { spool, given, told } = heard(left);
    spool.begun(paths[2]!);
    await spool.end();
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([2, 4, 5, 6, 8]);
    expect(told).toEqual(paths.map((path) => `${basename(path)} spent`));
  });

  it("are told from those of an interface whose name begins alike", () => {
    const where = mkdtempSync(join(folder, "names-"));
    for (const name of [written(1, "mirror"), written(1, "mirror_2"), "incoming-mirror_1.pcapng", "incoming_1.pcapng"])
      writeFileSync(join(where, name), "");
    // As dumpcap names them: a number and the second before the end.
    const byDumpcap = (name: string) => name.replace(".pcapng", "_00001_20260102030405.pcapng");
    const [first, again] = [1, 2].map((ms) => byDumpcap(spoolName("mirror_2", 1_800_000_000_000 + ms)));
    expect(first).not.toBe(again);
    for (const name of [first!, again!]) writeFileSync(join(where, name), "");
    const found = spooled(where).map(({ path, iface }) => [iface, basename(path)]);
    const names = [first!, again!, written(1, "mirror_2")].map((name) => ["mirror_2", name]);
    expect(found.sort()).toEqual([["mirror", written(1, "mirror")], ...names].sort());
  });

  it("are kept and named where they cannot be read, and what came before and behind is given out", async () => {
    const paths = [1, 2, 3, 4].map((number) => file(written(number, "broken"), [number]));
    writeFileSync(paths[0]!, Buffer.alloc(64));
    appendFileSync(paths[1]!, Buffer.alloc(4096));
    rmSync(paths[2]!);
    const left = paths.slice(0, 3).map((path) => ({
      path,
      examine: () => examined(path, new FrameSet()),
    }));
    const { spool, given, told } = heard(left);
    spool.begun(paths[3]!);
    await spool.end();
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([2, 4]);
    expect(told[0]).toContain(`${written(1, "broken")}.unread: there is no block at its octet 0`);
    expect(told[1]).toBe(`${written(2, "broken")}.unread: there is no block at its octet ${HEAD_OCTETS + 92}`);
    expect(told[2]).toContain(`${written(3, "broken")}: ENOENT`);
    expect(readFileSync(`${paths[0]}.unread`)).toHaveLength(64);
    expect(told[3]).toBe(`${written(4, "broken")} spent`);
  });

  it("are behind until all that is there was given out, and again while they are held back", async () => {
    const { spool, given } = heard();
    expect(spool.isBehind).toBe(true);
    while (spool.isBehind) await pause();
    spool.begun(file("behind_1.pcap", [1]));
    expect(spool.isBehind).toBe(true);
    while (spool.isBehind) await pause();
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([1]);
    spool.pause();
    expect(spool.isBehind).toBe(true);
    spool.close();
    expect(spool.isBehind).toBe(false);
  });

  it("wait for whoever held them back also once the driver has ended", async () => {
    const { spool, given, told } = heard();
    const path = file("held_1.pcap", [1]);
    spool.pause();
    spool.begun(path);
    let isOver = false;
    const end = spool.end().then(() => (isOver = true));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect([isOver, given.length, told]).toEqual([false, 0, []]);
    expect(spool.backlog.octets).toBe(HEAD_OCTETS + 92);
    expect(spool.backlog.ms).toBeGreaterThan(0);
    spool.resume();
    await end;
    expect(timesOf(Buffer.concat(given), 1000)).toEqual([1]);
  });

  it("of interfaces that are not recorded are set aside and told until they are gone; those that wait at the end too", () => {
    const where = mkdtempSync(join(folder, "aside-"));
    for (const iface of ["a", "b"]) writeFileSync(join(where, written(1, iface)), pcapngFile([1]));
    const notes: object[] = [];
    const note = (action: string, detail: object) => void notes.push({ action, ...detail });
    const alarms = new AlarmBoard(note);
    const left = new LeftFiles(where, alarms, note);
    left.begin(["a"]);
    const aside = `${written(1, "b")}.unread`;
    expect(alarms.all.map(({ code }) => code)).toEqual(["frames-left"]);
    expect(alarms.all[0]!.message).toContain(aside);
    left.end();
    expect(notes).toMatchObject([
      { action: "frames-left", files: [aside] },
      { action: "frames-waiting", files: [written(1, "a")] },
    ]);
    rmSync(join(where, aside));
    left.look();
    expect(alarms.all).toEqual([]);
    // Somebody moved the case away.
    rmSync(where, { recursive: true });
    left.end();
    expect(notes).toHaveLength(2);
  });
});

/** A spool driver with one frame of so many octets in its files, which it gives out once it may go on. */
class HeldDriver implements CaptureDriver {
  readonly name = "dumpcap";
  readonly writesSegments = false;
  readonly spools = true;
  readonly lateMs = 300;
  version() {
    return Promise.resolve({ version: "0" });
  }
  check() {
    return Promise.resolve(null);
  }
  open(_: string, __: RecordOptions, ___: string, events: DriverEvents): OpenInterface {
    let isHeld = false;
    let isStopped = false;
    const end = () => {
      if (isHeld || !isStopped) return;
      events.data(pcapStream([2]).subarray(24));
      events.ended("");
    };
    // More than may wait for the disk.
    queueMicrotask(() => events.data(pcapStream(Array<number>(270).fill(1), 262_000)));
    return {
      counters: null,
      refresh: () => undefined,
      pause: () => void (isHeld = true),
      resume: () => {
        isHeld = false;
        end();
      },
      stop: () => {
        isStopped = true;
        end();
      },
    };
  }
}

/** A spool driver that writes a file with one frame on demand. */
class FileByFile implements CaptureDriver {
  readonly name = "dumpcap";
  readonly writesSegments = false;
  readonly spools = true;
  readonly lateMs = 300;
  isHeld = false;
  opened = 0;
  #events: DriverEvents | null = null;
  #given = 0;
  version() {
    return Promise.resolve({ version: "0" });
  }
  check() {
    return Promise.resolve(null);
  }
  open(_: string, __: RecordOptions, ___: string, events: DriverEvents): OpenInterface {
    this.#events = events;
    this.opened++;
    return {
      counters: null,
      refresh: () => undefined,
      pause: () => void (this.isHeld = true),
      resume: () => void (this.isHeld = false),
      stop: () => events.ended(""),
    };
  }
  give(folder: string): string {
    const path = join(folder, `incoming-lo_0000${++this.#given}_20260102030405.pcapng`);
    writeFileSync(path, pcapngFile([this.#given]));
    this.#events!.begun(path);
    return path;
  }
  die(): void {
    this.#events!.ended("dumpcap was ended by SIGKILL");
  }
}

describe("a recorder", () => {
  it("that cannot write segments holds its drivers back, drops nothing and keeps the files that it was reading", async () => {
    const where = join(folder, "failing");
    const store = SegmentStore.open(where, "1");
    const options = { ...RECORD_DEFAULTS, leastFreeOctets: 0, interfaces: ["lo"] };
    const driver = new FileByFile();
    const recorder = new Recorder(options, { driver, version: "0", reason: "" }, store, "1");
    const begin = vi.spyOn(SegmentFile, "create");
    await recorder.start();
    const file = (await begin.mock.results[0]!.value) as SegmentFile;
    begin.mockRejectedValue(new Error("input/output error"));
    file.failure = new Error("input/output error");
    const path = driver.give(where);
    driver.give(where);
    while (!driver.isHeld) await new Promise((resolve) => setTimeout(resolve, 25));
    expect([driver.isHeld, recorder.status().interfaces[0]]).toMatchObject([true, { packets: 0, losses: { own: 0 } }]);
    const hasFailed = () => recorder.status().alarms.find(({ code }) => code === "write-failed");
    while (hasFailed() === undefined) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(hasFailed()!.message).toContain("Frames wait in the files of the drivers until then.");
    begin.mockRestore();
    while (recorder.status().interfaces[0]!.packets === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(driver.isHeld).toBe(false);
    await recorder.stop("it was asked to");
    store.release();
    expect(recorder.status().interfaces[0]).toMatchObject({ packets: 2, losses: { own: 0 } });
    expect(readFileSync(path)).toEqual(pcapngFile([1]));
    expect(recorder.status().alarms.map(({ code }) => code)).toContain("frames-left");
  });

  it("that is stopped writes what was held back when the disk was slow; until then it has an alarm for what waits in files", async () => {
    const where = join(folder, "stopped");
    const store = SegmentStore.open(where, "1");
    const options = { ...RECORD_DEFAULTS, leastFreeOctets: 0, interfaces: ["lo"] };
    const recorder = new Recorder(options, { driver: new HeldDriver(), version: "0", reason: "" }, store, "1");
    const backlog = vi
      .spyOn(Spool.prototype, "backlog", "get")
      .mockReturnValue({ octets: 3e9, ms: 12_000, isLeft: false });
    await recorder.start();
    const isBehind = () => recorder.status().alarms.some(({ code }) => code === "recorder-behind");
    while (!isBehind()) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(recorder.status().backlogOctets).toBe(3e9);
    await recorder.stop("it was asked to");
    backlog.mockRestore();
    store.release();
    expect(recorder.status().interfaces[0]).toMatchObject({ packets: 271, losses: { own: 0 } });
    expect(readFileSync(join(where, "recording.jsonl"), "utf8")).toContain('"disk-slow-over"');
  });
});

describe("frames of several interfaces that fill the memory as they wait for one that is behind", () => {
  it("hold their own drivers back, not that of the one that is awaited", async () => {
    const store = SegmentStore.open(join(folder, "filled"), "1");
    const options = { ...RECORD_DEFAULTS, leastFreeOctets: 0, interfaces: ["a", "b"] };
    const interfaces: LiveInterface[] = [];
    const paused: string[] = [];
    const counts = new InterfaceCounts(interfaces);
    const alarms = new AlarmBoard(() => undefined);
    const own = { interfaces, counts, alarms };
    const segments = new GatheredSegments({ options, store, version: "1", holdMs: 300, spools: true, ...own });
    const idle = () => undefined;
    const events = { piece: idle, begun: idle, spent: idle, left: idle, ended: idle, changed: idle };
    for (const name of options.interfaces) {
      const live = new LiveInterface(name, new FileByFile(), options, folder, events);
      vi.spyOn(live, "isBehind", "get").mockReturnValue(true);
      vi.spyOn(live, "pause").mockImplementation(() => void paused.push(name));
      interfaces.push(live);
    }
    const begin = vi.spyOn(SegmentFile, "create");
    await segments.begin(false);
    const octets = pcapStream([2]).subarray(24);
    // As if it had more frames than may wait.
    segments.piece(0, { octets, at: 0, end: 250e6, arrived: performance.now() }, 1);
    expect(paused).toEqual(["a"]);
    await ((await begin.mock.results[0]!.value) as SegmentFile).close(new Map());
    begin.mockRestore();
    store.release();
  });
});

describe("a driver that dies while frames wait in its files", () => {
  it("is told and opened again at once, and what waits is given out before what comes then", async () => {
    const where = mkdtempSync(join(folder, "dies-"));
    const driver = new FileByFile();
    const [told, given]: [string[], Buffer[]] = [[], []];
    const idle = () => undefined;
    const live = new LiveInterface("lo", driver, { ...RECORD_DEFAULTS, interfaces: ["lo"] }, where, {
      ...{ begun: idle, left: idle, ended: idle },
      piece: ({ octets, at, end }) => given.push(octets.subarray(at, end)),
      spent: (path) => told.push(basename(path)),
      changed: (what) => told.push(what),
    });
    live.open();
    live.pause();
    const paths = [driver.give(where), driver.give(where)];
    driver.die();
    expect([live.isOpen, told]).toEqual([false, ["interface-lost"]]);
    live.tick();
    paths.push(driver.give(where));
    expect([driver.opened, live.isOpen, told]).toEqual([2, true, ["interface-lost", "interface-back"]]);
    expect(live.backlog!.octets).toBe(3 * (HEAD_OCTETS + 92));
    live.resume();
    await live.stop();
    expect(timesOf(Buffer.concat([pcapStream([]), ...given]), 1000)).toEqual([1, 2, 3]);
    expect(told.slice(2)).toEqual(paths.map((path) => basename(path)));
  });
});
