import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import type { ArchiveOperation } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import { HEADER_OCTETS, messageLength } from "./message.ts";

/** Octets of a message that are looked at. */
const HEAD = 1024;

/** Actions that a client asks for, by the first word of its command. src/client/main.c */
const ACTIONS: readonly (readonly [command: RegExp, operation: ArchiveOperation, detail: string])[] = [
  [/^backupphase1\b/, "write", "backup"],
  [/^restore (\d*)/, "restore", "restored"],
  [/^verify (\d*)/, "read", "verified"],
  [/^[Dd]elete (\d*)/, "delete", "backup deleted"],
  [/^list(?:b)? ?(\d*)/, "list", "listed"],
];

interface Action {
  readonly operation: ArchiveOperation;
  readonly backup: string;
  readonly detail: string;
  readonly from: Moment;
}

/** One connection of a BURP client to its server, inside TLS that could be opened. */
export class BurpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #link: StorageLink;
  readonly #messages: MessagePair;
  /** What the client says next, as the server's last word asks for it. */
  #expects: "name" | "password" | "command" = "command";
  #action: Action | null = null;
  #isAnswered = false;
  #octetsRead = 0;
  #octetsWritten = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#link = new StorageLink(conn, out, "burp", "backup client", "backup server");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: messageLength,
      message: (r, total) => this.#message(r, total, fromOriginator),
      resumes: (r) => r.left >= HEADER_OCTETS && messageLength(r) > 0,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#messages.gap(octets, fromOriginator);
  }

  close(): void {
    const { row } = this.#link;
    if (this.#action !== null) {
      const { operation, backup, detail, from } = this.#action;
      const outcome = row.outcome === "refused" ? "refused" : this.#isAnswered ? "granted" : "asked";
      const act = {
        operation,
        detail,
        outcome,
        status: row.status,
        share: row.orig_name,
        object: backup === "" ? null : `backup ${backup}`,
        product: "BURP",
        octetsRead: this.#octetsRead,
        octetsWritten: this.#octetsWritten,
        actor: row.orig_name,
      } as const;
      reportArchiveOp(this.#out, "burp", act, from, this.#conn.now);
    }
    this.#link.close();
  }

  #message(r: ByteReader, total: number, fromOriginator: boolean): boolean {
    const kind = r.u8();
    const now = this.#link.saw();
    if (kind === APPEND) {
      const octets = total - HEADER_OCTETS;
      if (fromOriginator) this.#octetsWritten += octets;
      else this.#octetsRead += octets;
    }
    if (kind !== COMMAND && kind !== ERROR) return true;
    r.skip(HEADER_OCTETS - 1);
    const text = wireText(r, r.left).replaceAll("\0", "");
    if (!fromOriginator) this.#fromServer(text, kind === ERROR);
    else if (kind === COMMAND) this.#fromClient(text, now);
    return true;
  }

  #fromServer(text: string, isError: boolean): void {
    const { row } = this.#link;
    if (isError) {
      row.outcome = "refused";
      row.status = text;
      return;
    }
    const greeting = /^whoareyou(?::([\w.]{1,32}))?$/.exec(text);
    if (greeting !== null) {
      row.version = greeting[1] ?? null;
      this.#expects = "name";
    } else if (text === "okpassword") {
      this.#expects = "password";
    } else if (row.user !== null && row.outcome === "asked") {
      row.outcome = "granted";
    }
    if (this.#action !== null) this.#isAnswered = true;
  }

  #fromClient(text: string, from: Moment): void {
    const { row } = this.#link;
    const expects = this.#expects;
    this.#expects = "command";
    if (expects === "name") {
      row.orig_name = text;
      return;
    }
    if (expects === "password") {
      row.user = row.orig_name;
      return;
    }
    if (this.#action !== null) return;
    for (const [command, operation, detail] of ACTIONS) {
      const found = command.exec(text);
      if (found === null) continue;
      row.service = text.slice(0, 80);
      this.#action = { operation, detail, backup: found[1] ?? "", from };
      return;
    }
  }
}

/** Kinds of messages: "a" is data, "c" is said, "e" is an error. src/cmd.h */
const APPEND = 0x61;
const COMMAND = 0x63;
const ERROR = 0x65;
