import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { DataAddress } from "./data-address.ts";
import { parseExtended, parseExtendedPassive, parsePassive, parsePort } from "./data-address.ts";
import type { FtpCommand, FtpReply } from "./lines.ts";
import { joinPath, pathIn } from "./path.ts";
import type { ListedText } from "./listed-text.ts";
import { LISTING_COMMANDS } from "./listed-text.ts";
import type { SentCommand } from "./pending.ts";
import { PendingCommands } from "./pending.ts";
import { FTP_COMMAND_RECORD, FTP_RECORD } from "./records.ts";
import { StoredFiles } from "./stored-files.ts";
import type { FTP_WEIRDS } from "./weirds.ts";

type Row = { -readonly [K in keyof RowOf<typeof FTP_RECORD>]: RowOf<typeof FTP_RECORD>[K] };

/** Zeek's defaults: scripts/base/protocols/ftp/main.zeek */
const LOGGED = new Set("APPE DELE RETR STOR STOU ACCT PORT PASV EPRT EPSV".split(" "));
/** Further commands that tell what a user did; they have a table of their own. */
const TOLD = new Set("PASS RNTO MKD RMD SITE LIST NLST MLSD".split(" "));
const GUESTS = new Set(["anonymous", "ftp", "ftpuser", "guest"]);
const MAX_PENDING = 20;
const MAX_USER = 128;
const MAX_PASSWORD = 128;
const MAX_ARGUMENT = 4096;
const MAX_REPLY = 4096;

/** Commands whose argument is a file or directory. */
const FILE_COMMANDS = new Set("APPE CWD DELE MKD RETR RMD RNFR RNTO STOR STOU REST SIZE MDTM".split(" "));

const HIDDEN = "<hidden>";

/** What a data connection tells the session that announced it. */
export interface DataChannel {
  /** A data connection begins; the record gets the identifier of the file in it. @returns Who reads it, if it is a listing. */
  began(uid: string, file: CarriedFile): ListedText | null;
  typed(mimeType: string): void;
  /** The data connection is over. */
  over(file: CarriedFile): void;
}

/** Name of the value by which two connections of the same hosts find each other. */
export function dataChannelKey(host: string, port: number): string {
  return `ftp-data ${host} ${port}`;
}

