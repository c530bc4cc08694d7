import type { ContentCoding } from "./body.ts";
import { BodyMeter } from "./body.ts";
import { boundaryOf, fileNameOf } from "./filename.ts";
import type { BodyPlan } from "./message-reader.ts";
import { MAX_FILES } from "./transaction.ts";
import type { HTTP_WEIRDS } from "./weirds.ts";

type Weird = (typeof HTTP_WEIRDS)[number];

/** What the headers of one message say of its body. RFC 9112 6 */
export class FramingHeaders {
  readonly #weird: (name: Weird, addl?: string) => void;
  #contentLength = -1;
  #rangeLength = -1;
  #isChunked = false;
  #coding: ContentCoding | null = null;
  #boundary: string | null = null;
  #filename: string | null = null;
  #expectsContinue = false;

  constructor(weird: (name: Weird, addl?: string) => void) {
    this.#weird = weird;
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
        if (isPartial) this.#range(value);
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

  meter(): BodyMeter {
    return new BodyMeter(this.#coding, this.#boundary, this.#filename, MAX_FILES);
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
  #range(value: string): void {
    const unit = firstToken(value);
    if (unit !== "bytes") {
      this.#weird("HTTP_content_range_unknown_byte_unit");
      return;
    }
    const range = value.slice(unit.length).replaceAll(" ", "");
    const addl = range.slice(0, 80);
    const match = /^(-?[0-9]+)-(-?[0-9]+)\/(?:\*|[0-9]+)$/.exec(range);
    if (match === null) {
      this.#weird("HTTP_content_range_cannot_parse");
      return;
    }
    const [first, last] = [Number(match[1]), Number(match[2])];
    const length = last - first + 1;
    if (first < 0 || last < 0) this.#weird("HTTP_content_range_invalid", addl);
    else if (length <= 0) this.#weird("HTTP_non_positive_content_range", addl);
    else if (!Number.isSafeInteger(length)) this.#weird("HTTP_content_range_overflow", addl);
    else this.#rangeLength = length;
  }
}

/** First word of a value, in lower case. */
export function firstToken(value: string): string {
  const end = value.search(/[\s,;]/);
  return (end < 0 ? value : value.slice(0, end)).toLowerCase();
}
