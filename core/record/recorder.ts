import { statfs } from "node:fs/promises";
import { release, type } from "node:os";
import { join } from "node:path";
import type { Json } from "../case/journal.ts";
import type { RecorderStatus } from "../contracts/recording.ts";
import { octetsText } from "../contracts/text-forms.ts";
import { AlarmBoard } from "./alarm-board.ts";
import type { ChosenDriver } from "./choose-driver.ts";
import { ClockWatch, type Clocks } from "./clock-watch.ts";
import { FrameOrder } from "./frame-order.ts";
import { countsJson, InterfaceCounts } from "./interface-counts.ts";
import { LiveInterface } from "./live-interface.ts";
import { RECORD_HEADER } from "./pcap-stream.ts";
import { settingsOf, type RecordOptions } from "./record-options.ts";
import { SegmentFile } from "./segment-file.ts";
import type { SegmentStore } from "./segment-store.ts";
import type { RecordingCheck } from "./verify-recording.ts";

const MIB = 1024 * 1024;
/** Octets that may wait for the disk before the drivers are held back: the kernel's buffers then fill. */
const QUEUE_OCTETS = 64 * MIB;
/** Beyond this frames are let go and counted: a driver that cannot be held back must not fill the memory. */
const MOST_QUEUED_OCTETS = 4 * QUEUE_OCTETS;
/** What was recorded can be read so soon. */
const FLUSH_MS = 200;
const TICK_MS = 1000;

interface OpenSegment {
  readonly name: string;
  readonly file: SegmentFile;
  readonly startedMs: number;
  /** Interface number in the file, by source. */
  readonly ids: Map<number, number>;
}

/**
 * Records interfaces into segments: frames in order of time, a new segment by size or age, the ring kept within its bounds. It
 * does nothing else, so that recording waits for nothing but the disk.
 */
export class Recorder {
  readonly #options: RecordOptions;
  readonly #chosen: ChosenDriver;
  readonly #store: SegmentStore;
  readonly #version: string;
  readonly #since = new Date().toISOString();
  readonly #interfaces: LiveInterface[] = [];
  readonly #order: FrameOrder;
  readonly #alarms = new AlarmBoard((action, detail) => this.#note(action, detail));
  readonly #counts = new InterfaceCounts(this.#interfaces);
  readonly #clock: ClockWatch;
  readonly #timers: NodeJS.Timeout[] = [];
  #segment: OpenSegment | null = null;
  #closing: Promise<void> = Promise.resolve();
  #queuedBefore = 0;
  #isPaused = false;
  #isFull = false;
  #isTurning = false;
  #turning: Promise<void> = Promise.resolve();
  #isStopping = false;
  #state: RecorderStatus["state"] = "recording";
  #diskFree = Infinity;
  #lastSync = performance.now();

