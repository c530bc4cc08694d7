import type { BodySink } from "../http-calls.ts";

/** Longest line between chunks: a size with its signature. */
const LONGEST_LINE = 1024;
const LF = 0x0a;
const CR = 0x0d;

/** Takes the framing of signed chunks off a body: what S3 stores of it. [AWS] sigv4-streaming, Content-Encoding aws-chunked */
export class AwsChunked implements BodySink {
  /** Octets of the object so far. */
  octets = 0;
  readonly #next: BodySink;
  #line = "";
  #left = 0;
  #state: "size" | "data" | "data-end" | "trailer" | "lost" = "size";

  constructor(next: BodySink) {
    this.#next = next;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#state === "data") {
        const octets = Math.min(this.#left, end - at);
        this.#next.data(bytes, at, at + octets);
        this.octets += octets;
        this.#left -= octets;
        at += octets;
        if (this.#left === 0) this.#state = "data-end";
      } else if (this.#state === "size" || this.#state === "data-end") {
        this.#octet(bytes[at++]!);
      } else {
        return;
      }
    }
  }

  gap(octets: number): void {
    if (this.#state === "trailer") return;
    const inside = this.#state === "data" && octets <= this.#left;
    this.#next.gap(octets);
    if (!inside) {
      this.#state = "lost";
      return;
    }
    this.octets += octets;
    this.#left -= octets;
    if (this.#left === 0) this.#state = "data-end";
  }

  #octet(octet: number): void {
    if (octet !== LF) {
      if (octet !== CR) this.#line += String.fromCharCode(octet);
      if (this.#line.length > LONGEST_LINE) this.#lose();
      return;
    }
    const line = this.#line;
    this.#line = "";
    if (this.#state === "data-end") {
      this.#state = "size";
      return;
    }
    const size = /^([0-9a-f]{1,12})(?:;|$)/i.exec(line);
    if (size === null) {
      this.#lose();
      return;
    }
    this.#left = parseInt(size[1]!, 16);
    this.#state = this.#left === 0 ? "trailer" : "data";
  }

  #lose(): void {
    this.#next.gap(1);
    this.#state = "lost";
  }
}

/** True if a body of an upload comes in signed chunks. */
export function isAwsChunked(headers: ReadonlyMap<string, string>): boolean {
  const isStreaming = headers.get("x-amz-content-sha256")?.startsWith("STREAMING-") === true;
  return isStreaming || /\baws-chunked\b/i.test(headers.get("content-encoding") ?? "");
}
