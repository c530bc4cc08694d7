import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { HOLD_MS, pcapStream, SECOND, timesOf } from "../../test/pcap-stream.ts";
import { openCaptures } from "../capture/open.ts";
import { Journal, parseJournal, verifyJournal } from "../case/journal.ts";
import { BacktrailError } from "../contracts/result.ts";
import { chooseDriver, refuseMissing } from "./choose-driver.ts";
import { ClockWatch } from "./clock-watch.ts";
import { FrameOrder } from "./frame-order.ts";
import { pcapDriver } from "./pcap-driver.ts";
import { PcapStream, recordTime } from "./pcap-stream.ts";
import { dumpcapDriver, dumpcapSpooler, dumpcapWriter, tcpdumpDriver } from "./program-driver.ts";
import { RECORD_DEFAULTS } from "./record-options.ts";
import { hashFile, segmentNames, SegmentStore } from "./segment-store.ts";
import { nextCheckMs } from "./verify-recording.ts";
import { SegmentFile } from "./segment-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-record-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("an interface that is not there", () => {
  it("is refused before a recording is begun, with those that are", () => {
    expect(() => refuseMissing({ ...RECORD_DEFAULTS, interfaces: ["lo", "no-such"] })).toThrow(
      /^There is no interface no-such here, but .*lo/,
    );
  });
});

describe("drivers that may not open the interface", () => {
  it("are each named once, and dumpcap with files of each interface is not tried for one alone", async () => {
    const drivers = [dumpcapWriter, dumpcapSpooler, tcpdumpDriver, dumpcapDriver, pcapDriver];
    const checks = drivers.map((driver) => {
      vi.spyOn(driver, "version").mockResolvedValue({ version: "1" });
      return vi.spyOn(driver, "check").mockResolvedValue("Operation not permitted");
    });
    checks.at(-1)!.mockResolvedValue(null);
    const { reason } = await chooseDriver({ ...RECORD_DEFAULTS, interfaces: ["lo"] }, null);
    expect(checks.map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1, 1, 1]);
    vi.restoreAllMocks();
    expect(reason).toBe("dumpcap may not open the interface; tcpdump may not open the interface");
  });

  it("are passed over where they would record another: dumpcap takes the name 1 for the first interface of its list", async () => {
    for (const driver of [dumpcapWriter, dumpcapSpooler, tcpdumpDriver]) {
      vi.spyOn(driver, "version").mockResolvedValue({ version: "1" });
      vi.spyOn(driver, "check").mockResolvedValue(null);
    }
    for (const interfaces of [["1"], ["lo", "-2"]]) {
      const { driver, reason } = await chooseDriver({ ...RECORD_DEFAULTS, interfaces }, null);
      expect(driver).toBe(tcpdumpDriver);
      expect(reason).toBe("dumpcap does not take the name of an interface that is a number");
    }
    const asked = chooseDriver({ ...RECORD_DEFAULTS, interfaces: ["1"], driver: "dumpcap" }, null);
    vi.restoreAllMocks();
    await expect(asked).rejects.toThrow("that is a number");
  });

  it("are told from those that are not installed where the account may not run them", async () => {
    const programs = mkdtempSync(join(folder, "programs-"));
    writeFileSync(join(programs, "dumpcap"), "", { mode: 0o600 });
    vi.stubEnv("PATH", programs);
    expect(await dumpcapWriter.version()).toEqual({ missing: "this account may not run dumpcap" });
    expect(await tcpdumpDriver.version()).toEqual({ missing: expect.stringMatching(/^tcpdump is not installed/) });
    vi.unstubAllEnvs();
  });
});

describe("a refusal of dumpcap", () => {
  it("is given without the questions of its package", async () => {
    const programs = mkdtempSync(join(folder, "refusing-"));
    const said = [
      "Capturing on 'eth1'",
      'dumpcap: You do not have permission to capture on device "eth1".',
      "(socket: Operation not permitted)",
      "Please check to make sure you have sufficient permissions.",
      "",
      "On Debian and Debian derivatives such as Ubuntu, if you have installed Wireshark from a package, try running",
      "",
      "    sudo dpkg-reconfigure wireshark-common",
    ];
    const script = `#!/bin/sh\nprintf '%s\\n' ${said.map((line) => JSON.stringify(line)).join(" ")} >&2\nexit 1\n`;
    writeFileSync(join(programs, "dumpcap"), script, { mode: 0o755 });
    vi.stubEnv("PATH", programs);
    const refusal = await dumpcapWriter.check("eth1", { ...RECORD_DEFAULTS, interfaces: ["eth1"] });
    vi.unstubAllEnvs();
    expect(refusal).toBe(
      'dumpcap: You do not have permission to capture on device "eth1". (socket: Operation not permitted)',
    );
  });
});

