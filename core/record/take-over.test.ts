import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { pcapngFile, pcapStream, SECOND } from "../../test/pcap-stream.ts";
import { AlarmBoard } from "./alarm-board.ts";
import { BacklogWatch } from "./backlog-watch.ts";
import { FrameSet } from "./frame-set.ts";
import { FILE_HEADER, RECORD_HEADER, recordTime } from "./pcap-stream.ts";
import { SegmentFile } from "./segment-file.ts";
import { segmentNames, SegmentStore } from "./segment-store.ts";
import { SpentFiles } from "./spent-files.ts";
import { takeOver } from "./take-over.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-take-over-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const RECORD_OCTETS = RECORD_HEADER + 60;

/** A file that a driver left. */
interface Left {
  readonly iface: string;
  /** Of its frames, ns after `SECOND`. */
  readonly times: readonly number[];
}

/** Frames of a segment, in their order: the file they came through, and which they are of it. */
type Segment = readonly (readonly [file: number, frame: number])[];

/** A recording that was killed, in a folder of its own: its segments, those closed in order, the last left open, and the files of its drivers. */
class Killed {
  readonly folder = mkdtempSync(join(folder, "killed-"));
  readonly #streams: readonly Buffer[];
  readonly #left: readonly Left[];

  constructor(left: readonly Left[]) {
    this.#left = left;
    this.#streams = left.map(({ times }) => pcapStream(times));
    for (const [i, { iface }] of left.entries())
      writeFileSync(join(this.folder, nameOf(i, iface)), pcapngFile(left[i]!.times));
  }

  async write(segments: readonly Segment[], isOpen: (nth: number) => boolean): Promise<void> {
    const store = SegmentStore.open(this.folder, "1");
    for (const [nth, frames] of segments.entries()) {
      const name = store.nextName(SECOND * 1000);
      const file = await SegmentFile.create(join(this.folder, name), {}, 0n);
      const ids = new Map<string, number>();
      for (const [from, frame] of frames) this.#put(file, ids, from, frame);
      const closed = await file.close(new Map());
      if (!isOpen(nth)) store.closed(name, closed, {});
    }
    store.release();
  }

