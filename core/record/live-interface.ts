import type { RecordedInterface } from "../contracts/recording.ts";
import type { Backlog, CaptureDriver, DriverEvents, LeftFile, OpenInterface } from "./driver.ts";
import { driverDrops, interfaceExists, linkState } from "./network-interfaces.ts";
import type { Piece } from "./pcap-stream.ts";
import { PcapStream } from "./pcap-stream.ts";
import type { RecordOptions } from "./record-options.ts";
import { Spool } from "./spool.ts";

/** Running totals of one interface. */
export interface InterfaceTotals {
  readonly packets: number;
  readonly octets: number;
  readonly received: number | null;
  readonly kernelDropped: number | null;
  readonly driverDropped: number;
  readonly ownDropped: number;
}

/** What an interface tells the recorder. */
export interface InterfaceEvents {
  piece(piece: Piece, unitNs: number): void;
  /** The driver, which writes segments itself, began this file. */
  begun(path: string): void;
  /** All of a file of frames was given out. */
  spent(path: string): void;
  /** A file of frames, of which some are in no segment, stays, and why. */
  left(path: string, why: string): void;
  /** The driver ended, "" where it was asked to. @param isTold It said what it counted. */
  ended(reason: string, isTold: boolean): void;
  /** "interface-lost", "interface-back", "link-down", "link-up". */
  changed(what: string, message: string): void;
}

/** An interface that is kept open: it is opened again when it comes back. */
export class LiveInterface {
  readonly name: string;
  packets = 0;
  octets = 0;
  ownDropped = 0;
  linkType: number | null = null;
  readonly #driver: CaptureDriver;
  readonly #options: RecordOptions;
  readonly #folder: string;
  readonly #events: InterfaceEvents;
  /** The files of a driver that writes such: they are read on when it has ended, and when it is opened again. */
  #spool: Spool | null = null;
  #isPaused = false;
  #open: OpenInterface | null = null;
  #stopped: (() => void) | null = null;
  #stopping = false;
  #isHalted = false;
  #isLost = false;
  /** Null until it was first looked at: an interface without a link at the start is told too. */
  #linkUp: boolean | null = null;
  /** Counts of the times it was open before. */
  #past = { received: 0, kernelDropped: 0 };
  #wasTold = false;
  #seen: { received: number; kernelDropped: number } | null = null;
  /** Frames taken or lost here before it was opened. */
  #takenBefore = 0;
  /** What the kernel had received when the driver ended by itself: frames that it could not give out any more are lost. */
  #leftBehind: { readonly received: number; readonly kernelDropped: number } | null = null;
  /** What the interface itself had lost when last asked, and what of it since recording began. */
  #driverDropsSeen: number;
  #driverDropped = 0;
  #rate = { at: performance.now(), packets: 0, octets: 0, packetsPerSecond: 0, octetsPerSecond: 0 };