describe("the next check of a recording", () => {
  it("is due an interval after the last one or the first start, whatever starts come between", () => {
    const own = mkdtempSync(join(folder, "checks-"));
    const hour = 3600;
    expect(nextCheckMs(own, hour)).toBe(hour * 1000);
    const store = SegmentStore.open(own, "test");
    store.note("recording-started", {});
    const begun = Date.now();
    expect(nextCheckMs(own, hour, begun + 600_000) / 1000).toBeCloseTo(hour - 600, 0);
    expect(nextCheckMs(own, hour, begun + 7200_000)).toBe(60_000);
    expect(nextCheckMs(own, 5, begun + 7200_000)).toBe(5000);
    // A clock that was set back puts it off by no more than an interval.
    expect(nextCheckMs(own, hour, begun - 1e9)).toBe(hour * 1000);
    const journal = join(own, "recording.jsonl");
    const [first] = parseJournal(readFileSync(journal));
    const checked = { ...first!, at: new Date(begun + 7200_000).toISOString(), action: "recording-verified" };
    appendFileSync(journal, `${JSON.stringify(checked)}\n${JSON.stringify(first)}\n`);
    expect(nextCheckMs(own, hour, begun + 7800_000) / 1000).toBeCloseTo(hour - 600, 0);
    store.release();
  });
});

describe("octets of a driver", () => {
  it("give the same frames in pieces of every size", () => {
    const times = [1, 999_999_999, 1_000_000_000, 1_500_000_001, 4_294_967_296];
    const octets = pcapStream(times);
    for (const size of [1, 7, 16, 24, 77, octets.length]) expect(timesOf(octets, size)).toEqual(times);
  });

  it("keep times to the nanosecond until 2106", () => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(0xffff_ffff, 0);
    record.writeUInt32LE(999_999_999, 4);
    const time = { high: 0, low: 0 };
    recordTime(record, 0, 1, time);
    expect((BigInt(time.high) << 32n) | BigInt(time.low)).toBe(4_294_967_295_999_999_999n);
    record.writeUInt32LE(999_999, 4);
    recordTime(record, 0, 1000, time);
    expect((BigInt(time.high) << 32n) | BigInt(time.low)).toBe(4_294_967_295_999_999_000n);
  });

  it("are refused where they are no capture or claim a frame that cannot be", () => {
    expect(() => new PcapStream().push(Buffer.alloc(64, 0x41), 0)).toThrow("pcap stream");
    const octets = pcapStream([1]);
    octets.writeUInt32LE(0x7fff_ffff, 24 + 8);
    expect(() => new PcapStream().push(octets, 0)).toThrow("cannot be");
  });
});

