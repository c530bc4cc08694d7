import { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Connection } from "../protocol.ts";

/** How the end of a body is found. RFC 9112 6.3 */
export type BodyPlan =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly octets: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** Takes the parts of one direction's messages. */
export interface MessageHandler {
  /** First line of a message, one character an octet. False if it is none: reading then stops for good. */
  startLine(line: string): boolean;
  /** `name` in lower case. */
  header(name: string, value: string): void;
  /** All headers are there: what follows? */
  headersEnd(): BodyPlan;
  bodyData(bytes: Uint8Array, start: number, end: number): void;
  /** Octets of the body that nobody needed; negative if fewer went by than was said before. */
  bodySkipped(octets: number): void;
  /** Octets of the body that were never captured. */
  bodyLost(octets: number): void;
  /** True if the octets of the body that come next must be delivered. */
  bodyWants(): boolean;
  /** The message is over. `isComplete` false: it was cut off. */
  messageEnd(isComplete: boolean): void;
  oddity(
    name: "http_line_too_long" | "http_too_many_headers" | "HTTP_bad_chunk_size" | "http_message_lost",
    addl?: string,
  ): void;
}

/** Longest line and most header octets of one message. */
const MAX_LINE = 65_536;
const MAX_HEADERS = 500;
/** Octets at the end of a body that are always delivered, so that its end falls on its own frame. */
const TAIL_OCTETS = 8;

type State = "start" | "headers" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close" | "over";

/** Cuts one direction of a connection into messages. */
export class MessageReader {
  readonly #conn: Connection;
  readonly #handler: MessageHandler;
  readonly #fromOriginator: boolean;
  readonly #carry = new Carry(MAX_LINE);
  #state: State = "start";
  /** Octets of the body or chunk still to come, without those asked to be skipped. */
  #left = 0;
  #headers = 0;
  #pendingName = "";
  #pendingValue = "";
  #isPaused = false;
  /** Octets of the carried line that hold no line end. */
  #scanned = 0;

  constructor(conn: Connection, fromOriginator: boolean, handler: MessageHandler) {
    this.#conn = conn;
    this.#fromOriginator = fromOriginator;
    this.#handler = handler;
  }

  /** True once nothing more can be made of this direction. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Stops behind what is being delivered: the rest of `read`'s octets stays unread. */
  pause(): void {
    this.#isPaused = true;
  }

