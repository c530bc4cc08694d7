import type { Span } from "../../bytes/carry.ts";
import { Carry } from "../../bytes/carry.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { FileRange } from "./body.ts";
import { fileNameOf } from "./filename.ts";
import { partRange } from "./framing-headers.ts";

/** What the headers of a part say of its content. */
export interface PartFacts {
  readonly filename: string | null;
  /** Content-Length, -1 without. */
  readonly length: number;
  /** Where in a file it lies that comes in ranges. */
  readonly range: FileRange | null;
}

/** Longest header block of a part. */
const MAX_HEADERS = 16_384;
const LF = 0x0a;
const CR = 0x0d;

type State = "preamble" | "delimiter" | "headers" | "content" | "epilogue";

/** Finds the parts of a multipart body as it streams by, each a file. RFC 2046 5.1 */
export class MultipartScanner {
  readonly #begin: (part: PartFacts) => CarriedFile;
  readonly #delimiter: string;
  readonly #first: Buffer;
  readonly #next: Buffer;
  readonly #carry = new Carry(MAX_HEADERS + 1024);
  #state: State = "preamble";
  #filename: string | null = null;
  #length = -1;
  #range: FileRange | null = null;
  #file: CarriedFile | null = null;

  /** @param begin Opens a part's file; called with its first octet. */
  constructor(boundary: string, begin: (part: PartFacts) => CarriedFile) {
    this.#delimiter = `--${boundary}`;
    this.#first = Buffer.from(this.#delimiter, "latin1");
    this.#next = Buffer.from(`\n--${boundary}`, "latin1");
    this.#begin = begin;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const span = this.#carry.join(bytes, start, end);
    let at = span.start;
    while (at < span.end) {
      const behind = this.#step(span, at);
      if (behind < 0) break;
      at = behind;
    }
    if (this.#state === "preamble" || this.#state === "content") {
      // A delimiter may have begun, and the line end before it is none of the content. One octet more is the CR.
      const kept = Math.min(this.#next.length + 1, span.end - at);
      this.#content(span, at, span.end - kept);
      at = span.end - kept;
    }
    if (!this.#carry.keep(span, at)) this.#state = "epilogue";
  }

  /** Octets were never captured: they are taken for content of the part at hand. */
  gap(octets: number): void {
    const span = this.#carry.join(EMPTY, 0, 0);
    this.#content(span, span.start, span.end);
    this.#carry.clear();
    if (this.#state === "content") this.#part().gap(octets);
    else this.#state = "preamble";
  }

  /** The body is over: a part that was cut off counts too. */
  end(): void {
    const span = this.#carry.join(EMPTY, 0, 0);
    this.#content(span, span.start, span.end);
    this.#carry.clear();
    this.#endPart();
  }

  /** Goes on from `at`; -1 if more octets are needed. */
  #step(span: Span, at: number): number {
    switch (this.#state) {
      case "preamble":
      case "content": {
        const delimiter = this.#state === "preamble" ? this.#first : this.#next;
        const found = indexOf(span, delimiter, at);
        if (found < 0) return -1;
        const hasReturn = this.#state === "content" && found > at && span.bytes[found - 1] === CR;
        this.#content(span, at, hasReturn ? found - 1 : found);
        this.#endPart();
        this.#state = "delimiter";
        return found + delimiter.length;
      }
      case "delimiter": {
        if (span.end - at < 2) return -1;
        if (span.bytes[at] === 0x2d && span.bytes[at + 1] === 0x2d) {
          this.#state = "epilogue";
          return span.end;
        }
        const lineEnd = lineFeedFrom(span, at);
        if (lineEnd < 0) return -1;
        this.#state = "headers";
        return lineEnd + 1;
      }
      case "headers": {
        const lineEnd = lineFeedFrom(span, at);
        if (lineEnd < 0) return -1;
        const line = textOf(span, at, lineEnd).trimEnd();
        // WinRM's parts lack the empty line behind their headers.
        if (line.startsWith(this.#delimiter)) {
          this.#endPart();
          this.#state = "delimiter";
          return at + this.#first.length;
        }
        this.#header(line);
        return lineEnd + 1;
      }
      case "epilogue":
        return span.end;
    }
  }

  #header(line: string): void {
    if (line === "") {
      this.#state = "content";
      return;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) return;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "content-length" && /^\d{1,15}$/.test(value)) this.#length = Number(value);
    if (name === "content-range") this.#range = partRange(value);
    this.#filename = fileNameOf(name, value) ?? this.#filename;
  }

  #content(span: Span, start: number, end: number): void {
    if (this.#state === "content" && end > start) this.#part().data(span.bytes, start, end);
  }

  #part(): CarriedFile {
    return (this.#file ??= this.#begin({ filename: this.#filename, length: this.#length, range: this.#range }));
  }

  #endPart(): void {
    // Another part may go on with a file that comes in ranges.
    if (this.#range === null) this.#file?.close();
    this.#file = null;
    this.#filename = null;
    this.#length = -1;
    this.#range = null;
  }
}

function textOf(span: Span, start: number, end: number): string {
  return Buffer.from(span.bytes.buffer, span.bytes.byteOffset + start, end - start).toString("latin1");
}

function indexOf(span: Span, wanted: Buffer, from: number): number {
  const octets = Buffer.from(span.bytes.buffer, span.bytes.byteOffset + from, span.end - from);
  const at = octets.indexOf(wanted);
  return at < 0 ? -1 : from + at;
}

function lineFeedFrom(span: Span, from: number): number {
  const at = span.bytes.subarray(from, span.end).indexOf(LF);
  return at < 0 ? -1 : from + at;
}

const EMPTY = new Uint8Array(0);
