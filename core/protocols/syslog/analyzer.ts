import { Carry } from "../../bytes/carry.ts";
import { LineCutter } from "../../bytes/lines.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { parseSyslog } from "./message.ts";
import { SYSLOG_RECORD } from "./records.ts";

/** Longest message over TCP; a longer one is cut. */
const MAX_MESSAGE = 65_536;
/** Digits of a length before a message, and the blank. */
const MAX_COUNT = 8;

/** One sender of log messages: a datagram each, or a stream with lengths or line ends. RFC 5426, RFC 6587 */
export class SyslogAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #lines = new LineCutter(MAX_MESSAGE);
  readonly #carry = new Carry(MAX_MESSAGE + MAX_COUNT);
  readonly #reader = new ByteReader(new Uint8Array(0));
  /** Messages have their length before them; null while nothing came. */
  #isCounted: boolean | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#conn.carrier === "udp") {
      this.#message(r.latin1(r.left));
      return;
    }
    if (!fromOriginator) return;
    this.#isCounted ??= /\d/.test(String.fromCharCode(r.peekU8()));
    if (this.#isCounted) this.#counted(r);
    else this.#lines.feed(r, (line) => this.#message(line.replaceAll("\0", "")));
  }

  gap(_octets: number, fromOriginator: boolean): void {
    if (!fromOriginator) return;
    this.#lines.clear();
    this.#carry.clear();
    // Lengths lead nowhere any more; line ends do, if the sender writes any.
    this.#isCounted = false;
  }

  close(): void {}

  #counted(r: ByteReader): void {
    const span = this.#carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end) {
      this.#reader.aim(span.bytes, at, span.end);
      const head = /^([1-9]\d{0,6}) /.exec(this.#reader.latin1(Math.min(MAX_COUNT, span.end - at)));
      if (head === null && span.end - at < MAX_COUNT) break;
      const octets = Number(head?.[1] ?? Infinity);
      if (head === null || octets > MAX_MESSAGE) {
        this.#isCounted = false;
        at = span.end;
        break;
      }
      if (span.end - at < head[0].length + octets) break;
      this.#reader.aim(span.bytes, at + head[0].length, span.end);
      this.#message(this.#reader.latin1(octets));
      at += head[0].length + octets;
    }
    this.#carry.keep(span, at);
    r.pos = r.end;
  }

  #message(whole: string): boolean {
    if (whole === "") return true;
    const isUdp = this.#conn.carrier === "udp";
    this.#conn.confirm(isUdp ? undefined : "syslog_tcp");
    const { facility, severity, text, host, app, process } = parseSyslog(whole);
    const row = { proto: isUdp ? "udp" : "tcp", facility, severity, message: utf8OfLatin1(text), host, app, process };
    this.#out.emit(SYSLOG_RECORD, row, this.#conn.now);
    return true;
  }
}
