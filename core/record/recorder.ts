import { statfs } from "node:fs/promises";
import type { Json } from "../case/journal.ts";
import type { RecorderStatus } from "../contracts/recording.ts";
import { octetsText } from "../contracts/text-forms.ts";
import { AlarmBoard } from "./alarm-board.ts";
import { BacklogWatch } from "./backlog-watch.ts";
import type { ChosenDriver } from "./choose-driver.ts";
import { ClockWatch, type Clocks } from "./clock-watch.ts";
import { GatheredSegments } from "./gathered-segments.ts";
import { diskBounds } from "./disk-bounds.ts";
import { countsJson, InterfaceCounts } from "./interface-counts.ts";
import { LeftFiles } from "./left-files.ts";
import { LiveInterface } from "./live-interface.ts";
import { settingsOf, type RecordOptions } from "./record-options.ts";
import { RingRoom } from "./ring-room.ts";
import type { SegmentStore } from "./segment-store.ts";
import type { Segments } from "./segments.ts";
import { SpentFiles } from "./spent-files.ts";
import { takeOver } from "./take-over.ts";
import type { RecordingCheck } from "./verify-recording.ts";
import { WatchedSegments } from "./watched-segments.ts";

/** What was recorded can be read so soon. */
const FLUSH_MS = 200;
const TICK_MS = 1000;

/**
 * Records interfaces into segments and looks after them: the disk, the ring within its bounds, the clock. It does nothing else, so that
 * recording waits for nothing but the disk.
 */
