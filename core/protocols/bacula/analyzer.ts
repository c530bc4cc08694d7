import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { reportBaculaAct } from "./archive-acts.ts";
import type { BaculaRow } from "./records.ts";
import { BACULA_RECORD } from "./records.ts";

const MARK_OCTETS = 4;
/** Octets of a message that are looked at. */
const MESSAGE_HEAD = 1024;
/** Longest message that Bacula sends; longer ones are none. lib/bsock.c */
const MOST_MESSAGE = 1_000_000;
/** Set for messages that are packed; their text is left out. */
const PACKED = 0x4000_0000;
/** Characters of an answer that are kept. */
const MOST_REPLY = 300;

const CHALLENGE = /^auth (?:cram-md5|chap-md5)\S* <[^@>]{1,64}@([^>]{1,128})>/;
const GRANTED = /^\d[0-8]\d\d |\bpurged\b|successfully|\bqueued\b|^This command will delete/im;
const REFUSED = /^\d9(?!06)\d\d |\berror\b|\binvalid\b|not found|unauthori[sz]ed|\bdenied\b|illegal/im;
/** What a file daemon says to the storage daemon between its data. */
const SESSION_COMMAND = /^(?:append|read) (?:open|data|end|close)\b/;

type Link = "console to director" | "director to storage" | "director to file" | "file to storage";

/** One connection between Bacula's programs. A command's record is written when its answer is over. */
export class BaculaAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #originator: MessageHeads;
  readonly #responder: MessageHeads;
  #link: Link | null = null;
  #origName: string | null = null;
  #respName: string | null = null;
  #authSuccess: boolean | null = null;
  #version: string | null = null;
  #job: string | null = null;
  #command: { readonly text: string; readonly from: Moment } | null = null;
  #reply = "";
  #hasRows = false;
  #last: Moment;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#last = conn.now;
    this.#originator = this.#heads(true, (text) => this.#fromOriginator(text));
    this.#responder = this.#heads(false, (text) => this.#fromResponder(text));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    (fromOriginator ? this.#originator : this.#responder).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#originator : this.#responder).gap(octets);
  }

  close(): void {
    this.#end();
    if (!this.#hasRows && this.#link !== null) this.#write(null, this.#conn.start);
  }

  /** @param take One message's text, or null for a signal. */
  #heads(fromOriginator: boolean, take: (text: string | null) => void): MessageHeads {
    return new MessageHeads(this.#conn, fromOriginator, MESSAGE_HEAD, {
      length: (r) => {
        if (r.left < MARK_OCTETS) return 0;
        const mark = r.peekU32be();
        if (mark >>> 31 === 1) return MARK_OCTETS;
        const octets = mark & ~PACKED;
        return octets <= MOST_MESSAGE ? octets + MARK_OCTETS : -1;
      },
      message: (r) => {
        const mark = r.u32be();
        this.#last = this.#conn.now;
        if (mark >>> 31 === 1) take(null);
        else if ((mark & PACKED) === 0) take(wireText(r, r.left).replace(/(?<![\0\n])[\0\n]+$/, ""));
        return true;
      },
      broken: () => this.#conn.violate("no message of Bacula"),
      // Messages have no mark to find them by; a short length before text is the best there is.
      resumes: (r) => r.peekU32be() > 0 && r.peekU32be() < MESSAGE_HEAD && r.peekU8(4) >= 0x20 && r.peekU8(4) < 0x7f,
    });
  }

  #fromOriginator(text: string | null): void {
    if (text === null || text === "") return;
    if (text.startsWith("Hello ")) {
      this.#hello(text);
      return;
    }
    const challenge = CHALLENGE.exec(text);
    if (challenge !== null) this.#origName ??= challenge[1]!;
    if (challenge !== null || this.#authSuccess !== true || text.startsWith("1000 OK auth")) return;
    if (this.#link === "file to storage" && !SESSION_COMMAND.test(text)) return;
    if (!/^[a-zA-Z.][\x20-\x7e\n]*$/.test(text)) return;
    this.#job ??= /\bjob=(\S+\.\d{4}-\d\d-\d\d_\S+)/i.exec(text)?.[1] ?? null;
    this.#end();
    // A key for the storage daemon is in it.
    this.#command = { text: text.replace(/\bAuthorization=\S+/i, "Authorization=*"), from: this.#conn.now };
  }

  #hello(text: string): void {
    this.#conn.confirm();
    if (/^Hello (?:Bacula SD: Start Job|FD: Bacula Storage) /.test(text)) {
      this.#link = "file to storage";
      this.#job = /(?<!\S)(\S+\.\d{4}-\d\d-\d\d_\S+)/.exec(text)?.[1] ?? null;
    } else if (/^Hello (?:SD: Bacula )?Director /.test(text)) {
      this.#link = text.startsWith("Hello SD: ") ? "director to storage" : "director to file";
    } else {
      this.#link = "console to director";
    }
  }

  #fromResponder(text: string | null): void {
    if (text === null) {
      // A console's answer ends with a signal.
      if (this.#link === "console to director") this.#end();
      return;
    }
    const challenge = CHALLENGE.exec(text);
    if (challenge !== null) this.#respName ??= challenge[1]!;
    else if (text.startsWith("1000 OK auth")) this.#authSuccess = true;
    else if (/^1999 /.test(text)) this.#authSuccess = false;
    else this.#answer(text);
  }

  #answer(text: string): void {
    this.#version ??= /^(?:1000 OK: .* Version: |2000 OK Job )(\d[\d.]*)/.exec(text)?.[1] ?? null;
    if (this.#command === null) return;
    // Daemons say other things in between; answers have a number.
    if (this.#link !== "console to director" && !/^\d{4} /.test(text)) return;
    this.#reply = `${this.#reply}${text}\n`.slice(-MOST_REPLY);
    if (this.#link !== "console to director") this.#end();
  }

  #end(): void {
    if (this.#command === null) return;
    const { text, from } = this.#command;
    this.#command = null;
    this.#write(text, from);
    this.#reply = "";
  }

  #write(command: string | null, from: Moment): void {
    const reply = this.#reply.trim();
    const answered = REFUSED.test(reply) ? "refused" : GRANTED.test(reply) ? "granted" : "answered";
    const row: BaculaRow = {
      link: this.#link,
      orig_name: this.#origName,
      resp_name: this.#respName,
      auth_success: this.#authSuccess,
      responder_version: this.#version,
      job: this.#job,
      command,
      outcome: reply === "" ? "asked" : answered,
      reply: reply === "" ? null : reply,
    };
    this.#hasRows = true;
    this.#out.emit(BACULA_RECORD, row, from, this.#last);
    reportBaculaAct(this.#out, row, from, this.#last);
  }
}
