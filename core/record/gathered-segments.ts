import { release, type } from "node:os";
import { join } from "node:path";
import { FrameOrder } from "./frame-order.ts";
import { countsJson } from "./interface-counts.ts";
import type { LiveInterface } from "./live-interface.ts";
import type { Piece } from "./pcap-stream.ts";
import { RECORD_HEADER } from "./pcap-stream.ts";
import { SegmentFile } from "./segment-file.ts";
import type { Segments, SegmentTools } from "./segments.ts";
import { diskSlowText } from "./segments.ts";

const MIB = 1024 * 1024;
/** Octets that may wait for the disk before the drivers are held back: the kernel's buffers then fill. */
const QUEUE_OCTETS = 64 * MIB;
/** Beyond this frames are let go and counted: a driver that cannot be held back must not fill the memory. */
const MOST_QUEUED_OCTETS = 4 * QUEUE_OCTETS;
/** Octets that may wait for the disk or for earlier frames: the latter come to wait for the disk all at once. */
const MOST_HELD_OCTETS = 3 * QUEUE_OCTETS;

interface OpenSegment {
  readonly name: string;
  readonly file: SegmentFile;
  readonly startedMs: number;
  /** Interface number in the file, by source. */
  readonly ids: Map<number, number>;
}

/** Segments of frames that drivers give out: in order of time, a new one by size or age. */
export class GatheredSegments implements Segments {
  readonly #tools: SegmentTools;
  readonly #order: FrameOrder;
  #segment: OpenSegment | null = null;
  #closing: Promise<void> = Promise.resolve();
  #queuedBefore = 0;
  /** More waits than may be held. */
  #isFilled = false;
  readonly #paused = new Set<number>();
  #isSlow = false;
  /** The drivers were ended, as the disk is full. */
  #isHalted = false;
  #isTurning = false;
  #turning: Promise<void> = Promise.resolve();
  #isStopping = false;
  /** Segments of which not all is on the disk. */
  #failed = 0;
  #lastSync = performance.now();

