import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { SecurityTokens } from "./security-tokens.ts";
import { ReplyReader, parseCommand, withoutTelnet } from "./lines.ts";
import { FtpSession } from "./session.ts";

/** Longest line; a longer one is read in parts. */
const MAX_LINE = 16_384;
/** Longest name of a command (Zeek's FTP::max_command_length). */
const MAX_COMMAND = 100;

/** The control connection of FTP. */
export class FtpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #commands = new LineCutter(MAX_LINE);
  readonly #replies = new LineCutter(MAX_LINE);
  readonly #reader = new ReplyReader();
  #session: FtpSession | null = null;
  #isConfirmed = false;
  #isOver = false;
  /** Mechanism that AUTH asked for. RFC 2228 3, RFC 4217 4 */
  #mechanism = "";
  #tokens: SecurityTokens | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    if (fromOriginator) this.#commands.feed(r, (line) => this.#command(withoutTelnet(line)));
    else this.#replies.feed(r, (line) => this.#reply(withoutTelnet(line)));
  }

  gap(_octets: number, fromOriginator: boolean): void {
    // The next line end is found again; a reply of several lines may have ended in what is missing.
    (fromOriginator ? this.#commands : this.#replies).clear();
    if (!fromOriginator) this.#reader.clear();
  }

  close(): void {
    this.#session?.close();
    this.#tokens?.close();
  }

  #command(line: string): boolean {
    if (line === "") return true;
    const command = parseCommand(line);
    if (command === null) {
      if (this.#isConfirmed) this.#out.weird("FTP_invalid_command");
      return true;
    }
    if (command.name.length > MAX_COMMAND) {
      if (this.#isConfirmed) this.#out.limit("FTP_max_command_length_exceeded", command.name.length, MAX_COMMAND);
      return true;
    }
    this.#isConfirmed = true;
    this.#conn.confirm();
    if (command.name === "AUTH") this.#mechanism = command.argument.toUpperCase();
    if (command.name === "ADAT") this.#tokens?.fromClient(command.argument);
    this.#begun().request(command);
    return true;
  }

  #reply(line: string): boolean {
    if (line === "") return true;
    const reply = this.#reader.read(line);
    if (typeof reply === "string") {
      if (this.#conn.isSettled) return true;
      this.#isOver = true;
      this.#session?.close();
      this.#session = null;
      this.#conn.violate(reply, line);
      return false;
    }
    this.#begun().reply(reply);
    if (reply.code === 234 && /^(?:TLS|SSL)(?:-[CP])?$/.test(this.#mechanism)) {
      this.#isOver = true;
      this.#conn.handOver();
      return false;
    }
    if (reply.code === 334 && this.#mechanism === "GSSAPI") {
      this.#tokens ??= new SecurityTokens(this.#conn, () => this.#out.weird("ftp_adat_bad_first_token_encoding"));
    }
    this.#tokens?.fromServer(reply);
    return true;
  }

  #begun(): FtpSession {
    this.#session ??= new FtpSession(this.#conn, this.#out);
    return this.#session;
  }
}
