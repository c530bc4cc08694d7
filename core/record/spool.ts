import { readdirSync, renameSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Backlog, LeftFile, SpoolFile } from "./driver.ts";
import { INCOMING } from "./driver.ts";
import { FILE_HEADER } from "./pcap-stream.ts";

/** What was written is looked for so often. */
const POLL_MS = 100;
/** Octets read at once. */
const PIECE_OCTETS = 1024 * 1024;

/** The file that is read. */
interface Reading {
  readonly file: SpoolFile;
  readonly handle: FileHandle;
  part: number;
  at: number;
}

/**
 * Files of pcap records that a driver writes one after another, read as they grow and given out as one stream. The driver waits for nothing but
 * the disk; what is given out too slowly waits there.
 */
export class Spool {
  readonly #events: SpoolEvents;
  /** Those that were not given out, oldest first; the driver writes to the last. */
  readonly #files: LeftFile[];
  readonly #timer: NodeJS.Timeout;
  #reading: Reading | null = null;
  /** The stream has one header, that of the first file with records. */
  #isBegun = false;
  #isBusy = false;
  #isPaused = false;
  #over: (() => void) | null = null;
  #caughtUpMs = performance.now();

  /** @param left What recorders before this one left: it goes before all that is begun. */
  constructor(left: readonly LeftFile[], events: SpoolEvents) {
    this.#files = [...left];
    this.#events = events;
    this.#timer = setInterval(() => void this.#readOn(), POLL_MS);
  }

  /** What waits, and for how long something did. */
  get backlog(): Backlog {
    const sizes = this.#files.map(({ path }) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    const octets = sizes.reduce((sum, size) => sum + size, 0) - (this.#reading?.at ?? 0);
    return { octets: Math.max(0, octets), ms: performance.now() - this.#caughtUpMs };
  }

  /** The driver began this file; the one before it is whole. */
  begun(path: string): void {
    const parts = [{ from: FILE_HEADER, to: Infinity }];
    this.#files.push({ path, examine: () => Promise.resolve({ path, parts, damage: null }) });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** The driver has ended. Resolves once all that it wrote was given out. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => (this.#over = resolve));
    clearInterval(this.#timer);
  }

  async #readOn(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (!this.#isPaused && this.#files.length > 0) {
        const reading = (this.#reading ??= await begin(this.#files[0]!));
        const octets = await this.#next(reading);
        if (octets !== null) this.#events.give(octets);
        else if (this.#isWhole(reading)) await this.#leave(reading.file.damage);
        else break;
      }
      if (!this.#isPaused) this.#caughtUpMs = performance.now();
    } catch (error) {
      // The file is gone or cannot be read: what came behind it can.
      await this.#leave((error as Error).message);
    } finally {
      this.#isBusy = false;
    }
    if (this.#files.length === 0) this.#over?.();
  }

  /** Nobody writes the file any more. */
  #isWhole({ file }: Reading): boolean {
    return this.#files.length > 1 || this.#over !== null || (file.parts.at(-1)?.to ?? 0) < Infinity;
  }

  /** Octets that came to a file; null if none did. */
  async #next(reading: Reading): Promise<Buffer | null> {
    const { file, handle } = reading;
    let part = file.parts[reading.part];
    if (part !== undefined && reading.at >= part.to) {
      part = file.parts[++reading.part];
      reading.at = part?.from ?? reading.at;
    }
    if (part === undefined) return null;
    const size = Math.min(part.to, (await handle.stat()).size);
    if (size <= reading.at) return null;
    if (!this.#isBegun) {
      const header = Buffer.allocUnsafeSlow(FILE_HEADER);
      await handle.read(header, 0, FILE_HEADER, 0);
      this.#isBegun = true;
      return header;
    }
    const octets = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, size - reading.at));
    const { bytesRead } = await handle.read(octets, 0, octets.length, reading.at);
    reading.at += bytesRead;
    return bytesRead === 0 ? null : octets.subarray(0, bytesRead);
  }

  /** Goes on behind the first file. @param damage Why that was not read to its end; null if it was. */
  async #leave(damage: string | null): Promise<void> {
    await this.#reading?.handle.close().catch(() => undefined);
    this.#reading = null;
    const file = this.#files.shift();
    if (file === undefined) return;
    if (damage === null) this.#events.spent(file.path);
    else this.#events.left(setAside(file.path), damage);
  }
}

async function begin(left: LeftFile): Promise<Reading> {
  const file = await left.examine();
  const handle = await open(file.path, "r");
  return { file, handle, part: 0, at: file.parts[0]?.from ?? 0 };
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

/** Name of the files of an interface as it is given to the driver, which puts a number and the time of each before its end. */
export function spoolName(iface: string): string {
  return `${INCOMING}-${iface}.pcap`;
}

const SPOOLED = new RegExp(`^${INCOMING}-(.+)_\\d+_\\d{14}\\.pcap$`);
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