  /** All that follows is one body (HTTP/0.9). */
  rawUntilClose(): void {
    if (this.#state !== "over") this.#state = "until-close";
  }

  /** Reads what is there; leaves `r` behind the last octet taken. */
  read(r: ByteReader): void {
    const span = this.#carry.join(r.source, r.pos, r.end);
    const { bytes, end } = span;
    let at = span.start;
    this.#isPaused = false;
    while (at < end && !this.#isPaused) {
      if (this.#state === "over") {
        at = end;
      } else if (this.#state === "body" || this.#state === "chunk") {
        at = this.#bodyPart(bytes, at, end);
      } else if (this.#state === "until-close") {
        this.#handler.bodyData(bytes, at, end);
        at = end;
      } else {
        const lineEnd = lineFeedFrom(bytes, at + this.#scanned, end);
        if (lineEnd < 0) break;
        const next = lineEnd + 1;
        this.#scanned = 0;
        let stop = next - 1;
        if (stop > at && bytes[stop - 1] === CR) stop--;
        LINE.aim(bytes, at, stop);
        this.#line(LINE.latin1(stop - at));
        at = next;
      }
    }
    r.pos = r.end - (end - at);
    if (this.#isPaused) {
      this.#carry.clear();
      return;
    }
    if (at < end && end - at > MAX_LINE) {
      this.#handler.oddity("http_line_too_long");
      this.#end(false);
      this.#state = "over";
      at = end;
    }
    this.#scanned = end - at;
    this.#carry.keep(span, at);
    r.pos = r.end;
  }

  /** Octets were lost: goes on if they are all inside a body whose length is known. */
  gap(octets: number): void {
    if ((this.#state === "body" || this.#state === "chunk") && octets <= this.#left) {
      this.#handler.bodyLost(octets);
      this.#left -= octets;
      if (this.#left === 0) this.#partEnd();
      return;
    }
    if (this.#state === "over") return;
    this.#handler.oddity("http_message_lost", String(octets));
    this.#carry.clear();
    this.#scanned = 0;
    this.#end(false);
    this.#state = "over";
  }

  /** The connection is over: so is a message that ends with it, and one that does not is cut off. */
  close(): void {
    const unseen = this.#conn.unskipped(this.#fromOriginator);
    if (unseen > 0 && (this.#state === "body" || this.#state === "chunk")) this.#handler.bodySkipped(-unseen);
    this.#end(this.#state === "until-close");
    this.#state = "over";
  }

  #line(line: string): void {
    switch (this.#state) {
      case "start":
        this.#headers = 0;
        if (!this.#handler.startLine(line)) {
          if (line !== "") this.#state = "over";
        } else if ((this.#state as State) === "start") {
          this.#state = "headers";
        }
        break;
      case "headers":
      case "trailers":
        this.#headerLine(line);
        break;
      case "chunk-size": {
        this.#left = chunkSize(line);
        if (this.#left < 0) {
          this.#handler.oddity("HTTP_bad_chunk_size", line.slice(0, 40));
          this.#left = 0;
        }
        this.#state = this.#left > 0 ? "chunk" : "trailers";
        break;
      }
      case "chunk-end":
        this.#state = "chunk-size";
        break;
      default:
    }
  }

  #headerLine(line: string): void {
    const first = line.charCodeAt(0);
    if (line !== "" && (first === 0x20 || first === 0x09)) {
      // A folded line goes on with the header before it. RFC 9112 5.2
      if (this.#pendingValue.length + line.length <= MAX_LINE) this.#pendingValue += " " + line.trim();
      return;
    }
    if (this.#pendingName !== "") {
      const name = this.#pendingName;
      this.#pendingName = "";
      this.#handler.header(name, this.#pendingValue);
    }
    if (line === "") {
      if (this.#state === "trailers") this.#end(true);
      else this.#begin(this.#handler.headersEnd());
      return;
    }
    if (++this.#headers > MAX_HEADERS) {
      if (this.#headers === MAX_HEADERS + 1) this.#handler.oddity("http_too_many_headers");
      return;
    }
    const colon = line.indexOf(":");
    if (colon <= 0 || this.#state === "trailers") return;
    this.#pendingName = line.slice(0, colon).trimEnd().toLowerCase();
    this.#pendingValue = line.slice(colon + 1).trim();
  }

  #begin(plan: BodyPlan): void {
    switch (plan.kind) {
      case "none":
        this.#end(true);
        break;
      case "length":
        this.#left = plan.octets;
        this.#state = "body";
        if (plan.octets === 0) this.#end(true);
        break;
      case "chunked":
        this.#state = "chunk-size";
        break;
      case "until-close":
        this.#state = "until-close";
        break;
    }
  }

  #bodyPart(bytes: Uint8Array, at: number, end: number): number {
    const octets = Math.min(this.#left, end - at);
    this.#handler.bodyData(bytes, at, at + octets);
    this.#left -= octets;
    if (this.#left === 0) {
      this.#partEnd();
    } else {
      const toSkip = this.#left - TAIL_OCTETS;
      if (toSkip > 0 && !this.#handler.bodyWants()) {
        this.#conn.skip(toSkip, this.#fromOriginator);
        this.#handler.bodySkipped(toSkip);
        this.#left -= toSkip;
      }
    }
    return at + octets;
  }

  #partEnd(): void {
    if (this.#state === "chunk") this.#state = "chunk-end";
    else this.#end(true);
  }

  #end(isComplete: boolean): void {
    const wasInMessage = this.#state !== "start" && this.#state !== "over";
    this.#state = "start";
    this.#pendingName = "";
    if (wasInMessage) this.#handler.messageEnd(isComplete);
  }
}

const EMPTY = new Uint8Array(0);
/** Reads one line at a time for whoever asks: two of them for each connection would be much that is idle. */
const LINE = new ByteReader(EMPTY, 0, 0);
const LF = 0x0a;
const CR = 0x0d;

/** Position of the next line feed before `end`, -1 without. Lines are short: a loop beats a subarray for each. */
function lineFeedFrom(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === LF) return at;
  return -1;
}

/** Size of a chunk from its line, -1 if it is none. Extensions behind ";" are let pass. RFC 9112 7.1 */
function chunkSize(line: string): number {
  const match = /^\s*([0-9a-fA-F]{1,13})\s*(?:;.*)?$/.exec(line);
  return match === null ? -1 : Number.parseInt(match[1]!, 16);
}