  constructor(options: RecordOptions, chosen: ChosenDriver, store: SegmentStore, version: string, clocks?: Clocks) {
    this.#clock = new ClockWatch(clocks);
    this.#options = options;
    this.#chosen = chosen;
    this.#store = store;
    this.#version = version;
    this.#order = new FrameOrder((source, octets, at, high, low) => this.#frame(source, octets, at, high, low));
    for (const name of options.interfaces) {
      const source = this.#order.add();
      this.#interfaces.push(
        new LiveInterface(name, chosen.driver, options, {
          piece: (piece, unitNs) => {
            this.#order.push(source, piece, unitNs);
            this.#mindQueue();
          },
          changed: (what, message) => this.#changed(name, what, message),
        }),
      );
    }
  }

  /** Opens everything and begins. @throws where the first segment cannot be made. */
  async start(): Promise<void> {
    const { filter, snapLength, promiscuous, interfaces } = this.#options;
    const driver = { name: this.#chosen.driver.name, version: this.#chosen.version, reason: this.#chosen.reason };
    this.#store.note("recording-started", { interfaces: [...interfaces], filter, snapLength, promiscuous, driver });
    await this.#mindDisk();
    if (!this.#isFull) this.#segment = await this.#begin();
    for (const [source, each] of this.#interfaces.entries()) {
      each.open();
      this.#order.setOpen(source, true);
    }
    this.#timers.push(
      setInterval(() => this.#flush(), FLUSH_MS),
      setInterval(() => void this.#tick(), TICK_MS),
    );
  }

  /** Ends recording: all that was captured is written, the segment closed. */
  async stop(reason: string): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#interfaces.map((each) => each.stop()));
    this.#order.drain(Infinity);
    // A segment that is being begun would otherwise be left open.
    await this.#turning;
    const segment = this.#segment;
    this.#segment = null;
    if (segment !== null) this.#close(segment, "stopped");
    await this.#closing;
    this.#state = "stopped";
    // What was lost while no segment could be written, or by a write that failed.
    const counts = this.#counts.takeNew();
    if (counts.some(({ ownDropped }) => ownDropped > 0))
      this.#note("frames-lost", { interfaces: counts.map((each, i) => countsJson(this.#interfaces[i]!.name, each)) });
    this.#note("recording-stopped", {
      reason,
      totals: this.#interfaces.map((each) => countsJson(each.name, each.totals())),
    });
  }

  /** Journals what a check of the recording found; that something is wrong stays an alarm. */
  verified(check: RecordingCheck): void {
    const { ok, segments, octets, head, wrong } = check;
    this.#note("recording-verified", { ok, segments, octets, head, wrong });
    this.#alarms.put(
      !ok,
      "verification-failed",
      () => `The recording is not as it was written: ${wrong[0] ?? ""} Find out who changed it.`,
    );
  }

  status(): RecorderStatus {
    const segment = this.#segment;
    const { segments } = this.#store;
    return {
      at: new Date().toISOString(),
      state: this.#state === "stopped" ? "stopped" : this.#isFull ? "disk-full" : "recording",
      pid: process.pid,
      since: this.#since,
      driver: { name: this.#chosen.driver.name, version: this.#chosen.version, reason: this.#chosen.reason },
      settings: settingsOf(this.#options),
      interfaces: this.#interfaces.map((each) => each.status()),
      segment:
        segment === null ? null : { name: segment.name, octets: segment.file.octets, packets: segment.file.packets },
      ring: {
        segments: segments.length,
        octets: segments.reduce((sum, { octets }) => sum + octets, 0),
        heldOctets: this.#store.heldOctets(),
      },
      diskFreeOctets: this.#diskFree,
      queuedOctets: this.#queued(),
      alarms: this.#alarms.all,
    };
  }

  #frame(source: number, octets: Buffer, at: number, high: number, low: number): void {
    const iface = this.#interfaces[source]!;
    const segment = this.#segment;
    if (segment === null || segment.file.failure !== null || this.#queued() > MOST_QUEUED_OCTETS) {
      iface.ownDropped++;
      return;
    }
    let id = segment.ids.get(source);
    if (id === undefined) {
      const { snapLength, filter } = this.#options;
      id = segment.file.addInterface({
        linkType: iface.linkType ?? 1,
        snapLength,
        name: iface.name,
        filter: filter || null,
      });
      segment.ids.set(source, id);
    }
    segment.file.frame(id, octets, at, high, low);
    iface.packets++;
    iface.octets += octets.readUInt32LE(at + RECORD_HEADER - 4);
    if (segment.file.octets >= this.#options.rotateOctets && !this.#isTurning) void this.#turn("size");
  }

  #flush(): void {
    this.#order.drain(performance.now());
    const segment = this.#segment;
    if (segment === null) return;
    const isDue = performance.now() - this.#lastSync >= this.#options.syncSeconds * 1000;
    if (isDue) this.#lastSync = performance.now();
    // A failure is found in `failure` at the next tick.
    void (isDue ? segment.file.sync() : segment.file.flush()).catch(() => undefined);
    this.#mindQueue();
  }

  /** What goes wrong here (a disk that refuses the journal) must not end recording. */
  async #tick(): Promise<void> {
    try {
      await this.#look();
      this.#alarms.hide("disk-error");
    } catch (error) {
      const message = `The recorder cannot look after its segments (${(error as Error).message}): check the disk.`;
      this.#alarms.show("disk-error", message);
    }
  }

  async #look(): Promise<void> {
    this.#mindClock();
    for (const [source, each] of this.#interfaces.entries()) {
      each.tick();
      this.#order.setOpen(source, each.isOpen);
    }
    await this.#mindDisk();
    const { keepOctets, keepSeconds, rotateSeconds } = this.#options;
    const isWithin = this.#store.enforce(keepOctets, keepSeconds, this.#clock.unsteppedMs);
    this.#alarms.put(
      !isWithin,
      "ring-full",
      () => `The segments that findings rest on fill the ring (--keep): copy the case away, or keep more.`,
    );
    if (this.#isTurning) return;
    const segment = this.#segment;
    if (segment === null) {
      if (!this.#isFull) await this.#turn("");
    } else if (segment.file.failure !== null) {
      await this.#turn(`writing failed: ${segment.file.failure.message}`);
    } else if (this.#isFull) {
      this.#segment = null;
      this.#close(segment, "disk-full");
    } else if (performance.now() - segment.startedMs >= rotateSeconds * 1000) {
      await this.#turn("age");
    }
  }

  /** Begins the next segment, then closes the one at hand. */
  #turn(why: string): Promise<void> {
    if (!this.#isStopping) this.#turning = this.#goOn(why);
    return this.#turning;
  }

  async #goOn(why: string): Promise<void> {
    this.#isTurning = true;
    try {
      const next = await this.#begin();
      const segment = this.#segment;
      this.#segment = next;
      if (segment !== null) this.#close(segment, why);
      this.#alarms.put(false, "write-failed");
    } catch (error) {
      const segment = this.#segment;
      if (segment?.file.failure !== null && segment !== null) {
        this.#segment = null;
        this.#close(segment, why);
      }
      const message = `No segment can be begun in ${this.#store.folder} (${(error as Error).message}): check the disk. Frames are lost until then.`;
      this.#alarms.put(true, "write-failed", () => message);
    } finally {
      this.#isTurning = false;
    }
  }

  async #begin(): Promise<OpenSegment> {
    const name = this.#store.nextName(Date.now());
    const section = { application: `Backtrail ${this.#version}`, os: `${type()} ${release()}` };
    const file = await SegmentFile.create(join(this.#store.folder, name), section, BigInt(Date.now()) * 1_000_000n);
    return { name, file, startedMs: performance.now(), ids: new Map() };
  }

  /** Closes a segment behind those that are being closed. */
  #close(segment: OpenSegment, why: string): void {
    const { file } = segment;
    const counts = this.#counts.takeNew();
    const start = file.startedNs;
    const end = BigInt(Date.now()) * 1_000_000n;
    const statistics = new Map(
      [...segment.ids].map(([source, id]) => {
        const { received, kernelDropped, driverDropped, ownDropped, packets } = counts[source]!;
        const comments = ownDropped > 0 ? [`${ownDropped} frames were lost by the recorder itself`] : [];
        return [
          id,
          { start, end, driverDropped, accepted: received, kernelDropped, delivered: packets, comments },
        ] as const;
      }),
    );
    this.#queuedBefore += file.queued;
    const before = file.queued;
    this.#closing = this.#closing.then(async () => {
      try {
        const closed = await file.close(statistics);
        const lost = this.#counts.takeBack(file.packetsLost);
        const from = new Date(Number(start / 1_000_000n)).toISOString();
        const interfaces = counts.map((each, i) => {
          const known = i === 0 ? { ...each, packets: each.packets - lost, ownDropped: each.ownDropped + lost } : each;
          return { ...countsJson(this.#interfaces[i]!.name, known), from };
        });
        this.#store.closed(segment.name, closed, { why, interfaces });
      } catch (error) {
        const message = `${segment.name} could not be closed (${(error as Error).message}): check the disk. It is closed at the next start.`;
        this.#alarms.put(true, "write-failed", () => message);
      } finally {
        this.#queuedBefore -= before;
      }
    });
  }

  #queued(): number {
    return this.#queuedBefore + (this.#segment?.file.queued ?? 0);
  }

  #mindQueue(): void {
    const queued = this.#queued();
    if (!this.#isPaused && queued > QUEUE_OCTETS) {
      this.#isPaused = true;
      for (const each of this.#interfaces) each.pause();
      this.#alarms.put(
        true,
        "disk-slow",
        () =>
          "The disk does not keep up: the kernel's buffers hold what comes, and frames are lost once they are full. Use a faster disk or a filter.",
      );
    } else if (this.#isPaused && queued < QUEUE_OCTETS / 2) {
      this.#isPaused = false;
      for (const each of this.#interfaces) each.resume();
      this.#alarms.put(false, "disk-slow");
    }
  }

  async #mindDisk(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#store.folder);
      this.#diskFree = bavail * bsize;
    } catch {
      return; // the file system does not say: a failed write will
    }
    const least = this.#options.leastFreeOctets;
    // Some more than the bound must be free to go on, or it would begin and end every second.
    this.#isFull = this.#diskFree < (this.#isFull ? least * 1.1 : least);
    this.#alarms.put(
      this.#isFull,
      "disk-full",
      () =>
        `Only ${octetsText(this.#diskFree)} are free where ${this.#store.folder} lies, less than --least-free (${octetsText(least)}): nothing is recorded until there is more. Free some space, or keep less (--keep).`,
    );
  }

  #mindClock(): void {
    const stepMs = this.#clock.look();
    if (stepMs === 0) {
      if (this.#clock.isCalm) this.#alarms.put(false, "clock-stepped");
      return;
    }
    this.#note("clock-stepped", { milliseconds: stepMs });
    this.#alarms.show(
      "clock-stepped",
      `The clock of this machine was set by ${stepMs} ms: times before and after do not fit together. Check its time service.`,
    );
  }

  #changed(iface: string, what: string, message: string): void {
    this.#note(what, { interface: iface, message });
    const isBad = what === "interface-lost" || what === "link-down";
    for (const code of ["interface-lost", "link-down"]) {
      const key = `${code} ${iface}`;
      if (code === what && isBad) this.#alarms.show(code, message, key);
      else if (!isBad) this.#alarms.hide(key);
    }
  }

  /** A full disk must not end recording: what cannot be noted is in the status all the same. */
  #note(action: string, detail: { readonly [key: string]: Json }): void {
    try {
      this.#store.note(action, detail);
      this.#alarms.hide("journal");
    } catch (error) {
      this.#alarms.show(
        "journal",
        `The recording's journal cannot be written (${(error as Error).message}): check the disk.`,
      );
    }
  }
}