describe("frames of several interfaces", () => {
  it("come in the order of their times, and wait no longer than a moment for a silent one", () => {
    const seen: string[] = [];
    const order = new FrameOrder((source, _, __, ___, low) => seen.push(`${source}:${low}`), HOLD_MS);
    const sources = [order.add(), order.add()];
    const base = new PcapStream();
    const give = (source: number, times: readonly number[], arrived: number): void => {
      const stream = new PcapStream();
      const piece = stream.push(pcapStream(times), arrived);
      order.push(sources[source]!, piece!, stream.unitNs);
    };
    expect(base.linkType).toBeNull();
    for (const source of sources) order.setOpen(source, true);
    give(0, [1, 5, 9], 0);
    expect(seen).toHaveLength(0);
    give(1, [2, 6], 10);
    expect(seen.map((text) => text[0])).toEqual(["0", "1", "0", "1"]);
    order.drain(299);
    expect(seen).toHaveLength(4);
    order.drain(301);
    expect(seen).toHaveLength(5);
  });

  it("wait for those of an interface that are there but were not read yet, however long that takes", () => {
    const seen: string[] = [];
    const order = new FrameOrder((source, _, __, ___, low) => seen.push(`${source}:${low}`), HOLD_MS);
    const behind = { isSo: true };
    const sources = [order.add(() => behind.isSo), order.add()];
    for (const source of sources) order.setOpen(source, true);
    const give = (source: number, times: readonly number[], arrived: number): void =>
      order.push(sources[source]!, new PcapStream().push(pcapStream(times), arrived)!, 1);
    give(1, [2, 4, 9], 0);
    for (let now = 300; now <= 3000; now += 300) order.drain(now);
    expect([seen.length, order.waits(sources[0]!), order.waits(sources[1]!)]).toEqual([0, false, true]);
    expect(order.waitingSince).toBe(0);
    give(0, [1, 3], 3100);
    expect(seen.map((text) => text[0])).toEqual(["0", "1", "0"]);
    // It is behind no more: from now on it may be silent.
    behind.isSo = false;
    for (const now of [3200, 3399]) order.drain(now);
    expect(seen).toHaveLength(3);
    order.drain(3401);
    expect([seen.length, order.waitingSince]).toEqual([5, Infinity]);
  });

  it("are not given out early because this process was held up: the others had no chance to come", () => {
    const seen: string[] = [];
    const order = new FrameOrder((source, _, __, ___, low) => seen.push(`${source}:${low}`), HOLD_MS);
    const sources = [order.add(), order.add()];
    for (const source of sources) order.setOpen(source, true);
    const give = (source: number, times: readonly number[], arrived: number): void =>
      order.push(sources[source]!, new PcapStream().push(pcapStream(times), arrived)!, 1);
    give(0, [2], 0);
    for (const now of [200, 5000]) order.drain(now);
    expect([seen.length, order.waitingOctets]).toEqual([0, 76]);
    give(1, [1], 5001);
    for (const now of [5200, 5400]) order.drain(now);
    expect([seen.map((text) => text[0]), order.waitingOctets]).toEqual([["1", "0"], 0]);
  });
});

async function written(name: string, times: readonly number[]): Promise<{ path: string; file: SegmentFile }> {
  const path = join(folder, name);
  const file = await SegmentFile.create(path, { application: "test" }, BigInt(SECOND) * 1_000_000_000n);
  const id = file.addInterface({ linkType: 1, snapLength: 0, name: "eth0" });
  const stream = new PcapStream();
  const piece = stream.push(pcapStream(times), 0)!;
  const order = new FrameOrder((_, octets, at, high, low) => file.frame(id, octets, at, high, low), HOLD_MS);
  order.push(order.add(), piece, stream.unitNs);
  return { path, file };
}

describe("a segment", () => {
  it("holds frames, times, lengths and statistics, and its hash is that of the file", async () => {
    const { path, file } = await written("whole.pcapng", [1, 2, 1_500_000_001]);
    const start = file.startedNs;
    const statistics = { start, end: start + 5n, driverDropped: 2, accepted: 4, kernelDropped: 1, delivered: 3 };
    const closed = await file.close(new Map([[0, statistics]]));
    expect(closed).toMatchObject({ packets: 3, octets: readFileSync(path).length, sha256: hashFile(path).sha256 });
    const set = await openCaptures([path]);
    const frames = (await set.next())!;
    expect([...frames.ts.subarray(0, 3)]).toEqual([start + 1n, start + 2n, start + 1_500_000_001n]);
    expect([...frames.wireLen.subarray(0, 3)]).toEqual([64, 64, 64]);
    expect(await set.next()).toBeNull();
    const [capture] = set.captures;
    expect(capture).toMatchObject({
      damage: [],
      sha256: closed.sha256,
      tsFirst: closed.tsFirst,
      tsLast: closed.tsLast,
    });
    expect(capture!.interfaces[0]).toMatchObject({
      name: "eth0",
      statistics: { start, end: start + 5n, dropped: 2n, filterAccepted: 4n, osDropped: 1n, delivered: 3n },
    });
    await set.close();
  });

  it("can be read to where it is written", async () => {
    const { path, file } = await written("growing.pcapng", [1, 2]);
    await file.sync();
    const set = await openCaptures([path]);
    expect((await set.next())!.count).toBe(2);
    await set.close();
    await file.close(new Map());
  });
});