  #put(file: SegmentFile, ids: Map<string, number>, from: number, frame: number): void {
    const name = this.#left[from]!.iface;
    const id = ids.get(name) ?? file.addInterface({ linkType: 1, snapLength: 0, name });
    ids.set(name, id);
    const at = FILE_HEADER + frame * RECORD_OCTETS;
    const time = { high: 0, low: 0 };
    recordTime(this.#streams[from]!, at, 1, time);
    file.frame(id, this.#streams[from]!, at, time.high, time.low);
  }

  /** Frames that are taken over of each file, and what is noted. */
  async takenOver(): Promise<{ frames: number[][]; notes: object[] }> {
    const notes: object[] = [];
    const store = SegmentStore.open(this.folder, "1");
    const interfaces = [...new Set(this.#left.map(({ iface }) => iface))];
    const { segments } = store;
    const left = takeOver(this.folder, interfaces, segments, (action, detail) => notes.push({ action, ...detail }));
    const frames: number[][] = this.#left.map(() => []);
    for (const file of [...left.values()].flat()) {
      const { records } = await file.examine();
      const nth = this.#left.findIndex(({ iface }, i) => nameOf(i, iface) === basename(file.path));
      // Each frame has its number in each of its octets.
      for (let at = 0; at < records.length; at += RECORD_OCTETS) frames[nth]!.push(records[at + RECORD_HEADER]!);
    }
    store.release();
    return { frames, notes };
  }
}

function nameOf(nth: number, iface: string): string {
  return `incoming-${iface}_0000${nth}_20260102030405.pcapng`;
}

describe("what recorders that were killed left in files of several interfaces", () => {
  it("is taken over also where the newest segments have nothing of an interface, as its older frames had not come yet", async () => {
    const killed = new Killed([
      { iface: "a", times: [10, 20, 30, 40] },
      { iface: "b", times: [11, 12, 13] },
      { iface: "b", times: [50] },
    ]);
    // Killed after the first two frames, and again when those of the one interface were taken over and none of the other.
    const segments: Segment[] = [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 2],
      ],
    ];
    await killed.write(segments, () => true);
    const { frames, notes } = await killed.takenOver();
    expect(frames).toEqual([[3], [1, 2], [0]]);
    const action = "frames-taken-over";
    expect(notes).toEqual([
      { action, interface: "a", file: nameOf(0, "a"), packets: 1 },
      { action, interface: "b", file: nameOf(1, "b"), packets: 2 },
      { action, interface: "b", file: nameOf(2, "b"), packets: 1 },
    ]);
  });

  it("is told frame by frame: equal times, a clock that was set back, what a segment did not get to the disk before the next", async () => {
    const killed = new Killed([
      { iface: "a", times: [7, 7, 7, 8, 3, 4, 9] },
      { iface: "b", times: [7, 3] },
    ]);
    const segments: Segment[] = [
      [
        [0, 0],
        [0, 1],
      ],
      [
        [0, 4],
        [1, 1],
      ],
    ];
    await killed.write(segments, (nth) => nth === 1);
    // As if the last was written after the clock was set back by an hour.
    for (const name of segmentNames(killed.folder)) utimesSync(join(killed.folder, name), SECOND, SECOND - 3600);
    expect((await killed.takenOver()).frames).toEqual([[2, 3, 5, 6], [0]]);
  });

  it("is looked for in segments without holding what else they have", async () => {
    const times = [...Array(200).keys()].map((n) => n + 100);
    const killed = new Killed([
      { iface: "b", times: [1, 300] },
      { iface: "a", times },
    ]);
    const rest: Segment = times.map((_, frame) => [1, frame]);
    await killed.write([rest, [[0, 1]], [[0, 0]]], () => true);
    const noted: string[] = [];
    const add = vi.spyOn(FrameSet.prototype, "add");
    const store = SegmentStore.open(killed.folder, "1");
    const left = takeOver(killed.folder, ["b"], store.segments, (action) => noted.push(action));
    const { records } = await left.get("b")![0]!.examine();
    store.release();
    expect([records.length, noted, add.mock.calls.length]).toEqual([0, [], 6]);
    add.mockRestore();
  });

  it("is looked for only in segments that reach its time: a clock that was not set yet has not all of a ring read", async () => {
    const killed = new Killed([
      { iface: "b", times: [0, 300, 310] },
      { iface: "a", times: [100, 200] },
    ]);
    await killed.write([[[1, 0]], [[1, 1]], [[0, 1]]], () => false);
    const store = SegmentStore.open(killed.folder, "1");
    const left = takeOver(killed.folder, ["b"], store.segments, () => undefined);
    const take = vi.spyOn(FrameSet.prototype, "take");
    const { records } = await left.get("b")![0]!.examine();
    store.release();
    // The one frame of the last segment, and those of the file itself.
    expect([records.length, take.mock.calls.length]).toEqual([2 * RECORD_OCTETS, 1 + 3]);
    take.mockRestore();
  });

  it("is exactly what is in no segment, whatever was written before", async () => {
    const time = fc.nat(20);
    const left = fc.array(fc.record({ iface: fc.constantFrom("a", "b"), times: fc.array(time, { maxLength: 6 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const fates = fc.array(fc.nat(4), { minLength: 24, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(left, fates, fc.nat(7), async (files, fate, open) => {
        const killed = new Killed(files);
        const segments: [number, number][][] = [[], [], []];
        const missing: number[][] = files.map(() => []);
        for (const [nth, { times }] of files.entries())
          for (const frame of times.keys()) {
            const segment = segments[fate[6 * nth + frame]!];
            if (segment === undefined) missing[nth]!.push(frame);
            else segment.push([nth, frame]);
          }
        await killed.write(segments, (nth) => (open & (1 << nth)) !== 0);
        // Frames of one interface that are equal in all are told by nothing: any of them will do.
        const { frames } = await killed.takenOver();
        expect(kinds(files, frames)).toEqual(kinds(files, missing));
      }),
      { numRuns: 12 },
    );
  });
});

/** Frames by all that tells them apart. */
function kinds(files: readonly Left[], frames: readonly (readonly number[])[]): string[] {
  return frames.flatMap((own, i) => own.map((n) => `${files[i]!.iface} ${n} ${files[i]!.times[n]}`)).sort();
}

describe("files of which all was given out", () => {
  it("stay until what was put into segments is on the disk", async () => {
    const path = join(folder, "spent.pcap");
    writeFileSync(path, "");
    const now = { ms: 0 };
    const spent = new SpentFiles(
      () => undefined,
      () => 0,
      () => now.ms,
    );
    spent.add(path, "eth1");
    let stored: () => void = () => undefined;
    const wait = () => new Promise<void>((resolve) => (stored = resolve));
    now.ms = 9999;
    await spent.look(wait, Infinity);
    now.ms = 10_000;
    // Frames of it still wait for those of another interface.
    await spent.look(wait, 0);
    const looking = spent.look(wait, 1);
    expect(existsSync(path)).toBe(true);
    stored();
    await looking;
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "");
    spent.add(path, "eth1");
    spent.end();
    expect(existsSync(path)).toBe(false);
  });

  it("stay where writing failed since they were begun, and those behind go", () => {
    const paths = ["before", "during", "behind", "elsewhere"].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, "");
    const kept: string[] = [];
    const failures = { count: 0 };
    const spent = new SpentFiles(
      (path) => kept.push(basename(path)),
      () => failures.count,
    );
    spent.add(paths[0]!, "eth1");
    spent.end();
    failures.count = 3;
    spent.add(paths[1]!, "eth1");
    spent.add(paths[2]!, "eth1");
    spent.add(paths[3]!, "eth2");
    spent.end();
    expect(kept).toEqual(["during", "elsewhere"]);
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, false, true]);
  });
});

describe("frames that are recorded", () => {
  it("are found by time and octets, each as often as it is there", () => {
    const set = new FrameSet();
    const frame = Buffer.from("frame");
    for (let n = 0; n < 3000; n++) set.add(BigInt(n % 1500), frame);
    expect([1, 2, 3].map(() => set.take(7n, frame))).toEqual([true, true, false]);
    expect(set.take(8n, Buffer.from("other"))).toBe(false);
  });
});

describe("a recorder that is slower than its drivers", () => {
  it("has an alarm that says what waits, since when and what to do, until it has caught up", () => {
    const alarms = new AlarmBoard(() => undefined);
    const now = { ms: 0 };
    const watch = new BacklogWatch(alarms, () => now.ms);
    const look = (octets: number, ms: number, isLeft = false, isFull = false) =>
      watch.look(
        "dumpcap",
        [
          { name: "eth1", backlog: { octets, ms, isLeft } },
          { name: "eth2", backlog: { octets: 70, ms: 0, isLeft: false } },
        ],
        9e9,
        isFull,
      );
    look(5e8, 900);
    expect([watch.octets, alarms.all.length]).toEqual([500_000_070, 0]);
    look(3e9, 12_000);
    expect(alarms.all.map(({ code }) => code)).toEqual(["recorder-behind"]);
    expect(alarms.all[0]!.message).toMatch(
      /^Frames wait in files of dumpcap beside the segments since \d\d:\d\d:\d\d UTC \(3 GB of eth1\): .*\(9 GB free\)/,
    );
    // While the disk is full, and just then, what waits says nothing of the recorder.
    look(3e9, 20_000, false, true);
    expect([watch.octets, alarms.all.length]).toEqual([3_000_000_070, 0]);
    now.ms = 9999;
    look(3e9, 30_000);
    expect(alarms.all).toEqual([]);
    now.ms = 10_000;
    look(3e9, 30_000);
    expect(alarms.all.map(({ code }) => code)).toEqual(["recorder-behind"]);
    look(3e9, 40_000, true);
    expect(alarms.all.map(({ code }) => code)).toEqual(["taking-over"]);
    expect(alarms.all[0]!.message).toMatch(/^What a recorder before this one left is compared .* \(3 GB of eth1\)/);
    look(0, 50);
    expect(alarms.all).toEqual([]);
  });
});
