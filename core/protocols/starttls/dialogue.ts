import type { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection } from "../protocol.ts";

/** How one text protocol changes to TLS. */
export interface Upgrade {
  /** A line by which the client asks for it; its first group, if any, is the tag that the answer must begin with. */
  readonly asks: RegExp;
  /** A line by which the server agrees. */
  readonly agrees: RegExp;
  /** Octet that ends a line. */
  readonly lineEnd: number;
  /** A line of the client or the server that shows the protocol for sure. */
  readonly shows: RegExp;
}

/** Longest line. */
const MAX_LINE = 8192;
/** Octets after which the change is no longer waited for; it comes at the beginning. */
const MAX_WATCHED = 65_536;
const REST = 2 ** 40;

/** Follows lines in both directions until the server agrees to change to TLS, then hands the connection over. */
export class DialogueAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #upgrade: Upgrade;
  readonly #orig = new Carry(MAX_LINE);
  readonly #resp = new Carry(MAX_LINE);
  #watched = 0;
  #isOver = false;
  /** What the client asked with; null if nothing is asked. */
  #tag: string | null = null;

  constructor(conn: Connection, upgrade: Upgrade) {
    this.#conn = conn;
    this.#upgrade = upgrade;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    this.#watched += r.left;
    const carry = fromOriginator ? this.#orig : this.#resp;
    const span = carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end) {
      const length = span.bytes.subarray(at, span.end).indexOf(this.#upgrade.lineEnd);
      if (length < 0) break;
      const line = Buffer.from(span.bytes.buffer, span.bytes.byteOffset + at, length)
        .toString("latin1")
        .trim();
      at += length + 1;
      if (this.#line(line, fromOriginator)) {
        this.#isOver = true;
        r.pos = r.end - (span.end - at);
        this.#conn.handOver();
        return;
      }
    }
    if (!carry.keep(span, at) || this.#watched > MAX_WATCHED) this.#giveUp();
    r.pos = r.end;
  }

  gap(): void {
    this.#orig.clear();
    this.#resp.clear();
  }

  close(): void {}

  /** True if the server agrees. */
  #line(line: string, fromOriginator: boolean): boolean {
    if (this.#upgrade.shows.test(line)) this.#conn.confirm();
    if (fromOriginator) {
      const asked = this.#upgrade.asks.exec(line);
      if (asked !== null) this.#tag = asked[1] ?? "";
      return false;
    }
    return this.#tag !== null && line.startsWith(this.#tag) && this.#upgrade.agrees.test(line);
  }

  #giveUp(): void {
    this.#isOver = true;
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
  }
}