  /** @param folder Where the segments are. */
  constructor(name: string, driver: CaptureDriver, options: RecordOptions, folder: string, events: InterfaceEvents) {
    this.name = name;
    this.#driver = driver;
    this.#options = options;
    this.#folder = folder;
    this.#events = events;
    this.#driverDropsSeen = driverDrops(name);
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Frames may wait in the files of its driver. */
  get isBehind(): boolean {
    return this.#spool?.isBehind ?? false;
  }

  /** What waits in the files of its driver; null where that writes none to be read. */
  get backlog(): Backlog | null {
    return this.#spool?.backlog ?? null;
  }

  /**
   * Opens it; where that fails it is tried again at the next tick.
   * @param left Files of it that recorders before this one left: they are given out before all else.
   */
  open(left: readonly LeftFile[] = []): void {
    if (this.#driver.spools) this.#spool ??= this.#spoolOf(left);
    if (this.#isHalted || this.#stopping) return;
    const stream = new PcapStream();
    this.#takenBefore = this.packets + this.ownDropped;
    const events: DriverEvents = {
      data: (octets) => this.#take(stream, octets),
      begun: (path) => {
        if (this.#isLost) this.#back();
        if (this.#spool === null) this.#events.begun(path);
        else this.#spool.begun(path);
      },
      ended: (reason) => this.#ended(reason),
    };
    try {
      this.#open = this.#driver.open(this.name, this.#options, this.#folder, events);
    } catch (error) {
      this.#lose((error as Error).message);
    }
  }

  #spoolOf(left: readonly LeftFile[]): Spool {
    const stream = new PcapStream();
    const spool = new Spool(left, {
      give: (octets) => this.#take(stream, octets),
      spent: (path) => this.#events.spent(path),
      left: (path, why) => this.#events.left(path, why),
    });
    if (this.#isPaused) spool.pause();
    return spool;
  }

  #take(stream: PcapStream, octets: Buffer): void {
    try {
      const piece = stream.push(octets, performance.now());
      this.linkType ??= stream.linkType;
      if (piece === null) return;
      // What comes from files says nothing of the interface.
      if (this.#isLost && this.#spool === null) this.#back();
      this.#events.piece(piece, stream.unitNs);
    } catch (error) {
      this.#lose(`${this.#driver.name} gave something that is no capture: ${(error as Error).message}`);
      this.#open?.stop();
    }
  }

  /** Looks after it once a second: counters, link, opening it again. */
  tick(): void {
    this.#open?.refresh();
    this.#measure();
    this.#settle();
    if (this.#stopping || this.#isHalted) return;
    if (this.#open === null) {
      if (interfaceExists(this.name) !== false) this.open();
      return;
    }
    if (interfaceExists(this.name) === false) {
      // A driver inside this process would wait for ever.
      this.#open.stop();
      return;
    }
    if (this.#isLost) this.#back();
    const linkUp = linkState(this.name);
    const before = this.#linkUp;
    if (linkUp === before || linkUp === null) return;
    this.#linkUp = linkUp;
    if (linkUp && before === null) return;
    if (linkUp) this.#events.changed("link-up", `${this.name} has its link again.`);
    else this.#noLink();
  }

  pause(): void {
    this.#isPaused = true;
    this.#spool?.pause();
    this.#open?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#spool?.resume();
    this.#open?.resume();
  }

  /** Ends its driver, which cannot be held back, until `goOn`. */
  halt(): void {
    this.#isHalted = true;
    if (this.#open !== null) this.#open.stop();
    else if (this.#stopping) this.#finish();
  }

  /** Opens it again. */
  goOn(): void {
    this.#isHalted = false;
    if (this.#open === null) this.open();
  }

  /** Ends it; resolves once its last octets were given out, or it did not answer in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const isDrained = this.#spool !== null && !this.#isHalted;
    let before = this.packets + this.ownDropped;
    await new Promise<void>((resolve) => {
      const look = () => {
        const taken = this.packets + this.ownDropped;
        if (!isDrained || taken === before) resolve();
        before = taken;
      };
      const late = setInterval(look, isDrained ? STALLED_MS : STOP_MS);
      this.#stopped = () => {
        clearInterval(late);
        resolve();
      };
      if (this.#open === null) this.#finish();
      else this.#open.stop();
    });
    this.#stopped?.();
    this.#spool?.close();
  }

  /** The driver has ended and is not opened again. */
  #finish(): void {
    // Nothing can be written while the disk is full: what waits in the files stays there.
    if (this.#spool === null || this.#isHalted) this.#stopped?.();
    else void this.#spool.end().then(() => this.#stopped?.());
  }

  totals(): InterfaceTotals {
    this.#count();
    const { packets, octets, ownDropped } = this;
    const isCounted = this.#seen !== null || this.#wasTold;
    return {
      packets,
      octets,
      ownDropped,
      received: isCounted ? this.#past.received + (this.#seen?.received ?? 0) : null,
      kernelDropped: isCounted ? this.#past.kernelDropped + (this.#seen?.kernelDropped ?? 0) : null,
      driverDropped: this.#driverDrops(),
    };
  }

  status(): RecordedInterface {
    const { packets, octets, kernelDropped, driverDropped, ownDropped } = this.totals();
    const { packetsPerSecond, octetsPerSecond } = this.#rate;
    const isAway = this.#isLost || (this.#open === null && !this.#isHalted);
    const state = isAway ? "lost" : this.#linkUp === false ? "link-down" : "recording";
    const losses = { kernel: kernelDropped, driver: driverDropped, own: ownDropped };
    return { name: this.name, state, packets, octets, packetsPerSecond, octetsPerSecond, losses };
  }

  #driverDrops(): number {
    const now = driverDrops(this.name);
    // One that went and came back counts from nothing.
    this.#driverDropped += now < this.#driverDropsSeen ? now : now - this.#driverDropsSeen;
    this.#driverDropsSeen = now;
    return this.#driverDropped;
  }

  #ended(reason: string): void {
    this.#count();
    // What a driver wrote itself is not counted here yet, and one that writes files leaves nothing behind.
    if (!this.#stopping && !this.#driver.writesSegments && !this.#driver.spools) this.#leftBehind = this.#seen;
    const isTold = this.#seen !== null;
    this.#wasTold ||= isTold;
    this.#past.received += this.#seen?.received ?? 0;
    this.#past.kernelDropped += this.#seen?.kernelDropped ?? 0;
    this.#seen = null;
    this.#open = null;
    this.#events.ended(reason, isTold);
    if (this.#stopping) this.#finish();
    if (this.#stopping || this.#isHalted) return;
    // One that was asked to end may end after that is over.
    if (reason === "" && !this.#isLost && interfaceExists(this.name) !== false) this.open();
    else this.#lose(reason);
  }

  /** Counts what was in the kernel's buffer when the interface went, once all that was given out is written. */
  #settle(): void {
    const left = this.#leftBehind;
    if (left === null) return;
    this.#leftBehind = null;
    const taken = this.packets + this.ownDropped - this.#takenBefore;
    this.#past.kernelDropped += Math.max(0, left.received - left.kernelDropped - taken);
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#events.changed(
      "interface-lost",
      `${this.name} is not recorded: ${reason === "" ? "it is not there" : reason}. It is tried again every second; check the interface.`,
    );
  }

  #noLink(): void {
    this.#events.changed("link-down", `${this.name} has no link: check its cable and the mirror port.`);
  }

  #back(): void {
    this.#isLost = false;
    this.#linkUp = linkState(this.name);
    this.#events.changed("interface-back", `${this.name} is recorded again.`);
    if (this.#linkUp === false) this.#noLink();
  }

  #count(): void {
    const counters = this.#open?.counters ?? null;
    if (counters !== null) this.#seen = { ...counters };
  }

  #measure(): void {
    const now = performance.now();
    const seconds = (now - this.#rate.at) / 1000;
    if (seconds < 0.5) return;
    const { packets, octets } = this;
    this.#rate = {
      at: now,
      packets,
      octets,
      packetsPerSecond: Math.round((packets - this.#rate.packets) / seconds),
      octetsPerSecond: Math.round((octets - this.#rate.octets) / seconds),
    };
  }
}

/** A driver that does not end in this time is left alone. */
const STOP_MS = 12_000;
/** Nor is one whose files are waited for, if no frame comes from them in this time. */
const STALLED_MS = 60_000;
