import { Charge, textWeight } from "../../bytes/held-budget.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import { fileNameOf } from "../http/filename.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import { headerAddresses, hostAddresses, mailAddresses, receivedFrom } from "./addresses.ts";
import type { SmtpVerb } from "./commands.ts";
import { END_OF_DATA } from "./commands.ts";
import type { MailHandler } from "./mime-entity.ts";
import { SMTP_RECORD } from "./records.ts";
import type { SmtpWeird } from "./weirds.ts";

type Row = { -readonly [K in keyof RowOf<typeof SMTP_RECORD>]: RowOf<typeof SMTP_RECORD>[K] };

/** Mails out of order after which a session is given up (Zeek's SMTP::max_invalid_mail_transactions). */
const MAX_INVALID = 25;
/** Most recipients, addresses of a header, hosts of a path (Zeek's limits). */
const MAX_LISTED = 1000;
/** Octets of memory of one beside its text. */
const LISTED = 64;
/** Longest text that is kept of a header or a reply. */
const MAX_TEXT = 16_384;
/** Most names of attachments, and files, that one mail lists. */
const MAX_FILES = 200;

/** What is known of the mail at hand. */
interface Mail {
  readonly row: Row;
  readonly from: Moment;
  readonly rcptto: Set<string>;
  readonly to: Set<string>;
  readonly cc: Set<string>;
  readonly path: string[];
  readonly filenames: string[];
  readonly fuids: string[];
  until: Moment;
  hasActivity: boolean;
  /** Entities begun: headers of parts say nothing of the mail. */
  entities: number;
}

