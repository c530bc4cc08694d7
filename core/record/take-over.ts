import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openCaptures } from "../capture/open.ts";
import type { Json } from "../case/journal.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { LeftFile, LeftFrames } from "./driver.ts";
import { FrameSet } from "./frame-set.ts";
import { RECORD_HEADER, recordTime } from "./pcap-stream.ts";
import { PcapngRecords } from "./pcapng-records.ts";
import type { StoredSegment, TimeSpan } from "./segment-store.ts";
import { NO_TIME } from "./segment-store.ts";
import { hasTimeIn } from "./sorted-times.ts";
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
  const recorded = new RecordedFrames(folder, segments);
  const examine = async (path: string, iface: string): Promise<LeftFrames> => {
    const file = readRecords(await readFile(path));
    const found = await recorded.find(iface, file);
    const { packets, records } = notRecorded(file, (ts, frame) => found.take(ts, frame));
    if (packets > 0) note("frames-taken-over", { interface: iface, file: basename(path), packets });
    return { records, linkType: file.linkType, damage: file.damage };
  };
  // One file is held at a time.
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = (next: () => Promise<LeftFrames>): Promise<LeftFrames> => {
    const turn = before.catch(() => undefined).then(next);
    before = turn;
    return turn;
  };
  const files = spooled(folder);
  return new Map(
    interfaces.map((name) => {
      const own = files.filter(({ iface }) => iface === name);
      return [name, own.map(({ path }) => ({ path, examine: () => inTurn(() => examine(path, name)) }))];
    }),
  );
}

/** Finds frames in segments, which are read anew for each file as its times ask: what is held does not grow with the ring. */
class RecordedFrames {
  readonly #folder: string;
  /** The newest first: most of what a file has is there. */
  readonly #segments: readonly StoredSegment[];
  /** Where the frames of each segment that was read lie in time. */
  readonly #spans = new Map<string, TimeSpan>();
  /** What files had of a segment, by its name and the interface: another that is equal is not the same frame. */
  readonly #taken = new Map<string, readonly FrameSet[]>();

  constructor(folder: string, segments: readonly StoredSegment[]) {
    this.#folder = folder;
    this.#segments = [...segments].reverse();
  }

  /** Frames of a file that segments hold, each as often as no file before had it. */
  async find(iface: string, { records, at, times }: Records): Promise<FrameSet> {
    const inOrder = new BigUint64Array(times).sort();
    const wanted = new FrameSet();
    for (const [i, time] of times.entries()) wanted.add(time, records.subarray(at[i]! + RECORD_HEADER, at[i + 1]));
    const found = new FrameSet();
    for (const { name, span } of this.#segments) {
      if (wanted.isEmpty) break;
      if (hasTimeIn(inOrder, this.#spans.get(name) ?? span)) await this.#look(name, iface, wanted, found);
    }
    return found;
  }

  async #look(segment: string, iface: string, wanted: FrameSet, found: FrameSet): Promise<void> {
    const key = `${segment} ${iface}`;
    const before = this.#taken.get(key) ?? [];
    const others = before.map((set) => set.fresh());
    const own = new FrameSet();
    const span = await eachFrame(join(this.#folder, segment), iface, (ts, frame) => {
      if (others.some((set) => set.take(ts, frame)) || !wanted.take(ts, frame)) return;
      own.add(ts, frame);
      found.add(ts, frame);
    });
    this.#spans.set(segment, span);
    if (!own.isEmpty) this.#taken.set(key, [...before, own]);
  }
}

/** Gives the frames of an interface in a segment. @returns where in time all frames of it lie. */
async function eachFrame(
  path: string,
  iface: string,
  give: (ts: bigint, frame: Uint8Array) => void,
): Promise<TimeSpan> {
  let { fromNs, untilNs } = NO_TIME;
  try {
    const set = await openCaptures([path]);
    try {
      for (let frames = await set.next(); frames !== null; frames = await set.next()) {
        const own = new Set(set.captures[0]!.interfaces.flatMap(({ index, name }) => (name === iface ? [index] : [])));
        for (let row = 0; row < frames.count; row++) {
          const ts = frames.ts[row]!;
          if (ts < fromNs) fromNs = ts;
          if (ts > untilNs) untilNs = ts;
          const at = frames.offset[row]!;
          if (own.has(frames.iface[row]!)) give(ts, frames.bytes.subarray(at, at + frames.capLen[row]!));
        }
        set.release(frames);
      }
    } finally {
      await set.close();
    }
  } catch (error) {
    // One that was begun and got nothing is no capture yet, and one that is gone has nothing any more.
    if (!(error instanceof BacktrailError)) throw error;
  }
  return { fromNs, untilNs };
}

/** The whole records of a file. */
interface Records {
  /** As pcap has them. */
  readonly records: Buffer;
  readonly linkType: number;
  /** Where each begins, and where the last ends. */
  readonly at: readonly number[];
  readonly times: readonly bigint[];
  /** Why what is behind them cannot be read; null if nothing is there that is whole. */
  readonly damage: string | null;
}

export function readRecords(octets: Buffer): Records {
  const blocks = new PcapngRecords();
  const records = blocks.push(octets);
  const at = [0];
  const times: bigint[] = [];
  for (let o = 0; o < records.length; at.push(o)) {
    times.push(timeAt(records, o));
    o += RECORD_HEADER + records.readUInt32LE(o + 8);
  }
  const { linkType, damage } = blocks;
  return { records, linkType: linkType ?? 1, at, times, damage };
}

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
