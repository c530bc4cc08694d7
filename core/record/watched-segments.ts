import { existsSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "../case/durable-file.ts";
import { countsJson } from "./interface-counts.ts";
import type { InterfaceTotals } from "./live-interface.ts";
import type { Segments, SegmentTools } from "./segments.ts";
import { diskSlowText } from "./segments.ts";
import { WatchedFile } from "./watched-file.ts";

/** Making durable takes no longer on a disk that keeps up. */
const LONG_SYNC_MS = 10_000;
/** What cannot be read or closed is tried again after so long, twice as long each time. */
const RETRY_MS = 1000;
const MOST_RETRY_MS = 60_000;

/** The driver, from when it was opened until it ended. */
interface Run {
  readonly startedNs: bigint;
  /** It said what it counted: it does so when it ends. */
  isTold: boolean;
}

interface WatchedSegment {
  readonly name: string;
  readonly startedNs: bigint;
  /** When the driver that writes it was opened: what it lost, it lost since. */
  readonly run: Run;
  file: WatchedFile | null;
  /** What the interface has counted of it. */
  packets: number;
  wireOctets: number;
  /** What was counted until it was closed, once that was tried. */
  count: InterfaceTotals | null;
  /** How often it could not be read or closed, one after another, and when that is tried again. */
  failures: number;
  nextTry: number;
  /** Why nobody writes it any more; null while it is written. */
  why: string | null;
  isLastOfRun: boolean;
}

/**
 * Segments that the driver of the one interface writes itself, so that nothing lies between it and the disk: they are named, counted,
 * hashed and journaled here, and recording does not wait for that.
 */
export class WatchedSegments implements Segments {
  readonly queuedOctets = 0;
  readonly #tools: SegmentTools;
  /** Those begun and not closed, oldest first. */
  readonly #waiting: WatchedSegment[] = [];
  #run: Run = { startedNs: nowNs(), isTold: false };
  #following: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #syncStarted = performance.now();
  #isHalted = false;

  constructor(tools: SegmentTools) {
    this.#tools = tools;
  }

  get open() {
    const newest = this.#waiting.at(-1);
    if (newest === undefined || newest.why !== null) return null;
    const octets = statSync(this.#pathOf(newest), { throwIfNoEntry: false })?.size ?? 0;
    return { name: newest.name, octets, packets: newest.file?.packets ?? 0 };
  }

  begin(isFull: boolean): Promise<void> {
    return this.look(isFull);
  }

  piece(): void {
    // This driver gives no frames out.
  }

  begun(path: string): void {
    const startedNs = nowNs();
    const before = this.#waiting.at(-1);
    if (before === undefined || before.isLastOfRun) this.#run = { startedNs, isTold: false };
    else before.why ??= this.#isAtSize(before) ? "size" : "age";
    const { store } = this.#tools;
    const name = store.nextName(Date.now());
    // The driver goes on writing to it: only its name changes.
    renameSync(path, join(store.folder, name));
    syncFolder(store.folder);
    const counted = { packets: 0, wireOctets: 0, count: null, failures: 0, nextTry: 0 };
    this.#waiting.push({ name, startedNs, run: this.#run, file: null, why: null, isLastOfRun: false, ...counted });
  }

  ended(reason: string, isTold: boolean): void {
    const last = this.#waiting.at(-1);
    if (last === undefined || last.isLastOfRun) return;
    last.isLastOfRun = true;
    last.run.isTold = isTold;
    last.why = reason !== "" ? `the driver ended: ${reason}` : this.#isHalted ? "disk-full" : "stopped";
  }

  readonly failures = 0;
  readonly waitingSince = Infinity;

  stored(): Promise<void> {
    return Promise.resolve(); // these drivers give no frames out
  }

  flush(): void {
    this.#following ??= this.#follow().finally(() => (this.#following = null));
    const since = performance.now() - this.#syncStarted;
    if (this.#syncing === null && since >= this.#tools.options.syncSeconds * 1000) {
      this.#syncStarted = performance.now();
      this.#syncing = this.#sync().finally(() => (this.#syncing = null));
    }
    const isSlow = this.#syncing !== null && since > LONG_SYNC_MS;
    if (isSlow || this.#syncing === null) this.#tools.alarms.put(isSlow, "disk-slow", () => diskSlowText(false));
  }

  look(isFull: boolean): Promise<void> {
    if (isFull !== this.#isHalted) {
      this.#isHalted = isFull;
      for (const each of this.#tools.interfaces) {
        if (isFull) each.halt();
        else each.goOn();
      }
    }
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.#following;
    await this.#syncing;
    // A driver that did not end: its last segment is closed as far as it came.
    this.ended("", false);
    for (const segment of this.#waiting) segment.nextTry = 0;
    await this.#follow();
  }

  /** Reads what was written, and closes what nobody writes any more. One for which that fails keeps no other from it. */
  async #follow(): Promise<void> {
    const { alarms } = this.#tools;
    let why = "";
    for (const segment of [...this.#waiting]) {
      if (performance.now() < segment.nextTry) continue;
      try {
        await this.#forward(segment);
        segment.failures = 0;
      } catch (error) {
        await this.#failed(segment);
        why = `${segment.name} cannot be read back or closed (${(error as Error).message}): check the disk. It stays, and it is tried again.`;
      }
    }
    const isWrong = why !== "" || this.#waiting.some(({ failures }) => failures > 0);
    alarms.put(isWrong, "write-failed", () => why);
  }

  async #forward(segment: WatchedSegment): Promise<void> {
    const { why } = segment;
    segment.file ??= await WatchedFile.open(this.#pathOf(segment), segment.startedNs);
    await this.#read(segment, segment.file);
    if (why === null) return;
    await this.#close(segment, segment.file, why);
    this.#remove(segment);
  }

  /** It is read again from its beginning, unless it is gone. */
  async #failed(segment: WatchedSegment): Promise<void> {
    await segment.file?.abandon();
    segment.file = null;
    segment.nextTry = performance.now() + Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** segment.failures++);
    if (segment.why !== null && !existsSync(this.#pathOf(segment))) this.#remove(segment);
  }

  #remove(segment: WatchedSegment): void {
    this.#waiting.splice(this.#waiting.indexOf(segment), 1);
  }

  async #read(segment: WatchedSegment, file: WatchedFile): Promise<void> {
    const iface = this.#tools.interfaces[0]!;
    await file.read();
    iface.packets += Math.max(0, file.packets - segment.packets);
    iface.octets += Math.max(0, file.wireOctets - segment.wireOctets);
    segment.packets = Math.max(segment.packets, file.packets);
    segment.wireOctets = Math.max(segment.wireOctets, file.wireOctets);
  }

  async #close(segment: WatchedSegment, file: WatchedFile, why: string): Promise<void> {
    const { name, isLastOfRun, startedNs, run } = segment;
    const { counts, store, interfaces } = this.#tools;
    const isTold = isLastOfRun && run.isTold;
    const count = (segment.count ??= (isTold ? counts.takeNew() : counts.takeNewOfRunning())[0]!);
    const { received, kernelDropped, driverDropped, packets } = count;
    const start = isTold ? run.startedNs : startedNs;
    const closed = await file.close({
      ...{ start, end: nowNs(), accepted: received, kernelDropped, delivered: packets },
      // A zero alone would read as if nothing was dropped at all.
      driverDropped: isTold || driverDropped > 0 ? driverDropped : null,
    });
    const from = new Date(Number(start / 1_000_000n)).toISOString();
    store.closed(name, closed, { why, interfaces: [{ ...countsJson(interfaces[0]!.name, count), from }] });
  }

  async #sync(): Promise<void> {
    for (const { file } of this.#waiting) await file?.sync().catch(() => undefined);
  }

  #isAtSize(segment: WatchedSegment): boolean {
    const { size } = statSync(this.#pathOf(segment));
    return size >= this.#tools.options.rotateOctets - SIZE_UNIT;
  }

  #pathOf({ name }: WatchedSegment): string {
    return join(this.#tools.store.folder, name);
  }
}

/** Drivers count the size of their files in such units, octets. */
const SIZE_UNIT = 1000;

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