/** One FTP session: joins commands and replies as Zeek's base/protocols/ftp/main.zeek does. */
export class FtpSession implements DataChannel {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #pending = new PendingCommands();
  readonly #row: Row = emptyRow();
  /** Password of an anonymous user; of any other user only that there was one. */
  #guestPassword: string | null = null;
  #command: SentCommand | null = null;
  #repliedAt: Moment | null = null;
  #hasWritten = false;
  /** Argument of the RNFR before. */
  #renamed: string | null = null;
  #renamedPath: string | null = null;
  readonly #files: StoredFiles;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#files = new StoredFiles(out);
    // What the server says first answers no command.
    this.#pending.add("<init>", "", conn.now);
  }

  request({ name, argument }: FtpCommand): void {
    if (this.#command !== null && this.#row.reply_code !== null && this.#pending.remove(this.#command)) {
      this.#write(this.#command);
    }
    if (this.#pending.size < MAX_PENDING) this.#pending.add(name, argument, this.#conn.now);
    else this.#weird("FTP_too_many_pending_commands", String(this.#pending.size));
    if (name === "USER") {
      if (argument.length > MAX_USER) this.#weird("FTP_user_too_long", String(argument.length));
      this.#row.user = utf8OfLatin1(argument.slice(0, MAX_USER));
    } else if (name === "PASS") {
      if (argument.length > MAX_PASSWORD) this.#weird("FTP_password_too_long", String(argument.length));
      this.#row.password = HIDDEN;
      this.#guestPassword = this.#isGuest ? utf8OfLatin1(argument.slice(0, MAX_PASSWORD)) : null;
    } else if (name === "PORT") {
      this.#expect(false, parsePort(argument));
    } else if (name === "EPRT") {
      this.#expect(false, parseExtended(argument));
    }
  }

  reply({ code, text, isLast }: FtpReply): void {
    // Lines between the first and the last one say nothing, unless the server forgot to end the reply.
    if (code === 0 && this.#row.reply_code !== null && !/^[1-9]\d\d [\x20-\x7e]{10}/.test(text)) return;
    const command = this.#pending.answeredBy(code, text);
    this.#command = command;
    this.#row.reply_code = code;
    this.#row.reply_msg = text;
    this.#repliedAt = this.#conn.now;
    if (!isLast) return;
    const name = command?.name ?? "<unknown>";
    if ((code === 150 && name === "RETR") || (code === 213 && name === "SIZE")) {
      this.#row.file_size = lastNumber(text);
    } else if ((code === 227 || code === 229) && (name === "PASV" || name === "EPSV")) {
      this.#expect(true, code === 227 ? parsePassive(text) : parseExtendedPassive(text));
    }
    if (command !== null && !command.hasMoved) command.hasMoved = this.#move(command, code, text);
    if (command === null || this.#pending.size <= 1) return;
    this.#pending.remove(command);
    this.#write(command);
  }

  began(uid: string, file: CarriedFile): ListedText | null {
    this.#row.fuid = file.fuid;
    const command = this.#pending.newest();
    if (command === null) return null;
    command.dataUid = uid;
    return this.#files.began(command, file);
  }

  over(file: CarriedFile): void {
    this.#files.over(file);
  }

  typed(mimeType: string): void {
    this.#row.mime_type = mimeType;
  }

  /** Writes what is pending. Zeek logs nothing of a session without a command of its list; here its last command is told. */
  close(): void {
    let last = this.#command;
    for (const command of this.#pending.all()) {
      this.#write(command);
      last = command;
    }
    if (!this.#hasWritten && last !== null) this.#tell(last, this.#argument(last));
    this.#files.close();
  }

  get #isGuest(): boolean {
    return GUESTS.has(this.#row.user?.toLowerCase() ?? "");
  }

  #expect(isPassive: boolean, address: DataAddress | null): void {
    if (address === null) return;
    const conn = this.#conn;
    const host = address.host ?? (isPassive ? conn.respH : conn.origH);
    this.#row["data_channel.passive"] = isPassive;
    this.#row["data_channel.orig_h"] = isPassive ? conn.origH : conn.respH;
    this.#row["data_channel.resp_h"] = host;
    this.#row["data_channel.resp_p"] = address.port;
    conn.pair.set(dataChannelKey(host, address.port), this);
    conn.expect(host, address.port, "ftp-data");
  }

  /** True if the reply tells the current directory. */
  #move({ name, argument }: SentCommand, code: number, text: string): boolean {
    const cwd = this.#row.cwd!;
    if (name === "CWD" && code === 250) this.#row.cwd = joinPath(cwd, argument).slice(0, MAX_ARGUMENT);
    else if (name === "CDUP" && (code === 200 || code === 250)) this.#row.cwd = joinPath(cwd, "/..");
    else if ((name === "PWD" || name === "XPWD") && code === 257) this.#row.cwd = pathIn(text);
    else return false;
    return true;
  }

  /** A command is done with: it is written if it is one of those that are. */
  #write(command: SentCommand): void {
    const row = this.#row;
    row.command = command.name;
    row.data_uid = command.dataUid;
    row.arg = this.#argument(command);
    if (row.reply_msg !== null && row.reply_msg.length > MAX_REPLY) {
      this.#weird("FTP_reply_msg_too_long", String(row.reply_msg.length));
      row.reply_msg = row.reply_msg.slice(0, MAX_REPLY);
    }
    if (row.password !== null) row.password = this.#isGuest ? (this.#guestPassword ?? HIDDEN) : HIDDEN;
    if (LOGGED.has(command.name)) this.#emit(command);
    else if (TOLD.has(command.name)) this.#tell(command, row.arg);
    this.#files.ended({
      command,
      path: joinPath(
        row.cwd!,
        LISTING_COMMANDS.has(command.name) ? withoutOptions(command.argument) : command.argument,
      ),
      before: command.name === "RNTO" ? this.#renamedPath : null,
      user: row.user,
      code: row.reply_code,
      text: row.reply_msg,
      size: row.file_size,
      to: this.#end(command),
    });
    this.#renamed = command.name === "RNFR" ? row.arg : null;
    this.#renamedPath = command.name === "RNFR" ? joinPath(row.cwd!, command.argument) : null;
    row.mime_type = null;
    row.file_size = null;
    row.fuid = null;
    row["data_channel.passive"] = null;
    row["data_channel.orig_h"] = null;
    row["data_channel.resp_h"] = null;
    row["data_channel.resp_p"] = null;
  }

  #argument({ name, argument }: SentCommand): string | null {
    if (name === "PASS" && !this.#isGuest) return HIDDEN;
    let text = argument;
    if (FILE_COMMANDS.has(name)) {
      const path = joinPath(this.#row.cwd!, argument);
      const host = this.#conn.respH.includes(":") ? `[${this.#conn.respH}]` : this.#conn.respH;
      text = `ftp://${host}${path.startsWith("/") ? "" : "/"}${path}`;
    }
    if (text.length > MAX_ARGUMENT) {
      this.#weird("FTP_arg_too_long", String(text.length));
      text = text.slice(0, MAX_ARGUMENT);
    }
    return text === "" ? null : utf8OfLatin1(text);
  }

  #emit(command: SentCommand): void {
    this.#hasWritten = true;
    const { cwd, reply_msg: text } = this.#row;
    const row = { ...this.#row, cwd: utf8OfLatin1(cwd!), reply_msg: text === null ? null : utf8OfLatin1(text) };
    this.#out.emit(FTP_RECORD, row, command.at, this.#end(command));
  }

  #tell(command: SentCommand, arg: string | null): void {
    this.#hasWritten = true;
    const { user, reply_code: code, reply_msg: text } = this.#row;
    const isDecided = code !== null && code >= 200 && (code < 300 || code >= 400);
    const row = {
      user,
      command: command.name,
      arg,
      renamed_from: command.name === "RNTO" ? this.#renamed : null,
      reply_code: code,
      reply_msg: text === null ? null : utf8OfLatin1(text),
      success: isDecided ? code < 300 : null,
      data_uid: command.dataUid,
    };
    this.#out.emit(FTP_COMMAND_RECORD, row, command.at, this.#end(command));
  }

  /** Frame of the last reply, if that came after the command. */
  #end(command: SentCommand): Moment {
    const replied = this.#repliedAt;
    return replied !== null && replied.ts >= command.at.ts ? replied : command.at;
  }

  #weird(name: (typeof FTP_WEIRDS)[number], addl: string): void {
    this.#out.weird(name, addl);
  }
}

/** What LIST is asked for, without the options of ls that clients put before it. */
function withoutOptions(argument: string): string {
  return argument.replace(/^(?:-\S+\s*)+/, "");
}

/** The last number in a text, 0 if it has none. */
function lastNumber(text: string): number {
  const number = Number(/(?<!\d)(\d+)\D*$/.exec(text)?.[1] ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

function emptyRow(): Row {
  return {
    user: "<unknown>",
    password: null,
    command: null,
    arg: null,
    mime_type: null,
    file_size: null,
    reply_code: null,
    reply_msg: null,
    "data_channel.passive": null,
    "data_channel.orig_h": null,
    "data_channel.resp_h": null,
    "data_channel.resp_p": null,
    fuid: null,
    cwd: ".",
    data_uid: null,
  };
}
