import { readdirSync, renameSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Backlog, LeftFile, LeftFrames } from "./driver.ts";
import { INCOMING } from "./driver.ts";
import { MOST_FRAME_OCTETS, pcapHeader } from "./pcap-stream.ts";
import { PcapngRecords } from "./pcapng-records.ts";

/** What was written is looked for so often. */
const POLL_MS = 100;
/** Octets read at once. */
const PIECE_OCTETS = 1024 * 1024;

/** A file that is read. */
interface Reading {
  /** The next of its records; null if there are none (yet). */
  next(): Promise<Buffer | null>;
  readonly linkType: number | null;
  readonly damage: string | null;
  /** Nobody writes to it. */
  readonly isLeft: boolean;
  /** Octets of it that were read. */
  readonly at: number;
  close(): Promise<void>;
}

/** A file that the driver writes, as far as it came. */
class GrowingFile implements Reading {
  readonly isLeft = false;
  at = 0;
  readonly #handle: FileHandle;
  readonly #blocks = new PcapngRecords();

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(path: string): Promise<GrowingFile> {
    return new GrowingFile(await open(path, "r"));
  }

  get linkType(): number | null {
    return this.#blocks.linkType;
  }

  get damage(): string | null {
    return this.#blocks.damage;
  }

  async next(): Promise<Buffer | null> {
    const { size } = await this.#handle.stat();
    if (size <= this.at || this.damage !== null) return null;
    const octets = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, size - this.at));
    const { bytesRead } = await this.#handle.read(octets, 0, octets.length, this.at);
    this.at += bytesRead;
    return bytesRead === 0 ? null : this.#blocks.push(octets.subarray(0, bytesRead));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What a recorder before this one left in a file. */
class LeftRecords implements Reading {
  readonly isLeft = true;
  readonly linkType: number;
  readonly damage: string | null;
  readonly #records: Buffer;
  at = 0;

  constructor({ records, linkType, damage }: LeftFrames) {
    this.#records = records;
    this.linkType = linkType;
    this.damage = damage;
  }

