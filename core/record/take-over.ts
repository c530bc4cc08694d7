import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CaptureSet } from "../capture/open.ts";
import { openCaptures } from "../capture/open.ts";
import type { Json } from "../case/journal.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { LeftFile, LeftFrames } from "./driver.ts";
import { FrameSet } from "./frame-set.ts";
import { RECORD_HEADER, recordTime } from "./pcap-stream.ts";
import { PcapngRecords } from "./pcapng-records.ts";
import type { StoredSegment } from "./segment-store.ts";
import { spooled } from "./spool.ts";

/**
 * Files that recorders before this one left, by their interfaces: what is in no segment is recorded now. A frame is in a segment if it is
 * read there, whatever order files and segments were written in and however often a recorder was killed.
 * @param segments Those that were recorded before.
 */
export function takeOver(
  folder: string,
  interfaces: readonly string[],
  segments: readonly StoredSegment[],
  note: (action: string, detail: { readonly [key: string]: Json }) => void,
): ReadonlyMap<string, readonly LeftFile[]> {
  const recorded = new RecordedFrames(folder, interfaces, segments);
  const examine = async (path: string, iface: string): Promise<LeftFrames> => {
    const file = readRecords(await readFile(path));
    await recorded.load(file.leastNs);
    const { packets, records } = notRecorded(file, (ts, frame) => recorded.take(iface, ts, frame));
    if (packets > 0) note("frames-taken-over", { interface: iface, file: basename(path), packets });
    return { records, linkType: file.linkType, damage: file.damage };
  };
  const files = spooled(folder);
  return new Map(
    interfaces.map((name) => {
      const own = files.filter(({ iface }) => iface === name);
      return [name, own.map(({ path }) => ({ path, examine: () => examine(path, name) }))];
    }),
  );
}

/** Frames that segments hold, read from them as far back as is asked for. */
class RecordedFrames {
  readonly #folder: string;
  readonly #interfaces: readonly string[];
  /** Those not read. */
  #segments: readonly StoredSegment[];
  /** Of each segment that was read, by interface. */
  readonly #sets: ReadonlyMap<string, FrameSet>[] = [];
  #loading: Promise<void> = Promise.resolve();

  constructor(folder: string, interfaces: readonly string[], segments: readonly StoredSegment[]) {
    this.#folder = folder;
    this.#interfaces = interfaces;
    this.#segments = segments;
  }

  /** Reads all segments that may have frames of a time, ns, or later. */
  load(fromNs: bigint): Promise<void> {
    // One that failed is not read: it is tried again for the next file.
    this.#loading = this.#loading.catch(() => undefined).then(() => this.#load(fromNs));
    return this.#loading;
  }

  /** Takes a frame out; false if it is not there (any more). */
  take(iface: string, ts: bigint, frame: Uint8Array): boolean {
    return this.#sets.some((sets) => sets.get(iface)!.take(ts, frame));
  }

  async #load(fromNs: bigint): Promise<void> {
    const due = this.#segments.filter(({ untilNs }) => untilNs >= fromNs);
    for (const segment of due) {
      const sets = new Map(this.#interfaces.map((name) => [name, new FrameSet()]));
      await addFrames(join(this.#folder, segment.name), sets);
      this.#sets.push(sets);
      this.#segments = this.#segments.filter((each) => each !== segment);
    }
  }
}

async function addFrames(path: string, sets: ReadonlyMap<string, FrameSet>): Promise<void> {
  try {
    const set = await openCaptures([path]);
    try {
      await addFramesOf(set, sets);
    } finally {
      await set.close();
    }
  } catch (error) {
    // One that was begun and got nothing is no capture yet, and one that is gone has nothing any more.
    if (!(error instanceof BacktrailError)) throw error;
  }
}

async function addFramesOf(set: CaptureSet, sets: ReadonlyMap<string, FrameSet>): Promise<void> {
  for (let frames = await set.next(); frames !== null; frames = await set.next()) {
    const owners: (FrameSet | undefined)[] = [];
    for (const { index, name } of set.captures[0]!.interfaces) owners[index] = sets.get(name ?? "");
    for (let row = 0; row < frames.count; row++) {
      const at = frames.offset[row]!;
      owners[frames.iface[row]!]?.add(frames.ts[row]!, frames.bytes.subarray(at, at + frames.capLen[row]!));
    }
    set.release(frames);
  }
}

/** The whole records of a file. */
interface Records {
  /** As pcap has them. */
  readonly records: Buffer;
  readonly linkType: number;
  /** Where each begins, and where the last ends. */
  readonly at: readonly number[];
  readonly times: readonly bigint[];
  /** The earliest time, ns; that of a file without frames is later than all. */
  readonly leastNs: bigint;
  /** Why what is behind them cannot be read; null if nothing is there that is whole. */
  readonly damage: string | null;
}

export function readRecords(octets: Buffer): Records {
  const blocks = new PcapngRecords();
  const records = blocks.push(octets);
  const at = [0];
  const times: bigint[] = [];
  let leastNs = NEVER;
  for (let o = 0; o < records.length; at.push(o)) {
    const time = timeAt(records, o);
    times.push(time);
    if (time < leastNs) leastNs = time;
    o += RECORD_HEADER + records.readUInt32LE(o + 8);
  }
  const { linkType, damage } = blocks;
  return { records, linkType: linkType ?? 1, at, times, leastNs, damage };
}

const NEVER = 2n ** 63n;

function timeAt(octets: Buffer, at: number): bigint {
  const time = { high: 0, low: 0 };
  recordTime(octets, at, 1, time);
  return (BigInt(time.high) << 32n) | BigInt(time.low);
}

/** The records of a file that were not recorded, and how many they are. */
export function notRecorded(
  { records, at, times }: Records,
  isRecorded: (ts: bigint, frame: Uint8Array) => boolean,
): { readonly records: Buffer; readonly packets: number } {
  const missing: Buffer[] = [];
  for (const [i, time] of times.entries()) {
    const record = records.subarray(at[i], at[i + 1]);
    if (!isRecorded(time, record.subarray(RECORD_HEADER))) missing.push(record);
  }
  const packets = missing.length;
  return { packets, records: packets === times.length ? records : Buffer.concat(missing) };
}