  constructor(tools: SegmentTools) {
    this.#tools = tools;
    const take = (source: number, octets: Buffer, at: number, high: number, low: number) =>
      this.#frame(source, octets, at, high, low);
    this.#order = new FrameOrder(take, tools.holdMs);
    for (const source of tools.options.interfaces.keys())
      this.#order.setOpen(
        this.#order.add(() => tools.interfaces[source]!.isBehind),
        true,
      );
  }

  get open() {
    const segment = this.#segment;
    return segment === null ? null : { name: segment.name, octets: segment.file.octets, packets: segment.file.packets };
  }

  get queuedOctets(): number {
    return this.#queuedBefore + (this.#segment?.file.queued ?? 0);
  }

  get waitingSince(): number {
    return this.#order.waitingSince;
  }

  get failures(): number {
    const dropped = this.#tools.interfaces.reduce((sum, { ownDropped }) => sum + ownDropped, 0);
    return dropped + this.#failed + (this.#segment?.file.failure ? 1 : 0);
  }

  async begin(isFull: boolean): Promise<void> {
    this.#halt(isFull);
    if (!isFull) this.#segment = await this.#begin();
  }

  piece(source: number, piece: Piece, unitNs: number): void {
    this.#mindQueue();
    this.#order.push(source, piece, unitNs);
    this.#mindQueue();
  }

  begun(): void {
    // What is in files of these drivers is given out.
  }

  ended(): void {
    // The segment goes on with the other interfaces.
  }

  async stored(): Promise<void> {
    const closing = this.#closing;
    await this.#segment?.file.sync();
    await closing;
  }

  flush(): void {
    this.#mindQueue();
    this.#order.drain(performance.now());
    this.#mindQueue();
    const segment = this.#segment;
    if (segment === null) return;
    const isDue = performance.now() - this.#lastSync >= this.#tools.options.syncSeconds * 1000;
    if (isDue) this.#lastSync = performance.now();
    // A failure is found in `failure` at the next tick.
    void (isDue ? segment.file.sync() : segment.file.flush()).catch(() => undefined);
  }

  async look(isFull: boolean): Promise<void> {
    for (const [source, each] of this.#tools.interfaces.entries()) this.#order.setOpen(source, each.isOpen);
    if (this.#isTurning) return;
    // What was read of their files is written first.
    if (isFull && this.#halt(true)) return;
    const segment = this.#segment;
    if (segment === null) {
      if (!isFull) await this.#turn("");
      if (this.#segment !== null) this.#halt(false);
    } else if (segment.file.failure !== null) {
      await this.#turn(`writing failed: ${segment.file.failure.message}`);
    } else if (isFull) {
      if (this.#isHalted) this.#order.drain(Infinity);
      this.#segment = null;
      this.#close(segment, "disk-full");
    } else if (performance.now() - segment.startedMs >= this.#tools.options.rotateSeconds * 1000) {
      await this.#turn("age");
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    // A segment that is being begun would otherwise be left open.
    await this.#turning;
    if (!this.#isStuck) this.#order.drain(Infinity);
    else if (this.#order.waitingOctets > 0) this.#failed++;
    const segment = this.#segment;
    this.#segment = null;
    if (segment !== null) this.#close(segment, "stopped");
    await this.#closing;
  }

  #frame(source: number, octets: Buffer, at: number, high: number, low: number): void {
    const iface = this.#tools.interfaces[source]!;
    const { snapLength, filter, rotateOctets } = this.#tools.options;
    const segment = this.#segment;
    if (segment === null || segment.file.failure !== null || this.queuedOctets > MOST_QUEUED_OCTETS) {
      iface.ownDropped++;
      return;
    }
    let id = segment.ids.get(source);
    if (id === undefined) {
      const linkType = iface.linkType ?? 1;
      id = segment.file.addInterface({ linkType, snapLength, name: iface.name, filter: filter || null });
      segment.ids.set(source, id);
    }
    segment.file.frame(id, octets, at, high, low);
    iface.packets++;
    iface.octets += octets.readUInt32LE(at + RECORD_HEADER - 4);
    if (segment.file.octets >= rotateOctets && !this.#isTurning) void this.#turn("size");
  }

  /** Begins the next segment, then closes the one at hand. */
  #turn(why: string): Promise<void> {
    if (!this.#isStopping) this.#turning = this.#goOn(why);
    return this.#turning;
  }

  async #goOn(why: string): Promise<void> {
    this.#isTurning = true;
    const { alarms, store } = this.#tools;
    try {
      const next = await this.#begin();
      const segment = this.#segment;
      this.#segment = next;
      if (segment !== null) this.#close(segment, why);
      alarms.put(false, "write-failed");
    } catch (error) {
      const segment = this.#segment;
      if (segment?.file.failure !== null && segment !== null) {
        this.#segment = null;
        this.#close(segment, why);
      }
      const until = this.#tools.spools ? "wait in the files of the drivers" : "are lost";
      const message = `No segment can be begun in ${store.folder} (${(error as Error).message}): check the disk. Frames ${until} until then.`;
      alarms.put(true, "write-failed", () => message);
    } finally {
      this.#isTurning = false;
    }
  }

  async #begin(): Promise<OpenSegment> {
    const { store, version } = this.#tools;
    const name = store.nextName(Date.now());
    const section = { application: `Backtrail ${version}`, os: `${type()} ${release()}` };
    const file = await SegmentFile.create(join(store.folder, name), section, BigInt(Date.now()) * 1_000_000n);
    return { name, file, startedMs: performance.now(), ids: new Map() };
  }

  /**
   * Ends the drivers that write files, as the disk is full, or has them go on: what is in their files waits there.
   * @returns false if they are as they should be.
   */
  #halt(isFull: boolean): boolean {
    if (!this.#tools.spools || isFull === this.#isHalted) return false;
    this.#isHalted = isFull;
    for (const each of this.#tools.interfaces) {
      if (isFull) each.halt();
      else each.goOn();
    }
    this.#mindQueue();
    return true;
  }

  /** Closes a segment behind those that are being closed. */
  #close(segment: OpenSegment, why: string): void {
    const { file } = segment;
    const { interfaces: live, store, counts: all, alarms } = this.#tools;
    const counts = all.takeNew();
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
    const before = file.queued;
    const wasWhole = file.failure === null;
    if (!wasWhole) this.#failed++;
    this.#queuedBefore += before;
    this.#closing = this.#closing.then(async () => {
      try {
        const closed = await file.close(statistics);
        if (wasWhole && file.failure !== null) this.#failed++;
        const lost = all.takeBack(file.packetsLost);
        const from = new Date(Number(start / 1_000_000n)).toISOString();
        const interfaces = counts.map((each, i) => {
          const known = i === 0 ? { ...each, packets: each.packets - lost, ownDropped: each.ownDropped + lost } : each;
          return { ...countsJson(live[i]!.name, known), from };
        });
        store.closed(segment.name, closed, { why, interfaces });
      } catch (error) {
        this.#failed++;
        const message = `${segment.name} could not be closed (${(error as Error).message}): check the disk. It is closed at the next start.`;
        alarms.put(true, "write-failed", () => message);
      } finally {
        this.#queuedBefore -= before;
      }
    });
  }

  /** What is in files of the drivers waits there until a segment can take it. */
  get #isStuck(): boolean {
    return this.#tools.spools && (this.#segment === null || this.#segment.file.failure !== null);
  }

  #mindQueue(): void {
    const queued = this.queuedOctets;
    const held = queued + this.#order.waitingOctets;
    const { interfaces, alarms, spools } = this.#tools;
    this.#isSlow = queued > (this.#isSlow ? QUEUE_OCTETS / 2 : QUEUE_OCTETS);
    alarms.put(this.#isSlow, "disk-slow", () => diskSlowText(spools));
    this.#order.isHeld = this.#isStuck;
    this.#isFilled = held > (this.#isFilled ? MOST_HELD_OCTETS / 2 : MOST_HELD_OCTETS);
    const isHeld = this.#isStuck || this.#isHalted || this.#isSlow;
    for (const [source, each] of interfaces.entries()) {
      // What others wait for must be read, or they would wait for ever.
      const isAwaited = spools && !this.#order.waits(source);
      this.#pause(source, each, isHeld || (this.#isFilled && !isAwaited));
    }
  }

  #pause(source: number, each: LiveInterface, isHeld: boolean): void {
    if (isHeld === this.#paused.has(source)) return;
    if (isHeld) {
      this.#paused.add(source);
      each.pause();
    } else {
      this.#paused.delete(source);
      each.resume();
    }
  }
}
