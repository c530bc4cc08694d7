import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { BdatLines, parseBdat } from "./bdat.ts";
import type { SmtpVerb } from "./commands.ts";
import { AUTH_ANSWER, END_OF_DATA, GREETING, parseSmtpCommand, parseSmtpReply } from "./commands.ts";
import { LogOn } from "./log-on.ts";
import { MimeEntity } from "./mime-entity.ts";
import { SmtpSession } from "./session.ts";

/** Longest line; a longer one is read in parts. */
const MAX_LINE = 16_384;
/** Commands without a reply that are remembered. */
const MAX_WAITING = 1000;

/** What the client's next line is. */
type State = "command" | "data" | "chunks" | "log-on" | "after-gap" | "recovering";

/** SMTP on one connection. RFC 5321, with BDAT (RFC 3030), AUTH (RFC 4954) and STARTTLS (RFC 3207). */
export class SmtpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #session: SmtpSession;
  readonly #commands = new LineCutter(MAX_LINE);
  readonly #replies = new LineCutter(MAX_LINE);
  #state: State = "command";
  /** Commands that the server has not answered, oldest first. */
  #waiting: SmtpVerb[] = [GREETING];
  /** Command that the last reply answered. */
  #answered: SmtpVerb | null = null;
  /** Code of a reply whose last line is still to come, else 0. */
  #pendingReply = 0;
  #mail: MimeEntity | null = null;
  #chunks: BdatLines | null = null;
  #logOn: LogOn | null = null;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#session = new SmtpSession(conn, out);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!fromOriginator) {
      if (!this.#isOver) this.#replies.feed(r, (line) => this.#reply(line));
      return;
    }
    while (r.left > 0 && !this.#isOver) {
      if (this.#chunks !== null && this.#chunks.remaining > 0) this.#chunk(this.#chunks, r);
      else this.#commands.feed(r, (line) => this.#line(line));
    }
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#isOver) return;
    if (this.#mail !== null) this.#session.missed(octets);
    if (this.#state === "data" || this.#state === "chunks") this.#endMail();
    (fromOriginator ? this.#commands : this.#replies).clear();
    this.#waiting = [];
    this.#answered = null;
    this.#pendingReply = 0;
    // Whether the client sends commands or a mail cannot be told until the server says something.
    this.#state = "after-gap";
  }

  close(): void {
    if (this.#mail !== null) this.#endMail();
    this.#session.close();
  }

  /** A line of the client. False where lines end: a chunk follows, or something else. */
  #line(whole: string): boolean {
    const line = whole.replace(/(?<!\r)\r+$/, "");
    if (this.#state === "after-gap") return true;
    if (this.#state === "data" && line !== END_OF_DATA) {
      this.#mail?.line(line.startsWith(".") ? line.slice(1) : line, true);
      return true;
    }
    if (this.#state === "data") {
      this.#wait(END_OF_DATA);
      this.#endMail();
      this.#state = "command";
      this.#session.request(END_OF_DATA, "");
    } else if (this.#state === "log-on") {
      this.#wait(AUTH_ANSWER);
      this.#logOn?.answer(line);
    } else {
      const command = parseSmtpCommand(line);
      if (command !== null) this.#command(command.name, command.argument);
    }
    if (this.#session.isHopeless) this.#isOver = true;
    return !this.#isOver && !(this.#chunks !== null && this.#chunks.remaining > 0);
  }

  #command(name: SmtpVerb, argument: string): void {
    this.#conn.confirm();
    this.#wait(name);
    this.#session.request(name, argument);
    if (name === "BDAT") {
      this.#beginChunk(argument);
      return;
    }
    if (this.#chunks !== null) {
      this.#out.weird("smtp_missing_bdat_last_chunk");
      this.#endMail();
    }
    if (this.#state === "chunks") this.#state = "command";
    if (name === "DATA") this.#beginMail("data");
    else if (name === "AUTH") this.#logOn = new LogOn(argument);
  }

  #reply(whole: string): boolean {
    const line = whole.replace(/(?<!\r)\r+$/, "");
    const reply = parseSmtpReply(line);
    if (reply === null) {
      // Somewhere in a long session a line may be lost; at its beginning this is another protocol.
      if (this.#conn.isSettled) return true;
      this.#isOver = true;
      this.close();
      this.#conn.violate("reply code -1 out of range", line);
      return false;
    }
    const { code, text, isLast } = reply;
    if (this.#pendingReply !== code) this.#answer(code);
    this.#pendingReply = isLast ? 0 : code;
    if (this.#answered === GREETING) this.#session.greeted(text);
    this.#session.reply(this.#answered, code, text, isLast);
    if (!isLast || code !== 220 || !isTlsRequest(this.#answered)) return !this.#isOver;
    this.#isOver = true;
    this.#session.startedTls();
    this.#conn.handOver();
    return false;
  }

  /** A reply begins: the oldest command without one is answered, and what it was taken to do may not have happened. */
  #answer(code: number): void {
    if (this.#state === "after-gap") {
      this.#state = "recovering";
      this.#conn.confirm();
    }
    const name = this.#waiting.shift() ?? null;
    this.#answered = name;
    switch (name) {
      case "DATA":
        if (code !== 354 && this.#state === "data") {
          this.#endMail();
          this.#state = "command";
        }
        return;
      case "AUTH":
      case AUTH_ANSWER:
        this.#answerLogOn(code);
        return;
      case null:
        if (this.#state === "recovering" && code === 354) this.#beginMail("data");
        return;
      default:
        return;
    }
  }

  #answerLogOn(code: number): void {
    this.#state = code === 334 ? "log-on" : "command";
    const logOn = this.#logOn;
    if (logOn === null || code === 334) return;
    this.#session.authenticating(logOn.mechanism, logOn.user, code === 235);
    this.#logOn = null;
  }

  #chunk(chunks: BdatLines, r: ByteReader): void {
    chunks.add(r.latin1(Math.min(r.left, chunks.remaining)));
    this.#endOfChunks(chunks);
  }

  #beginChunk(argument: string): void {
    const command = parseBdat(argument);
    if (typeof command === "string") {
      this.#out.weird("smtp_invalid_bdat_command", command);
      return;
    }
    if (!Number.isSafeInteger(command.octets)) {
      this.#out.weird("smtp_huge_bdat_chunk", argument.split(" ")[0]);
      return;
    }
    if (this.#chunks === null) {
      const mail = this.#beginMail("chunks");
      // In Zeek an analyzer of its own cuts chunks into lines.
      const weird: RecordSink["weird"] = (name, addl) => this.#out.weird(name, addl, "SMTP_BDAT");
      this.#chunks = new BdatLines((line, isEnded) => mail.line(line, isEnded), weird);
    }
    this.#chunks.chunk(command);
    this.#endOfChunks(this.#chunks);
  }

  #endOfChunks(chunks: BdatLines): void {
    if (!chunks.isLast || chunks.remaining > 0) return;
    this.#endMail();
    this.#state = "command";
  }

  #beginMail(state: "data" | "chunks"): MimeEntity {
    this.#state = state;
    if (this.#mail !== null) {
      this.#out.weird("smtp_nested_mail_transaction");
      this.#mail.end();
    }
    this.#mail = new MimeEntity(this.#session);
    return this.#mail;
  }

  #endMail(): void {
    if (this.#chunks !== null) {
      if (this.#chunks.remaining > 0) this.#out.weird("smtp_bdat_remaining_at_end_data");
      this.#chunks.end();
      this.#chunks = null;
    }
    if (this.#mail === null) this.#out.weird("smtp_unmatched_end_of_data");
    this.#mail?.end();
    this.#mail = null;
  }

  #wait(name: SmtpVerb): void {
    if (this.#waiting.length > MAX_WAITING) {
      this.#out.weird("smtp_excessive_pending_cmds");
      this.#waiting.length = 1;
    }
    this.#waiting.push(name);
  }
}

function isTlsRequest(name: SmtpVerb | null): boolean {
  return name === "STARTTLS" || name === "X-ANONYMOUSTLS";
}
