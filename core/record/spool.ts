import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { INCOMING } from "./driver.ts";
import { FILE_HEADER, MOST_FRAME_OCTETS, RECORD_HEADER, recordTime, unitOf } from "./pcap-stream.ts";

/** What was written is looked for so often. */
const POLL_MS = 100;
/** Octets read at once. */
const PIECE_OCTETS = 1024 * 1024;
/** A file stays so long after the last of it was given out: until then that may wait in memory. */
const SPENT_MS = 10_000;

interface Spent {
  readonly path: string;
  readonly atMs: number;
}

/** A file of pcap records, or the part of it that is to be given out. */
export interface SpoolFile {
  readonly path: string;
  readonly from: number;
  /** Infinity where a driver may still write to it. */
  readonly to: number;
  /** Why what is behind `to` cannot be read; null if nothing is there that is whole. */
  readonly damage: string | null;
}

/**
 * Files of pcap records that a driver writes one after another, read as they grow and given out as one stream. The driver waits for nothing but
 * the disk; what is given out too slowly waits there.
 */
export class Spool {
  readonly #give: (octets: Buffer) => void;
  readonly #keep: (path: string, why: string) => void;
  #left: Promise<readonly SpoolFile[]> | null;
  /** Those that were not given out, oldest first; the driver writes to the last. */
  readonly #files: SpoolFile[] = [];
  readonly #spent: Spent[] = [];
  readonly #timer: NodeJS.Timeout;
  #file: FileHandle | null = null;
  /** Octets of the first file that were given out, or need not be. */
  #at = 0;
  /** The stream has one header, that of the first file with records. */
  #isBegun = false;
  #isReading = false;
  #isPaused = false;
  #over: (() => void) | null = null;

  /**
   * @param left What recorders before this one did not give out, see `leftOver`: it goes before all that is begun. It must not reject.
   * @param give Takes the stream: a header first, then records. The buffers belong to it.
   * @param keep Told of a file that is not deleted, as it was not read to its end.
   */
  constructor(
    left: Promise<readonly SpoolFile[]>,
    give: (octets: Buffer) => void,
    keep: (path: string, why: string) => void,
  ) {
    this.#left = left;
    this.#give = give;
    this.#keep = keep;
    this.#timer = setInterval(() => void this.#readOn(), POLL_MS);
  }

  /** The driver began this file; the one before it is whole. */
  begun(path: string): void {
    this.#files.push({ path, from: FILE_HEADER, to: Infinity, damage: null });
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
    this.#forget(Infinity);
  }

  async #readOn(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#takeLeft();
      while (!this.#isPaused && this.#files.length > 0) {
        const file = this.#files[0]!;
        const isWhole = this.#files.length > 1 || this.#over !== null || file.to < Infinity;
        const octets = await this.#next(file);
        if (octets !== null) this.#give(octets);
        else if (isWhole) await this.#leave(file.damage);
        else break;
      }
    } catch (error) {
      // The file is gone or cannot be read: what came behind it can.
      await this.#leave((error as Error).message);
    } finally {
      this.#isReading = false;
    }
    this.#forget(performance.now() - SPENT_MS);
    if (this.#files.length === 0) this.#over?.();
  }

  async #takeLeft(): Promise<void> {
    const left = this.#left;
    this.#left = null;
    if (left !== null) this.#files.unshift(...(await left));
  }

  /** Octets that came to a file; null if none did. */
  async #next({ path, from, to }: SpoolFile): Promise<Buffer | null> {
    if (this.#file === null) {
      this.#file = await open(path, "r");
      this.#at = from;
    }
    const size = Math.min(to, (await this.#file.stat()).size);
    if (size <= this.#at) return null;
    if (!this.#isBegun) {
      const header = Buffer.allocUnsafeSlow(FILE_HEADER);
      await this.#file.read(header, 0, FILE_HEADER, 0);
      this.#isBegun = true;
      return header;
    }
    const octets = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, size - this.#at));
    const { bytesRead } = await this.#file.read(octets, 0, octets.length, this.#at);
    this.#at += bytesRead;
    return bytesRead === 0 ? null : octets.subarray(0, bytesRead);
  }

  /** Goes on behind the first file. @param damage Why that was not read to its end; null if it was. */
  async #leave(damage: string | null): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
    const file = this.#files.shift();
    if (file === undefined) return;
    if (damage === null) this.#spent.push({ path: file.path, atMs: performance.now() });
    else this.#keep(setAside(file.path), damage);
  }

  #forget(untilMs: number): void {
    while (this.#spent.length > 0 && this.#spent[0]!.atMs <= untilMs) {
      const { path } = this.#spent.shift()!;
      try {
        rmSync(path, { force: true });
      } catch (error) {
        this.#keep(path, `all of it was read, but it cannot be deleted: ${(error as Error).message}`);
      }
    }
  }
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
 * Gives a file a name by which it is not taken over: later frames of its interface would read as if its own were recorded.
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

/**
 * Says what a recorder that was killed had not given out of a driver's files.
 * @param after Time of the last frame that was recorded, ns; null for none. Frames up to then are in the segments.
 */
export async function leftOver(paths: readonly string[], after: bigint | null): Promise<SpoolFile[]> {
  const files: SpoolFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, ...wholeAfter(await readFile(path), after) });
    } catch (error) {
      files.push(unread(path, (error as Error).message));
    }
  }
  return files;
}

/** A file of which nothing can be given out. */
export function unread(path: string, damage: string): SpoolFile {
  return { path, from: 0, to: 0, damage };
}

/** Where the whole records of a file later than a time begin and end. @throws Error when it is no pcap stream. */
function wholeAfter(octets: Buffer, after: bigint | null): Omit<SpoolFile, "path"> {
  if (octets.length < FILE_HEADER) return { from: 0, to: 0, damage: null };
  const unitNs = unitOf(octets);
  const time = { high: 0, low: 0 };
  let damage: string | null = null;
  let from = -1;
  let at = FILE_HEADER;
  while (octets.length - at >= RECORD_HEADER) {
    const captured = octets.readUInt32LE(at + 8);
    // After a power cut a file can end in zeros.
    if (captured > MOST_FRAME_OCTETS || (captured === 0 && octets.readUInt32LE(at) === 0)) {
      damage = `there is no frame at its octet ${at}`;
      break;
    }
    const next = at + RECORD_HEADER + captured;
    if (next > octets.length) break;
    recordTime(octets, at, unitNs, time);
    if (from < 0 && (after === null || ((BigInt(time.high) << 32n) | BigInt(time.low)) > after)) from = at;
    at = next;
  }
  return { from: from < 0 ? at : from, to: at, damage };
}
