import type { BodyFacts, ContentCoding, FileRange } from "./body.ts";
import { boundaryOf, fileNameOf } from "./filename.ts";
import type { RecordSink } from "../protocol.ts";
import type { BodyPlan } from "./message-reader.ts";
import type { HTTP_WEIRDS } from "./weirds.ts";

type Weird = (typeof HTTP_WEIRDS)[number];

/** What the headers of one message say of its body. RFC 9112 6 */
export class FramingHeaders {
  readonly #out: RecordSink | null;
  #contentLength = -1;
  #rangeLength = -1;
  #range: FileRange | null = null;
  #isChunked = false;
  #coding: ContentCoding | null = null;
  #boundary: string | null = null;
  #filename: string | null = null;
  #expectsContinue = false;

  /** @param out Is told of what is odd; null if nobody is. */
  constructor(out: RecordSink | null) {
    this.#out = out;
  }

  /**
   * @param allowsChunked Only HTTP/1.1 has chunks.
   * @param isPartial The message is a 206 response.
   */
  header(name: string, value: string, allowsChunked: boolean, isPartial: boolean): void {
    switch (name) {
      case "content-length":
        this.#contentLength = this.#lengthOf(value);
        break;
      case "transfer-encoding":
        if (allowsChunked && firstToken(value) === "chunked") this.#isChunked = true;
        break;
      case "content-encoding": {
        const coding = firstToken(value);
        if (coding === "gzip" || coding === "x-gzip") this.#coding = "gzip";
        else if (coding === "deflate") this.#coding = "deflate";
        break;
      }
      case "content-range":
        if (isPartial) this.#readRange(value);
        break;
      case "expect":
        this.#expectsContinue = value.toLowerCase() === "100-continue";
        break;
      case "content-type":
        this.#boundary = boundaryOf(value);
        this.#filename = fileNameOf(name, value) ?? this.#filename;
        break;
      case "content-disposition":
        this.#filename = fileNameOf(name, value) ?? this.#filename;
        break;
    }
  }

  /** How the body ends. `byDefault` is for a message that does not say. */
  plan(byDefault: BodyPlan): BodyPlan {
    if (this.#isChunked) {
      if (this.#contentLength >= 0) this.#weird("HTTP_content_length_and_chunked");
      if (this.#boundary !== null) this.#weird("HTTP_chunked_transfer_for_multipart_message");
      return { kind: "chunked" };
    }
    if (this.#contentLength === 0 && this.#expectsContinue) this.#weird("HTTP_content_length_0_and_expect_100_cont");
    let octets = this.#contentLength;
    if (this.#rangeLength >= 0) {
      if (octets > 0 && octets !== this.#rangeLength) this.#weird("HTTP_range_not_matching_len");
      octets = Math.max(octets, this.#rangeLength);
    }
    return octets < 0 ? byDefault : { kind: "length", octets };
  }

  get bodyFacts(): BodyFacts {
    return {
      coding: this.#coding,
      boundary: this.#boundary,
      filename: this.#filename,
      length: this.#isChunked ? -1 : this.#contentLength,
      range: this.#range,
    };
  }

  #weird(name: Weird, addl?: string): void {
    this.#out?.weird(name, addl);
  }

  /** Zeek takes what it cannot read for 0. */
  #lengthOf(value: string): number {
    const token = firstToken(value);
    if (!/^[0-9]+$/.test(token) || !Number.isSafeInteger(Number(token))) {
      this.#weird("HTTP_bad_content_length", token.slice(0, 80));
      return 0;
    }
    if (token.length > 1 && token.startsWith("0")) this.#weird("HTTP_content_length_leading_zeros", token.slice(0, 80));
    return Number(token);
  }

  /** RFC 9110 14.4 */
  #readRange(value: string): void {
    const unit = firstToken(value);
    if (unit !== "bytes") {
      this.#weird("HTTP_content_range_unknown_byte_unit");
      return;
    }
    const range = contentRange(value.slice(unit.length));
    const addl = value.slice(unit.length).replaceAll(" ", "").slice(0, 80);
    if (range === null) {
      this.#weird("HTTP_content_range_cannot_parse");
      return;
    }
    const length = range.last - range.first + 1;
    if (range.first < 0 || range.last < 0) {
      this.#weird("HTTP_content_range_invalid", addl);
    } else if (length <= 0) {
      this.#weird("HTTP_non_positive_content_range", addl);
    } else if (!Number.isSafeInteger(length)) {
      this.#weird("HTTP_content_range_overflow", addl);
    } else {
      this.#rangeLength = length;
      this.#range = range;
    }
  }
}

/** A range of octets, behind the unit. RFC 9110 14.4 */
function contentRange(value: string): { first: number; last: number; total: number | null } | null {
  const match = /^(-?[0-9]+)-(-?[0-9]+)\/(\*|[0-9]+)$/.exec(value.replaceAll(" ", ""));
  if (match === null) return null;
  const total = match[3] === "*" ? null : Number(match[3]);
  return {
    first: Number(match[1]),
    last: Number(match[2]),
    total: Number.isSafeInteger(total) ? total : null,
  };
}

/** What a part of several ranges says of its place in the file; null if it is none. RFC 9110 14.6 */
export function partRange(value: string): FileRange | null {
  const range = /^bytes /i.test(value) ? contentRange(value.slice("bytes".length)) : null;
  return range !== null && range.first >= 0 && range.last >= range.first && Number.isSafeInteger(range.last)
    ? range
    : null;
}

/** First word of a value, in lower case. */
export function firstToken(value: string): string {
  const end = value.search(/[\s,;]/);
  return (end < 0 ? value : value.slice(0, end)).toLowerCase();
}
