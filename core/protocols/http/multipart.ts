import type { Span } from "../../bytes/carry.ts";
import { Carry } from "../../bytes/carry.ts";
import { fileNameOf } from "./filename.ts";
import { SNIFF_OCTETS } from "../../bytes/mime-type.ts";

/** A part of a multipart body that is not empty. */
export interface Part {
  readonly filename: string | null;
  /** First octets, one character each. */
  readonly head: string;
}

/** Longest header block of a part. */
const MAX_HEADERS = 16_384;
const LF = 0x0a;

type State = "preamble" | "delimiter" | "headers" | "content" | "epilogue";

/** Finds the parts of a multipart body as it streams by. RFC 2046 5.1 */
export class MultipartScanner {
  readonly parts: Part[] = [];
  readonly #maxParts: number;
  readonly #first: Buffer;
  readonly #next: Buffer;
  readonly #carry = new Carry(MAX_HEADERS + 1024);
  #state: State = "preamble";
  #filename: string | null = null;
  #head = "";

  constructor(boundary: string, maxParts: number) {
    this.#first = Buffer.from(`--${boundary}`, "latin1");
    this.#next = Buffer.from(`\n--${boundary}`, "latin1");
    this.#maxParts = maxParts;
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
      const kept = Math.min(this.#next.length, span.end - at);
      this.#content(span, at, span.end - kept);
      at = span.end - kept;
    }
    if (!this.#carry.keep(span, at)) this.#state = "epilogue";
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
        this.#content(span, at, found);
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
        this.#header(textOf(span, at, lineEnd).trimEnd());
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
    this.#filename = fileNameOf(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1)) ?? this.#filename;
  }

  #content(span: Span, start: number, end: number): void {
    if (this.#state !== "content" || this.#head.length >= SNIFF_OCTETS || end <= start) return;
    this.#head += textOf(span, start, Math.min(end, start + SNIFF_OCTETS - this.#head.length));
  }

  #endPart(): void {
    const head = this.#head.endsWith("\r") ? this.#head.slice(0, -1) : this.#head;
    if (head !== "" && this.parts.length < this.#maxParts) this.parts.push({ filename: this.#filename, head });
    this.#filename = null;
    this.#head = "";
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
