import type { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection } from "../protocol.ts";

/** What a message means for the change to TLS. */
export type Step = "go-on" | "hand-over" | "stop";

/** Messages of a binary protocol before TLS. */
export interface Messages {
  /** Octets of the message that begins at `r`; 0 if more are needed to tell, -1 if it is none. Does not move `r`. */
  length(r: ByteReader, fromOriginator: boolean): number;
  /** `r` is narrowed to one message. */
  message(r: ByteReader, fromOriginator: boolean): Step;
  /** The connection is over. */
  close?(): void;
}

/** Longest message before TLS. */
const MAX_MESSAGE = 65_536;
const REST = 2 ** 40;

/** Follows the messages of both sides until TLS begins, then hands the connection over. */
export class BinaryUpgradeAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #messages: Messages;
  readonly #orig = new Carry(MAX_MESSAGE);
  readonly #resp = new Carry(MAX_MESSAGE);
  readonly #message: ByteReader;
  #isOver = false;

  /** @param reader One of its own, for messages that come in parts. */
  constructor(conn: Connection, messages: Messages, reader: ByteReader) {
    this.#conn = conn;
    this.#messages = messages;
    this.#message = reader;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    const carry = fromOriginator ? this.#orig : this.#resp;
    const span = carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end) {
      this.#message.aim(span.bytes, at, span.end);
      const length = this.#messages.length(this.#message, fromOriginator);
      if (length < 0 || length > MAX_MESSAGE) {
        this.#stop();
        return;
      }
      if (length === 0 || length > span.end - at) break;
      this.#message.aim(span.bytes, at, at + length);
      at += length;
      const step = this.#messages.message(this.#message, fromOriginator);
      if (step === "go-on") continue;
      if (step === "stop") {
        this.#stop();
        return;
      }
      this.#isOver = true;
      r.pos = r.end - (span.end - at);
      this.#conn.handOver();
      return;
    }
    if (!carry.keep(span, at)) this.#stop();
    r.pos = r.end;
  }

  gap(): void {
    if (!this.#isOver) this.#stop();
  }

  close(): void {
    this.#messages.close?.();
  }

  /** TLS will not begin any more. */
  #stop(): void {
    this.#isOver = true;
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
  }
}
