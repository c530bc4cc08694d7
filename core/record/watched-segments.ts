import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "../case/durable-file.ts";
import { countsJson } from "./interface-counts.ts";
import type { Segments, SegmentTools } from "./segments.ts";
import { diskSlowText } from "./segments.ts";
import { WatchedFile } from "./watched-file.ts";

/** Making durable takes no longer on a disk that keeps up. */
const LONG_SYNC_MS = 10_000;

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
    this.#waiting.push({ name, startedNs, run: this.#run, file: null, why: null, isLastOfRun: false });
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
    await this.#follow();
  }

  /** Reads what was written, and closes what nobody writes any more. */
  async #follow(): Promise<void> {
    const { alarms } = this.#tools;
    try {
      for (;;) {
        const segment = this.#waiting[0];
        if (segment === undefined) break;
        const { why } = segment;
        segment.file ??= await WatchedFile.open(this.#pathOf(segment), segment.startedNs);
        await this.#read(segment.file);
        if (why === null) break;
        await this.#close(segment, segment.file, why);
        this.#waiting.shift();
      }
      alarms.put(false, "write-failed");
    } catch (error) {
      const name = this.#waiting.shift()?.name ?? "A segment";
      const message = `${name} cannot be read back or closed (${(error as Error).message}): check the disk. It stays, and is closed at the next start.`;
      alarms.put(true, "write-failed", () => message);
    }
  }

  async #read(file: WatchedFile): Promise<void> {
    const iface = this.#tools.interfaces[0]!;
    const { packets, wireOctets } = file;
    await file.read();
    iface.packets += file.packets - packets;
    iface.octets += file.wireOctets - wireOctets;
  }

  async #close({ name, isLastOfRun, startedNs, run }: WatchedSegment, file: WatchedFile, why: string): Promise<void> {
    const { counts, store, interfaces } = this.#tools;
    const isTold = isLastOfRun && run.isTold;
    const [count] = isTold ? counts.takeNew() : counts.takeNewOfRunning();
    const { received, kernelDropped, driverDropped, packets } = count!;
    const start = isTold ? run.startedNs : startedNs;
    const closed = await file.close({
      ...{ start, end: nowNs(), accepted: received, kernelDropped, delivered: packets },
      // A zero alone would read as if nothing was dropped at all.
      driverDropped: isTold || driverDropped > 0 ? driverDropped : null,
    });
    const from = new Date(Number(start / 1_000_000n)).toISOString();
    store.closed(name, closed, { why, interfaces: [{ ...countsJson(interfaces[0]!.name, count!), from }] });
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