/** The mails of one session, joined as Zeek's base/protocols/smtp/main.zeek does. */
export class SmtpSession implements MailHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #mail: Mail;
  /** What the lists of the mail at hand take. */
  readonly #charge = new Charge();
  #helo: string | null = null;
  #greeting: string | null = null;
  #transferred = 0;
  #hasSender = false;
  #hasRecipient = false;
  #isLastChunk = false;
  #invalid = 0;
  /** Entities of the whole session: how deep a file lies, as Zeek counts. */
  #depth = 0;
  #filename: string | null = null;
  /** What the entity at hand carries, once it has an octet. */
  #file: CarriedFile | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#mail = this.#begin();
  }

  /** Too many mails came out of order to go on. */
  get isHopeless(): boolean {
    return this.#invalid > MAX_INVALID;
  }

  request(name: SmtpVerb, argument: string): void {
    const mail = this.#touch();
    if (name === "HELO" || name === "EHLO") {
      this.#helo = mail.row.helo = textOf(argument);
    } else if (name === "RCPT" && /^to:/i.test(argument)) {
      const found = mailAddresses(argument).map((address) => textOf(address.replaceAll(/ORCPT=rfc822;?/g, "")));
      this.#list(mail.rcptto, found, "smtp_too_many_rcptto_addresses");
      mail.row.rcptto ??= [];
      mail.hasActivity = true;
      this.#hasRecipient = true;
      if (!this.#hasSender) this.#outOfOrder("rcpt to missing mail from");
    } else if (name === "MAIL" && /^from:/i.test(argument)) {
      // The answer to the mail before may not have been seen.
      this.#write();
      const [sender] = mailAddresses(argument);
      if (sender !== undefined) this.#mail.row.mailfrom = textOf(sender);
      this.#mail.hasActivity = true;
      this.#hasSender = true;
      this.#hasRecipient = false;
    } else if (name === "DATA" || name === "BDAT") {
      if (!this.#hasRecipient) this.#outOfOrder("data missing rcpt to");
      if (name === "BDAT" && argument.endsWith(" LAST")) {
        this.#hasSender = this.#hasRecipient = false;
        this.#isLastChunk = true;
      }
    } else if (name === END_OF_DATA) {
      this.#hasSender = this.#hasRecipient = false;
    }
  }

  /** @param name Command that the server answers, null if none is known. */
  reply(name: SmtpVerb | null, code: number, text: string, isLast: boolean): void {
    const mail = this.#touch();
    mail.row.last_reply = `${code} ${textOf(text)}`;
    const ends = name === END_OF_DATA || (isLast && name === "BDAT" && this.#isLastChunk);
    if (!ends) return;
    this.#transferred++;
    this.#isLastChunk = false;
    this.#write();
    this.#mail = this.#begin();
  }

  greeted(text: string): void {
    this.#greeting = this.#mail.row.server = textOf(text);
  }

  startedTls(): void {
    const mail = this.#touch();
    mail.row.tls = true;
    mail.hasActivity = true;
  }

  /** A log-on: `isAccepted` null while the server has not answered. */
  authenticating(mechanism: string, user: string | null, isAccepted: boolean | null): void {
    const { row } = this.#mail;
    row.auth_mechanism = textOf(mechanism.slice(0, 40));
    row.auth_user = user === null ? null : textOf(user);
    row.auth_success = isAccepted;
    if (isAccepted !== true || user === null) return;
    this.#conn.identity = { user: textOf(user), domain: null, workstation: null, mechanism: "plain" };
  }

  close(): void {
    this.#write();
  }

  beginEntity(): void {
    this.#mail.entities++;
    this.#depth++;
    this.endEntity();
  }

  header(name: string, value: string): void {
    const mail = this.#mail;
    const filename = fileNameOf(name.toLowerCase(), value);
    if (filename !== null && filename !== this.#filename) {
      this.#filename = filename.slice(0, MAX_TEXT);
      if (mail.filenames.length < MAX_FILES && !mail.filenames.includes(this.#filename)) {
        mail.filenames.push(this.#filename);
      }
    }
    if (mail.entities > 1) return;
    const text = textOf(value);
    const { row } = mail;
    switch (name) {
      case "MESSAGE-ID":
        row.msg_id = text;
        return;
      case "RECEIVED":
        if (row.first_received !== null) row.second_received = row.first_received;
        row.first_received = text;
        this.#hop(receivedFrom(value));
        return;
      case "IN-REPLY-TO":
        row.in_reply_to = text;
        return;
      case "SUBJECT":
        row.subject = text;
        return;
      case "FROM":
        row.from = text;
        return;
      case "REPLY-TO":
        row.reply_to = text;
        return;
      case "DATE":
        row.date = text;
        return;
      case "TO":
        row.to ??= [];
        this.#list(mail.to, headerAddresses(text), "smtp_too_many_to_addresses");
        return;
      case "CC":
        row.cc ??= [];
        this.#list(mail.cc, headerAddresses(text), "smtp_too_many_cc_addresses");
        return;
      case "X-ORIGINATING-IP":
        row.x_originating_ip = hostAddresses(value, false)[0] ?? row.x_originating_ip;
        return;
      case "X-MAILER":
      case "USER-AGENT":
      case "X-USER-AGENT":
        row.user_agent = text;
        return;
    }
  }

  /** Octets of the mail were never captured. */
  missed(octets: number): void {
    this.#touch();
    this.#entityFile().gap(octets);
  }

  content(bytes: Uint8Array): void {
    this.#touch();
    this.#entityFile().data(bytes, 0, bytes.length);
  }

  endEntity(): void {
    this.#file?.close();
    this.#file = null;
    this.#filename = null;
  }

  oddity(name: "exceeded_mime_max_header_bytes" | "exceeded_mime_max_depth", addl: string): void {
    this.#out.weird(name, addl);
  }

  #entityFile(): CarriedFile {
    if (this.#file === null) {
      this.#file = this.#conn.file({ source: "SMTP", isOrig: true, filename: this.#filename, depth: this.#depth });
      if (this.#mail.fuids.length < MAX_FILES) this.#mail.fuids.push(this.#file.fuid);
    }
    return this.#file;
  }

  #hop(address: string | null): void {
    const { path } = this.#mail;
    if (address === null || path.at(-1) === address) return;
    if (path.length >= MAX_LISTED) this.#out.weird("smtp_max_path_length_exceeded", undefined, null);
    else path.push(address);
  }

  #list(into: Set<string>, found: readonly string[], excess: SmtpWeird): void {
    for (const address of found) {
      if (into.size >= MAX_LISTED) {
        this.#out.weird(excess, undefined, null);
        return;
      }
      into.add(address);
      this.#charge.add(LISTED + textWeight(address));
    }
  }

  #outOfOrder(what: string): void {
    this.#weird("smtp_mail_transaction_invalid", what);
    this.#invalid++;
    if (this.isHopeless) this.#weird("smtp_excessive_invalid_mail_transactions", `${this.#invalid} > ${MAX_INVALID}`);
  }

  #touch(): Mail {
    this.#mail.until = this.#conn.now;
    return this.#mail;
  }

  /** Writes the mail at hand if the client did anything, and begins the next. */
  #write(): void {
    const mail = this.#mail;
    if (!mail.hasActivity) return;
    const { row } = mail;
    if (row.rcptto !== null) row.rcptto = [...mail.rcptto];
    if (row.to !== null) row.to = [...mail.to];
    if (row.cc !== null) row.cc = [...mail.cc];
    row.path = mail.path;
    row.fuids = mail.fuids;
    if (mail.filenames.length > 0) row.filenames = mail.filenames;
    this.#out.emit(SMTP_RECORD, row, mail.from, mail.until);
    this.#charge.set(0);
    this.#mail = this.#begin();
  }

  #begin(): Mail {
    const { now, origH, respH } = this.#conn;
    return {
      row: emptyRow(this.#transferred + 1, this.#helo, this.#greeting),
      from: now,
      until: now,
      rcptto: new Set(),
      to: new Set(),
      cc: new Set(),
      path: [respH, origH],
      filenames: [],
      fuids: [],
      hasActivity: false,
      entities: 0,
    };
  }

  #weird(name: SmtpWeird, addl?: string): void {
    this.#out.weird(name, addl);
  }
}

function textOf(text: string): string {
  return utf8OfLatin1(text.slice(0, MAX_TEXT));
}

function emptyRow(depth: number, helo: string | null, server: string | null): Row {
  return {
    trans_depth: depth,
    helo,
    mailfrom: null,
    rcptto: null,
    date: null,
    from: null,
    to: null,
    cc: null,
    reply_to: null,
    msg_id: null,
    in_reply_to: null,
    subject: null,
    x_originating_ip: null,
    first_received: null,
    second_received: null,
    last_reply: null,
    path: null,
    user_agent: null,
    tls: false,
    fuids: [],
    auth_mechanism: null,
    auth_user: null,
    auth_success: null,
    filenames: null,
    server,
  };
}
