import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BacktrailError } from "../../contracts/result.ts";
import type { FileOptions } from "./file-options.ts";
import { DEFAULT_EXTRACT_FILE_LIMIT, DEFAULT_EXTRACT_TOTAL_LIMIT } from "./file-options.ts";

/** Readable and writable for who runs the analysis, executable for nobody. */
const MODE = 0o600;
/** Files written at one time: each holds a descriptor. */
const MOST_OPEN = 256;

/**
 * Makes the folder if it is not there.
 * @throws BacktrailError if it holds anything: nothing is ever written over.
 */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length === 0) return;
  } catch (cause) {
    throw new BacktrailError("extract-folder", `${folder} cannot be used for carried files: ${String(cause)}`, {
      kind: "work",
      cause,
    });
  }
  throw new BacktrailError(
    "extract-folder",
    `${folder} is not empty: name a new or empty folder for the carried files (--extract-files).`,
  );
}

/** Writes carried files into a folder, within bounds. Nothing from the wire becomes part of a path. */
export class FileExtraction {
  readonly #folder: string;
  readonly #fileLimit: number;
  readonly #totalLimit: bigint;
  readonly #written: BigInt64Array;
  readonly #names = new Map<string, number>();
  #open = 0;
  /** Files that were not written, or not whole, because a bound was hit. */
  cut = 0;

  constructor(folder: string, options: FileOptions) {
    this.#folder = folder;
    this.#fileLimit = options.extractFileLimit ?? DEFAULT_EXTRACT_FILE_LIMIT;
    this.#totalLimit = BigInt(options.extractTotalLimit ?? DEFAULT_EXTRACT_TOTAL_LIMIT);
    this.#written = new BigInt64Array(options.extracted ?? new SharedArrayBuffer(8));
  }

  /** Begins a file named for its source and identifier; null if no more can be open. */
  begin(source: string, fuid: string): ExtractedFile | null {
    if (this.#open >= MOST_OPEN) {
      this.cut++;
      return null;
    }
    const stem = `${source.replaceAll(/[^A-Za-z0-9_]/g, "_")}-${fuid}`;
    const before = this.#names.get(stem) ?? 0;
    this.#names.set(stem, before + 1);
    const name = before === 0 ? `${stem}.bin` : `${stem}-${before + 1}.bin`;
    const descriptor = openSync(join(this.#folder, name), "wx", MODE);
    this.#open++;
    const ended = (isCut: boolean): void => {
      this.#open--;
      if (isCut) this.cut++;
    };
    return new ExtractedFile(name, descriptor, this.#fileLimit, (octets) => this.#grant(octets), ended);
  }

  /** So many of `octets` may still be written. */
  #grant(octets: number): number {
    const before = Atomics.add(this.#written, 0, BigInt(octets));
    const left = this.#totalLimit - before;
    if (left >= BigInt(octets)) return octets;
    return left > 0n ? Number(left) : 0;
  }
}

/** One file being written. */
export class ExtractedFile {
  readonly name: string;
  readonly #descriptor: number;
  readonly #limit: number;
  readonly #grant: (octets: number) => number;
  readonly #ended: (isCut: boolean) => void;
  /** Octets written. */
  size = 0;
  isCut = false;

  constructor(
    name: string,
    descriptor: number,
    limit: number,
    grant: (octets: number) => number,
    ended: (isCut: boolean) => void,
  ) {
    this.name = name;
    this.#descriptor = descriptor;
    this.#limit = limit;
    this.#grant = grant;
    this.#ended = ended;
  }

  /** Writes at a place of the file; what is missing before it reads as zeros. */
  write(bytes: Uint8Array, offset: number): void {
    if (this.isCut) return;
    const wanted = Math.min(bytes.length, this.#limit - offset);
    const octets = wanted > 0 ? this.#grant(wanted) : 0;
    if (octets < bytes.length) this.isCut = true;
    for (let at = 0; at < octets;) at += writeSync(this.#descriptor, bytes, at, octets - at, offset + at);
    this.size += octets;
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#ended(this.isCut);
  }
}