  next(): Promise<Buffer | null> {
    const octets = this.#records.subarray(this.at, this.at + PIECE_OCTETS);
    this.at += octets.length;
    return Promise.resolve(octets.length === 0 ? null : octets);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Files of pcapng that a driver writes one after another, read as they grow and given out as one pcap stream. The driver waits for nothing but
 * the disk; what is given out too slowly waits there.
 */
export class Spool {
  readonly #events: SpoolEvents;
  /** Those that were not given out, oldest first; the driver writes to the last. */
  readonly #files: { readonly path: string; readonly isLeft: boolean; readonly begin: () => Promise<Reading> }[];
  readonly #timer: NodeJS.Timeout;
  #reading: Reading | null = null;
  /** The stream has one header, that of the first file with records. */
  #isBegun = false;
  #isBusy = false;
  #isPaused = false;
  #isClosed = false;
  #over: (() => void) | null = null;
  #isCaughtUp = false;
  #caughtUpMs = performance.now();

  /** @param left What recorders before this one left: it goes before all that is begun. */
  constructor(left: readonly LeftFile[], events: SpoolEvents) {
    this.#files = left.map((file) => ({
      path: file.path,
      isLeft: true,
      begin: async () => new LeftRecords(await file.examine()),
    }));
    this.#events = events;
    this.#timer = setInterval(() => void this.#readOn(), POLL_MS);
  }

  /** What waits, and for how long something did. */
  get backlog(): Backlog {
    const sizes = this.#files.map(({ path }) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    const octets = sizes.reduce((sum, size) => sum + size, 0) - (this.#reading?.at ?? 0);
    const isLeft = this.#files[0]?.isLeft ?? false;
    return { octets: Math.max(0, octets), ms: performance.now() - this.#caughtUpMs, isLeft };
  }

  /** Something may be there that was not given out. */
  get isBehind(): boolean {
    return !this.#isCaughtUp && !this.#isClosed;
  }

  /** The driver began this file; the one before it is whole. */
  begun(path: string): void {
    this.#isCaughtUp = false;
    this.#files.push({ path, isLeft: false, begin: () => GrowingFile.open(path) });
  }

  pause(): void {
    this.#isPaused = true;
    this.#isCaughtUp = false;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** The driver has ended for good. Resolves once all that it wrote was given out. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => (this.#over = resolve));
    this.close();
  }

  /** Gives nothing out any more: what waits stays in the files. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    if (!this.#isBusy) void this.#release();
  }

  async #readOn(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (!this.#isPaused && !this.#isClosed && this.#files.length > 0) {
        const reading = (this.#reading ??= await this.#files[0]!.begin());
        // Asked first: what is written while it is looked at is not seen.
        const isWhole = this.#isWhole(reading);
        const octets = await reading.next();
        if (octets !== null) this.#give(octets, reading.linkType);
        else if (isWhole || reading.damage !== null) await this.#leave(reading.damage);
        else break;
      }
      this.#isCaughtUp = !this.#isPaused;
      if (this.#isCaughtUp) this.#caughtUpMs = performance.now();
    } catch (error) {
      // The file is gone or cannot be read: what came behind it can.
      await this.#leave((error as Error).message);
    } finally {
      this.#isBusy = false;
      if (this.#isClosed) await this.#release();
    }
    if (this.#files.length === 0) this.#over?.();
  }

  /** Nobody writes to it any more. */
  #isWhole({ isLeft }: Reading): boolean {
    return isLeft || this.#files.length > 1 || this.#over !== null;
  }

  #give(records: Buffer, linkType: number | null): void {
    this.#isCaughtUp = false;
    if (records.length === 0 || linkType === null) return;
    if (!this.#isBegun) this.#events.give(pcapHeader(linkType, MOST_FRAME_OCTETS, 1));
    this.#isBegun = true;
    this.#events.give(records);
  }

  async #release(): Promise<void> {
    const reading = this.#reading;
    this.#reading = null;
    await reading?.close().catch(() => undefined);
  }

  /** Goes on behind the first file. @param damage Why that was not read to its end; null if it was. */
  async #leave(damage: string | null): Promise<void> {
    await this.#release();
    const file = this.#files.shift();
    if (file === undefined) return;
    if (damage === null) this.#events.spent(file.path);
    else this.#events.left(setAside(file.path), damage);
  }
}

/** What a spool tells. */
export interface SpoolEvents {
  /** Gives the stream out: a header first, then records. The buffers belong to the receiver. */
  give(octets: Buffer): void;
  /** All of a file was given out. */
  spent(path: string): void;
  /** A file was not read to its end, and why. */
  left(path: string, why: string): void;
}

/**
 * Name of the files of an interface as it is given to the driver, which puts a number and the time of each, in seconds, before its end.
 * @param openedMs When the driver is opened: it may be again within that second, and begins with the same number.
 */
export function spoolName(iface: string, openedMs: number): string {
  return `${INCOMING}-${iface}_${String(openedMs).padStart(OPENED_DIGITS, "0")}.pcapng`;
}

const OPENED_DIGITS = 13;
const SPOOLED = new RegExp(`^${INCOMING}-(.+?)(?:_\\d{${OPENED_DIGITS}})?_\\d+_\\d{14}\\.pcapng$`);
const ASIDE = ".unread";

/** Files that drivers wrote and that are there, oldest first, each with its interface. */
export function spooled(folder: string): { readonly path: string; readonly iface: string }[] {
  const files = readdirSync(folder).flatMap((name) => {
    const iface = SPOOLED.exec(name)?.[1];
    if (iface === undefined) return [];
    const path = join(folder, name);
    return [{ path, iface, written: statSync(path).mtimeMs }];
  });
  return files.sort((a, b) => a.written - b.written);
}

/**
 * Gives a file a name by which it is not taken over any more: somebody must look at it.
 * @returns where it is.
 */
export function setAside(path: string): string {
  try {
    renameSync(path, path + ASIDE);
    return path + ASIDE;
  } catch {
    return path; // it is gone, or stays as it is: whoever is told of it says so
  }
}

/** Files that were set aside and are still there. */
export function asideIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(INCOMING) && name.endsWith(ASIDE));
  return names.sort().map((name) => join(folder, name));
}
