import { readdirSync, rmSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FILE_HEADER, RECORD_HEADER, recordTime, unitOf } from "./pcap-stream.ts";

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

/**
 * Files of pcap records that a driver writes one after another, read as they grow and given out as one stream. The driver waits for nothing but
 * the disk; what is given out too slowly waits there.
 */
export class Spool {
  readonly #give: (octets: Buffer) => void;
  #left: Promise<Buffer | null> | null;
  /** Those that were not given out, oldest first; the driver writes to the last. */
  readonly #files: string[] = [];
  readonly #spent: Spent[] = [];
  readonly #timer: NodeJS.Timeout;
  #file: FileHandle | null = null;
  /** Octets of the first file that were given out, or need not be. */
  #at = 0;
  #isReading = false;
  #isPaused = false;
  #over: (() => void) | null = null;

  /**
   * @param left What recorders before this one did not give out, see `leftOver`; null if nothing.
   * @param give Takes the stream: a header first, then records. The buffers belong to it.
   */
  constructor(left: Promise<Buffer | null>, give: (octets: Buffer) => void) {
    this.#left = left;
    this.#give = give;
    this.#timer = setInterval(() => void this.#readOn(), POLL_MS);
  }

  /** The driver began this file; the one before it is whole. */
  begun(path: string): void {
    this.#files.push(path);
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
        const isWhole = this.#files.length > 1 || this.#over !== null;
        const octets = await this.#next(this.#files[0]!);
        if (octets !== null) this.#give(octets);
        else if (isWhole) await this.#leave();
        else break;
      }
    } catch {
      // The file is gone or cannot be read: what came behind it can.
      await this.#leave();
    } finally {
      this.#isReading = false;
    }
    this.#forget(performance.now() - SPENT_MS);
    if (this.#files.length === 0) this.#over?.();
  }

  async #takeLeft(): Promise<void> {
    if (this.#left === null) return;
    const left = await this.#left;
    this.#left = null;
    if (left === null) return;
    this.#give(left);
    this.#at = FILE_HEADER;
  }

  /** Octets that came to a file; null if none did. */
  async #next(path: string): Promise<Buffer | null> {
    this.#file ??= await open(path, "r");
    const { size } = await this.#file.stat();
    if (size <= Math.max(this.#at, FILE_HEADER - 1)) return null;
    const octets = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, size - this.#at));
    const { bytesRead } = await this.#file.read(octets, 0, octets.length, this.#at);
    this.#at += bytesRead;
    return bytesRead === 0 ? null : octets.subarray(0, bytesRead);
  }

  async #leave(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
    // The stream has one header, that of its first file.
    this.#at = FILE_HEADER;
    this.#spent.push({ path: this.#files.shift()!, atMs: performance.now() });
  }

  #forget(untilMs: number): void {
    while (this.#spent.length > 0 && this.#spent[0]!.atMs <= untilMs)
      rmSync(this.#spent.shift()!.path, { force: true });
  }
}

/** Files of a driver that are there, oldest first. @param prefix With it their names begin. */
export function spooled(folder: string, prefix: string): string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith(".pcap"));
  const files = names.map((name) => join(folder, name)).map((path) => ({ path, written: statSync(path).mtimeMs }));
  return files.sort((a, b) => a.written - b.written).map(({ path }) => path);
}

/**
 * Takes what a recorder that was killed had not given out of a driver's files, which are deleted.
 * @param after Time of the last frame that was recorded, ns; null for none. Frames up to then are in the segments.
 * @returns a pcap stream of whole records; null if there are none.
 */
export async function leftOver(paths: readonly string[], after: bigint | null): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  for (const path of paths) {
    const octets = await readFile(path);
    const { from, to } = wholeAfter(octets, after);
    if (from < to)
      parts.push(...(parts.length === 0 ? [octets.subarray(0, FILE_HEADER)] : []), octets.subarray(from, to));
    rmSync(path);
  }
  return parts.length === 0 ? null : Buffer.concat(parts);
}

/** Where the whole records of a file later than a time begin and end. */
function wholeAfter(octets: Buffer, after: bigint | null): { readonly from: number; readonly to: number } {
  if (octets.length < FILE_HEADER) return { from: 0, to: 0 };
  const unitNs = unitOf(octets);
  const time = { high: 0, low: 0 };
  let from = -1;
  let at = FILE_HEADER;
  while (octets.length - at >= RECORD_HEADER) {
    const next = at + RECORD_HEADER + octets.readUInt32LE(at + 8);
    if (next > octets.length) break;
    recordTime(octets, at, unitNs, time);
    if (from < 0 && (after === null || ((BigInt(time.high) << 32n) | BigInt(time.low)) > after)) from = at;
    at = next;
  }
  return { from: from < 0 ? at : from, to: at };
}