export class Recorder {
  readonly #options: RecordOptions;
  readonly #chosen: ChosenDriver;
  readonly #store: SegmentStore;
  readonly #since = new Date().toISOString();
  readonly #interfaces: LiveInterface[] = [];
  readonly #alarms = new AlarmBoard((action, detail) => this.#note(action, detail));
  readonly #counts = new InterfaceCounts(this.#interfaces);
  readonly #left: LeftFiles;
  readonly #spent = new SpentFiles(
    (path, why) => this.#left.tell(path, why),
    () => this.#segments.failures,
  );
  readonly #backlog = new BacklogWatch(this.#alarms);
  readonly #clock: ClockWatch;
  readonly #segments: Segments;
  readonly #room: RingRoom;
  readonly #timers: NodeJS.Timeout[] = [];
  #isFull = false;
  #state: RecorderStatus["state"] = "recording";
  #diskFree = Infinity;

  constructor(options: RecordOptions, chosen: ChosenDriver, store: SegmentStore, version: string, clocks?: Clocks) {
    this.#clock = new ClockWatch(clocks);
    this.#options = options;
    this.#chosen = chosen;
    this.#store = store;
    store.ageBy(() => this.#clock.unsteppedMs);
    this.#room = new RingRoom(
      () => this.#freeOctets(),
      (octets, isSpentOnly) => store.makeRoom(octets, isSpentOnly),
    );
    this.#left = new LeftFiles(store.folder, this.#alarms, (action, detail) => this.#note(action, detail));
    const own = { interfaces: this.#interfaces, counts: this.#counts, alarms: this.#alarms };
    const { lateMs: holdMs, spools, writesSegments } = chosen.driver;
    const tools = { options, store, version, holdMs, spools, ...own };
    this.#segments = writesSegments ? new WatchedSegments(tools) : new GatheredSegments(tools);
    for (const [source, name] of options.interfaces.entries()) this.#add(source, name);
  }

  #add(source: number, name: string): void {
    this.#interfaces.push(
      new LiveInterface(name, this.#chosen.driver, this.#options, this.#store.folder, {
        piece: (piece, unitNs) => this.#segments.piece(source, piece, unitNs),
        begun: (path) => this.#segments.begun(path),
        spent: (path) => this.#spent.add(path, name),
        left: (path, why) => this.#left.tell(path, why),
        ended: (reason, isTold) => this.#segments.ended(reason, isTold),
        changed: (what, message) => this.#changed(name, what, message),
      }),
    );
  }

  /** Opens everything and begins. @throws where the first segment cannot be made. */
  async start(): Promise<void> {
    const { filter, snapLength, promiscuous, interfaces } = this.#options;
    const settings = { interfaces: [...interfaces], filter, snapLength, promiscuous };
    const problem = this.#store.note("recording-started", { ...settings, driver: this.#driver });
    if (problem !== null) throw problem;
    const taken = this.#chosen.driver.spools ? interfaces : [];
    this.#left.begin(taken);
    // Before anything is recorded, so that only what was recorded before is compared with it.
    const { folder, segments } = this.#store;
    const left = takeOver(folder, taken, segments, (action, detail) => this.#note(action, detail));
    await this.#mindDisk();
    await this.#segments.begin(this.#isFull);
    for (const each of this.#interfaces) each.open(left.get(each.name));
    this.#timers.push(
      setInterval(() => this.#segments.flush(), FLUSH_MS),
      setInterval(() => void this.#tick(), TICK_MS),
    );
  }

  /** Ends recording: all that was captured is written, the segment closed. */
  async stop(reason: string): Promise<void> {
    // What waits in files of the drivers comes only while it is written and looked after.
    await Promise.all(this.#interfaces.map((each) => each.stop()));
    for (const timer of this.#timers) clearInterval(timer);
    await this.#segments.stop();
    this.#spent.end();
    this.#left.end();
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
    const { segments } = this.#store;
    return {
      at: new Date().toISOString(),
      state: this.#state === "stopped" ? "stopped" : this.#isFull ? "disk-full" : "recording",
      pid: process.pid,
      since: this.#since,
      driver: this.#driver,
      settings: settingsOf(this.#options),
      interfaces: this.#interfaces.map((each) => each.status()),
      segment: this.#segments.open,
      ring: {
        segments: segments.length,
        octets: segments.reduce((sum, { octets }) => sum + octets, 0),
        heldOctets: this.#store.heldOctets(),
      },
      diskFreeOctets: this.#diskFree,
      queuedOctets: this.#segments.queuedOctets,
      backlogOctets: this.#backlog.octets,
      alarms: this.#alarms.all,
    };
  }

  get #driver() {
    const { driver, version, reason } = this.#chosen;
    return { name: driver.name, version, writesSegments: driver.writesSegments, reason };
  }

  /** What goes wrong here (a disk that refuses the journal) must not end recording, nor keep the rest from being looked after. */
  async #tick(): Promise<void> {
    const wrong: string[] = [];
    const steps: (() => void | Promise<void>)[] = [
      () => this.#look(),
      () => this.#keepWithin(),
      () => this.#segments.look(this.#isFull),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        wrong.push((error as Error).message);
      }
    }
    if (wrong.length === 0) this.#alarms.hide("disk-error");
    else this.#alarms.show("disk-error", `The recorder cannot look after its segments (${wrong[0]!}): check the disk.`);
  }

  async #look(): Promise<void> {
    this.#journaled(this.#store.noteWaiting());
    this.#mindClock();
    for (const each of this.#interfaces) each.tick();
    this.#left.look();
    // Not waited for: it takes as long as the disk does.
    void this.#spent.look(() => this.#segments.stored(), this.#segments.waitingSince);
    await this.#mindDisk();
    this.#backlog.look(this.#driver.name, this.#interfaces, this.#diskFree, this.#isFull);
  }

  #keepWithin(): void {
    const { keepOctets, keepSeconds } = this.#options;
    const isWithin = this.#store.enforce(keepOctets, keepSeconds);
    this.#alarms.put(
      !isWithin,
      "ring-full",
      () => `The segments that findings rest on fill the ring (--keep): copy the case away, or keep more.`,
    );
  }

  async #mindDisk(): Promise<void> {
    const { keepOctets, keepSeconds, leastFreeOctets } = this.#options;
    const { least, goOn, analysisGoesOn } = diskBounds(leastFreeOctets);
    const isRing = keepOctets !== null || keepSeconds !== null;
    if (isRing) await this.#room.keep(goOn, analysisGoesOn);
    const free = await this.#freeOctets();
    if (free === null) return; // a failed write will tell
    this.#diskFree = free;
    this.#isFull = free < (this.#isFull ? goOn : least);
    this.#alarms.put(
      this.#room.isShort,
      "ring-shortened",
      () =>
        `The disk where ${this.#store.folder} lies has not the room that --keep asks for: so that recording and analysis go on, the oldest segments that no finding rests on are deleted sooner. Free some space, or keep less.`,
    );
    this.#alarms.put(
      this.#isFull,
      "disk-full",
      () =>
        `Only ${octetsText(this.#diskFree)} are free where ${this.#store.folder} lies, less than --least-free (${octetsText(least)}): nothing is recorded until there is more. Free some space, or keep less (--keep).`,
    );
  }

  /** Octets that are free where the segments lie; null where the file system does not say. */
  async #freeOctets(): Promise<number | null> {
    try {
      const { bavail, bsize } = await statfs(this.#store.folder);
      return bavail * bsize;
    } catch {
      return null;
    }
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

  /** A full disk must not end recording: what cannot be noted now is in the status, and noted later. */
  #note(action: string, detail: { readonly [key: string]: Json }): void {
    this.#journaled(this.#store.note(action, detail));
  }

  #journaled(problem: Error | null): void {
    if (problem === null) this.#alarms.hide("journal");
    else
      this.#alarms.show(
        "journal",
        `The recording's journal cannot be written (${problem.message}): check the disk. What it is to have is written once it can be.`,
      );
  }
}
