import { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { unpackedBound } from "../../bytes/unpacked-bound.ts";
import type { CarriedFile, FileFacts } from "../carried-file.ts";
import type { PartFacts } from "./multipart.ts";
import { MultipartScanner } from "./multipart.ts";

/** Compression of a body that its length is told without. */
export type ContentCoding = "gzip" | "deflate";

/** Of a part of a file: where it begins, and the length of the whole file if that is told. RFC 9110 14.4 */
export interface FileRange {
  readonly first: number;
  readonly total: number | null;
}

/** What the headers of a message say of its body. */
export interface BodyFacts {
  readonly coding: ContentCoding | null;
  /** Of a multipart body, else null. */
  readonly boundary: string | null;
  readonly filename: string | null;
  /** Content-Length, -1 without. */
  readonly length: number;
  readonly range: FileRange | null;
}

/** A file that a body carries. */
export interface BodyFile {
  readonly filename: string | null;
  readonly file: CarriedFile;
}

/** What the headers of a body's file add to the facts that all files of the message share. */
export type OpenFile = (facts: Pick<FileFacts, "filename" | "totalOctets">) => CarriedFile;

/** Compressed octets of one body that are kept to be inflated, and octets of memory for those of all bodies of this thread. */
const MAX_KEPT = 1 << 20;
const MAX_KEPT_BY_ALL = 64 << 20;
/** Octets at the end of a gzip file: CRC-32 and length. RFC 1952 2.3.1 */
const GZIP_TRAILER = 8;
const GZIP_TRAILER_LENGTH_AT = 4;
/** Files of one body that are named. */
const MOST_FILES = 256;

let keptByAll = 0;

/** Measures one body as it streams by and hands on the files in it. */
export class BodyMeter {
  /** Files that began so far, in order. */
  readonly files: BodyFile[] = [];
  readonly #facts: BodyFacts;
  readonly #open: OpenFile;
  readonly #onGivenUp: () => void;
  readonly #multipart: MultipartScanner | null;
  #file: CarriedFile | null = null;
  readonly #kept = new GatheredOctets();
  /** Kept octets at which they are inflated the next time: twice as many each time, so that the work stays in proportion. */
  #nextInflation = 1;
  #inflated = 0;
  #cannotInflate = false;
  #isTooDense = false;
  #lacksRoom = false;
  #octets = 0;
  readonly #tail = new Uint8Array(GZIP_TRAILER);

  /** @param onGivenUp Called where a compressed body becomes too long to be unpacked whole, or others leave no room for it. */
  constructor(facts: BodyFacts, open: OpenFile, onGivenUp: () => void) {
    this.#facts = facts;
    this.#open = open;
    this.#onGivenUp = onGivenUp;
    this.#multipart =
      facts.boundary === null ? null : new MultipartScanner(facts.boundary, (part) => this.#begin(part));
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#octets += end - start;
    if (this.#multipart !== null) this.#multipart.add(bytes, start, end);
    else if (this.#facts.coding === null) this.#wholeFile().data(bytes, start, end);
    else this.#addCoded(bytes, start, end);
  }

  /** Octets went by that nobody needed; negative if fewer did than was said before. */
  skipped(octets: number): void {
    this.#octets += octets;
    if (this.#isPlain) this.#file?.skipped(octets);
  }

  /** Octets were never captured. */
  lost(octets: number): void {
    this.#octets += octets;
    if (this.#isPlain) this.#wholeFile().gap(octets);
    else this.#multipart?.gap(octets);
    if (this.#facts.coding !== null) this.#cannotInflate = true;
  }

  /** True if the octets to come must be delivered. */
  get wants(): boolean {
    if (this.#multipart !== null) return true;
    if (this.#facts.coding !== null) return this.#kept.length < MAX_KEPT && !this.#cannotInflate;
    return this.#file?.wants ?? true;
  }

  /** The body is over. Gives its length, decompressed where it could be. */
  finish(isComplete: boolean): number {
    const { coding, range } = this.#facts;
    let octets = Math.max(0, this.#octets);
    if (this.#multipart !== null) {
      this.#multipart.end();
    } else if (coding !== null && octets > 0) {
      this.#inflate();
      if (this.#isTooDense || this.#lacksRoom) this.#onGivenUp();
      octets = this.#codedLength(isComplete);
      if (this.#inflated > 0 && octets > this.#inflated) this.#wholeFile().skipped(octets - this.#inflated);
    }
    // What remains of a file that comes in ranges may come later, or over another connection.
    if (range === null) this.#file?.close();
    this.#forget();
    return octets;
  }

  get #isPlain(): boolean {
    return this.#multipart === null && this.#facts.coding === null;
  }

  #wholeFile(): CarriedFile {
    if (this.#file === null) {
      const { filename, length, range, coding } = this.#facts;
      this.#file = this.#begin({ filename, range, length: coding === null ? length : -1 });
    }
    return this.#file;
  }

  #begin({ filename, length, range }: PartFacts): CarriedFile {
    const total = range === null ? length : (range.total ?? -1);
    const file = this.#open({ filename, totalOctets: total > 0 ? total : null });
    if (range !== null) file.seek(range.first);
    if (this.files.length < MOST_FILES) this.files.push({ filename, file });
    return file;
  }

  #addCoded(bytes: Uint8Array, start: number, end: number): void {
    if (this.#facts.coding === "gzip") this.#keepTail(bytes, start, end);
    if (this.#cannotInflate) return;
    const wanted = Math.min(MAX_KEPT - this.#kept.length, end - start);
    const kept = Math.min(wanted, Math.max(0, MAX_KEPT_BY_ALL - keptByAll));
    if (kept < wanted) this.#lacksRoom = true;
    if (kept < end - start) this.#cannotInflate = true;
    const before = this.#kept.capacity;
    this.#kept.add(bytes, start, start + kept);
    keptByAll += this.#kept.capacity - before;
    if (this.#kept.length >= this.#nextInflation || this.#cannotInflate) this.#inflate();
  }

  /** Hands on what can be inflated of the kept octets and was not before. */
  #inflate(): void {
    this.#nextInflation = Math.max(2 * this.#kept.length, GZIP_TRAILER);
    const octets = inflated(this.#facts.coding!, this.#kept.octets());
    this.#isTooDense = octets === "too long";
    if (octets === null || octets === "too long" || octets.length <= this.#inflated) return;
    this.#wholeFile().data(octets, this.#inflated, octets.length);
    this.#inflated = octets.length;
  }

  #codedLength(isComplete: boolean): number {
    if (this.#inflated === 0) return this.#octets;
    if (this.#octets === this.#kept.length && !this.#isTooDense) return this.#inflated;
    if (this.#facts.coding !== "gzip" || !isComplete) return Math.max(this.#inflated, this.#octets);
    return new DataView(this.#tail.buffer).getUint32(GZIP_TRAILER_LENGTH_AT, true);
  }

  #keepTail(bytes: Uint8Array, start: number, end: number): void {
    const octets = Math.min(end - start, GZIP_TRAILER);
    this.#tail.copyWithin(0, octets);
    this.#tail.set(bytes.subarray(end - octets, end), GZIP_TRAILER - octets);
  }

  #forget(): void {
    keptByAll -= this.#kept.capacity;
    this.#kept.clear();
  }
}

/** What can be inflated of a beginning; null if nothing can. */
function inflated(coding: ContentCoding, kept: Buffer): Buffer | "too long" | null {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: unpackedBound(kept.length) };
  for (const inflate of coding === "gzip" ? [gunzipSync] : [inflateSync, inflateRawSync]) {
    try {
      return inflate(kept, options);
    } catch (error) {
      if (isTooLong(error)) return "too long";
      // Not of this form: the next is tried, then the length is that of the compressed octets.
    }
  }
  return null;
}

/** zlib stopped because of `maxOutputLength`. */
function isTooLong(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}