describe("the clock", () => {
  it("is told to have been set by what it moved more than time went by, and is calm again after a while", () => {
    const now = { wall: 1_700_000_000_000, steady: 5000 };
    const clock = new ClockWatch({ wall: () => now.wall, steady: () => now.steady });
    const pass = (ms: number, setBy = 0): number => {
      now.steady += ms;
      now.wall += ms + setBy;
      return clock.look();
    };
    expect(clock.isCalm).toBe(true);
    // Slewed by a time service, and stopped for an hour with the machine asleep: neither is a step.
    expect([pass(1000, 1), pass(3_600_000)]).toEqual([0, 0]);
    expect(pass(1000, -7_200_000)).toBe(-7_200_000);
    expect(pass(1000, 86_400_000)).toBe(86_400_000);
    expect(clock.isCalm).toBe(false);
    expect(clock.unsteppedMs).toBe(1_700_000_000_000 + 3_603_000);
    expect(pass(599_000)).toBe(0);
    expect(clock.isCalm).toBe(false);
    pass(1000);
    expect(clock.isCalm).toBe(true);
  });
});

describe("the segments of a recording", () => {
  const closedOne = (store: SegmentStore, where: string, octets: number): string => {
    const name = store.nextName(SECOND * 1000);
    writeFileSync(join(where, name), Buffer.alloc(octets));
    store.closed(name, { packets: 1, tsFirst: 1n, tsLast: 1n, ...hashFile(join(where, name)) }, {});
    return name;
  };

  it("go on where the journal has the entries of years", () => {
    const where = join(folder, "long");
    SegmentStore.open(where, "1").release();
    const texts = { at: "", actor: "", host: "", tool: "", version: "", action: "segment-deleted", prev: "", hash: "" };
    const line = `${JSON.stringify({ seq: 1, ...texts, object: null, detail: { number: 130_000 } })}\n`;
    writeFileSync(join(where, "recording.jsonl"), line.repeat(130_000));
    const store = SegmentStore.open(where, "1");
    expect(store.nextName(0)).toBe("segment-00130001-19700101T000000Z.pcapng");
    store.release();
  });

  it("are chained into a journal, taken over after a crash, and had by one recorder", () => {
    const where = join(folder, "chained");
    const store = SegmentStore.open(where, "1");
    closedOne(store, where, 100);
    const open = store.nextName(SECOND * 1000);
    writeFileSync(join(where, open), "torn");
    expect(() => SegmentStore.open(where, "1")).toThrow("Another recorder writes to this case (process");
    store.release();
    const again = SegmentStore.open(where, "1");
    expect(again.segments.map(({ number, octets }) => [number, octets])).toEqual([
      [1, 100],
      [2, 4],
    ]);
    expect(again.nextName(0)).toBe("segment-00000003-19700101T000000Z.pcapng");
    again.release();
    const journal = readFileSync(join(where, "recording.jsonl"));
    expect(verifyJournal(journal).ok).toBe(true);
    expect(journal.toString()).toContain(`"action":"segment-recovered","object":"${open}"`);
    appendFileSync(join(where, "recording.jsonl"), "torn");
    SegmentStore.open(where, "1").release();
    expect(verifyJournal(readFileSync(join(where, "recording.jsonl"))).ok).toBe(true);
  });

  it("are deleted before that is said where the disk has no room to say so", () => {
    const where = join(folder, "no-room");
    const store = SegmentStore.open(where, "1");
    const path = join(where, closedOne(store, where, 100));
    const full = () => {
      throw new BacktrailError("disk-full", "No space left");
    };
    const append = vi.spyOn(Journal.prototype, "append").mockImplementationOnce(full).mockImplementationOnce(full);
    expect(store.note("interface-lost")).toMatchObject({ code: "disk-full" });
    expect(store.enforce(1, null, 0)).toBe(true);
    append.mockRestore();
    expect(existsSync(path)).toBe(false);
    store.release();
    const journal = readFileSync(join(where, "recording.jsonl"));
    expect(parseJournal(journal).map(({ action }) => action)).toEqual([
      "segment-closed",
      "interface-lost",
      "segment-deleted",
    ]);
    expect(verifyJournal(journal).ok).toBe(true);
  });

  it("make room on the disk, the oldest that were analysed first, but for those that findings rest on", () => {
    const where = join(folder, "room");
    const store = SegmentStore.open(where, "1");
    const names = [100, 100, 100, 100, 100].map((octets) => closedOne(store, where, octets));
    writeFileSync(join(where, "kept.json"), JSON.stringify({ analysed: 4, held: [names[0]], spared: [names[1]] }));
    const left = () => segmentNames(where).map((name) => names.indexOf(name));
    // All that were analysed and that nothing speaks for have 200.
    expect(store.makeRoom(201, true)).toBe(0);
    expect(store.makeRoom(150, true)).toBe(200);
    expect(left()).toEqual([0, 1, 4]);
    expect(store.makeRoom(1, true)).toBe(0);
    expect(store.makeRoom(1, false)).toBe(100);
    expect(left()).toEqual([0, 4]);
    // Nothing is lost for room that it would not make.
    expect(store.makeRoom(101, false)).toBe(0);
    expect(store.makeRoom(100, false)).toBe(100);
    expect(left()).toEqual([0]);
    store.release();
    const journal = parseJournal(readFileSync(join(where, "recording.jsonl")));
    expect(journal.filter(({ action }) => action === "segment-deleted").map(({ object }) => object)).toEqual(
      [2, 3, 1, 4].map((n) => names[n]),
    );
  });

  it("are as old by a clock that was set forward or back as they were", () => {
    for (const step of [86_400_000, -86_400_000]) {
      const where = join(folder, `aged-${step}`);
      const store = SegmentStore.open(where, "1");
      const now = { wall: 1_700_000_000_000, steady: 5000 };
      const clock = new ClockWatch({ wall: () => now.wall, steady: () => now.steady });
      store.ageBy(() => clock.unsteppedMs);
      closedOne(store, where, 1);
      now.wall += step;
      closedOne(store, where, 2);
      const pass = (seconds: number): number => {
        now.wall += seconds * 1000;
        now.steady += seconds * 1000;
        store.enforce(null, 60);
        return store.segments.length;
      };
      expect([pass(59), pass(2)]).toEqual([2, 0]);
      store.release();
    }
  });

  it("are deleted oldest first, never where a finding rests on them, those not analysed last", () => {
    const where = join(folder, "ring");
    const store = SegmentStore.open(where, "1");
    const names = [1, 2, 3, 4, 5].map(() => closedOne(store, where, 100));
    writeFileSync(join(where, "kept.json"), JSON.stringify({ analysed: 3, held: [names[0]] }));
    expect(store.heldOctets()).toBe(100);
    expect(store.enforce(500, null, Date.now())).toBe(true);
    expect(store.segments).toHaveLength(5);
    expect(store.enforce(300, null, Date.now())).toBe(true);
    expect(names.map((name) => existsSync(join(where, name)))).toEqual([true, false, false, true, true]);
    expect(store.enforce(50, null, Date.now())).toBe(false);
    expect(store.segments.map(({ name }) => name)).toEqual([names[0]]);
    const last = closedOne(store, where, 10);
    expect(store.enforce(null, 60, Date.now() + 61_000)).toBe(true);
    expect(store.segments.map(({ name }) => name)).toEqual([names[0]]);
    store.release();
    // As if it had been killed between saying and doing.
    writeFileSync(join(where, last), Buffer.alloc(10));
    const again = SegmentStore.open(where, "1");
    expect(again.segments.map(({ name }) => name)).toEqual([names[0]]);
    expect(existsSync(join(where, last))).toBe(false);
    again.release();
  });

  it("are spared where findings that were not read again may lie, until the bound on octets takes them", () => {
    const where = join(folder, "spared");
    const store = SegmentStore.open(where, "1");
    const names = [1, 2, 3, 4].map(() => closedOne(store, where, 100));
    writeFileSync(join(where, "kept.json"), JSON.stringify({ analysed: 3, held: [], spared: [names[0], names[3]] }));
    const left = () => store.segments.map(({ name }) => name);
    expect(store.enforce(300, null, Date.now())).toBe(true);
    expect(left()).toEqual([names[0], names[2], names[3]]);
    expect(store.enforce(null, 60, Date.now() + 61_000)).toBe(true);
    expect(left()).toEqual([names[0], names[3]]);
    // What was not analysed yet goes last all the same.
    expect(store.enforce(100, null, Date.now())).toBe(true);
    expect(left()).toEqual([names[3]]);
    expect(store.heldOctets()).toBe(0);
    store.release();
  });
});
