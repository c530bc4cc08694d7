import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { boundedText } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import type { Expected } from "./commands.ts";
import { answerTo, COMMAND, commandName } from "./commands.ts";
import type { Greeting } from "./packets.ts";
import {
  CAPABILITY,
  HEADER_OCTETS,
  lengthEncoded,
  MAX_PAYLOAD,
  nulText,
  readChangeUser,
  readError,
  readGreeting,
  readLogin,
  skipQueryAttributes,
} from "./packets.ts";
import { ARGUMENT_OCTETS, mysqlRecord } from "./records.ts";

type Row = { -readonly [K in keyof RowOf<typeof mysqlRecord>]: RowOf<typeof mysqlRecord>[K] };

/** Octets of a client's packet that are looked at: an argument and the attributes before it. */
const CLIENT_HEAD = ARGUMENT_OCTETS + 2048;
/** Octets of a server's packet that are looked at: a greeting or an error. */
const SERVER_HEAD = 1024;
/** Prepared statements that one connection may hold at one time; the oldest is forgotten first. */
const MAX_STATEMENTS = 256;
const REST = 2 ** 40;

const OK = 0x00;
const MORE_DATA = 0x01;
const LOCAL_INFILE = 0xfb;
const END = 0xfe;
const ERROR = 0xff;
/** "Error" by which MariaDB tells how far a long command has got. */
const PROGRESS = 0xffff;

/** One connection to a MySQL or MariaDB server. A command's record is written with its answer. */
export class MysqlAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #client: MessageHeads;
  readonly #server: MessageHeads;
  #greeting: Greeting | null = null;
  #capabilities = 0;
  /** What comes from the client while it is not in the command phase. */
  #phase: "greeting" | "login" | "authentication" | "commands" = "greeting";
  #expected: Expected = "nothing";
  #columnsLeft = 0;
  /** True while the client sends the file that the server asked for. */
  #sendsFile = false;
  /** True if the client's last packet goes on in the next one. */
  #isContinued = false;
  #row: Row | null = null;
  #from: Moment | null = null;
  #user: string | null = null;
  #database: string | null = null;
  #authPlugin: string | null = null;
  readonly #statements = new HeldMap<number, string>((text) => ENTRY / 2 + textWeight(text));
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const framing = (read: (r: ByteReader, total: number) => boolean, resumes: (r: ByteReader) => boolean) => ({
      length: (r: ByteReader) => (r.left < HEADER_OCTETS ? 0 : HEADER_OCTETS + (r.peekU32le() & MAX_PAYLOAD)),
      message: read,
      broken: () => this.#stop(),
      resumes,
    });
    this.#client = new MessageHeads(
      conn,
      true,
      CLIENT_HEAD,
      framing((r, total) => this.#fromClient(r, total), beginsCommand),
    );
    this.#server = new MessageHeads(
      conn,
      false,
      SERVER_HEAD,
      framing((r, total) => this.#fromServer(r, total), beginsAnswer),
    );
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    (fromOriginator ? this.#client : this.#server).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#isOver) return;
    // Nothing is known of the answers that were lost, up to the next command.
    if (!fromOriginator && this.#phase === "commands") this.#expected = "nothing";
    (fromOriginator ? this.#client : this.#server).gap(octets);
  }

  close(): void {
    this.#write();
  }

  #fromClient(r: ByteReader, total: number): boolean {
    const sequence = r.peekU8(3);
    r.skip(HEADER_OCTETS);
    if (this.#phase === "commands") {
      const isContinuation = this.#isContinued && sequence !== 0;
      this.#isContinued = total - HEADER_OCTETS === MAX_PAYLOAD;
      if (isContinuation) this.#continued(total - HEADER_OCTETS);
      else if (this.#sendsFile) this.#sendsFile = total > HEADER_OCTETS;
      else this.#command(r, total - HEADER_OCTETS);
      return !this.#isOver;
    }
    if (this.#phase === "login") return this.#login(r);
    // Answers to a challenge, and what comes before the greeting was seen.
    return true;
  }

  #login(r: ByteReader): boolean {
    const greeting = this.#greeting!;
    const login = readLogin(r, greeting.protocol);
    if (login === null) return this.#violate("malformed handshake response");
    this.#conn.confirm();
    this.#capabilities = login.capabilities;
    if (login.asksForTls) {
      this.#isOver = true;
      this.#conn.handOver();
      return false;
    }
    this.#phase = "authentication";
    this.#user = login.user;
    this.#database = login.database;
    this.#authPlugin = login.authPlugin ?? greeting.authPlugin;
    this.#begin("login", login.user, 0);
    return true;
  }

  #command(r: ByteReader, octets: number): void {
    this.#write();
    if (octets === 0) return;
    const command = r.u8();
    const before = r.left;
    if (command === COMMAND.query && this.#hasQueryAttributes && !skipQueryAttributes(r)) {
      this.#violate("malformed query attributes");
      return;
    }
    if (command === COMMAND.changeUser) {
      this.#changeUser(r);
      return;
    }
    const length = octets - 1 - (before - r.left);
    const body = r.pos;
    const { text, cut } = boundedText(r, length, ARGUMENT_OCTETS);
    // Zeek takes one NUL off the end.
    this.#begin(commandName(command), text.endsWith("\0") ? text.slice(0, -1) : text, cut);
    this.#expected = answerTo(command);
    r.seek(body);
    switch (command) {
      case COMMAND.quit:
        this.#write();
        break;
      case COMMAND.stmtExecute:
        this.#row!.statement = this.#statements.get(r.u32le()) ?? null;
        break;
      case COMMAND.stmtClose:
        this.#statements.delete(r.u32le());
        break;
    }
  }

  #changeUser(r: ByteReader): void {
    const change = readChangeUser(r, this.#capabilities);
    if (change === null) {
      this.#violate("malformed change of user");
      return;
    }
    this.#phase = "authentication";
    this.#user = change.user;
    this.#database = change.database === "" ? null : change.database;
    this.#authPlugin = change.authPlugin;
    this.#begin("change_user", change.user, 0);
  }

  #fromServer(r: ByteReader, total: number): boolean {
    const sequence = r.peekU8(3);
    r.skip(HEADER_OCTETS);
    if (this.#phase === "commands") this.#answer(r, total);
    else if (this.#phase === "greeting" && sequence === 0) return this.#greet(r);
    else if (this.#phase === "authentication") return this.#authenticated(r);
    return !this.#isOver;
  }

  #greet(r: ByteReader): boolean {
    // A server that does not take the client says so instead.
    if (r.peekU8() === ERROR) {
      this.#stop();
      return false;
    }
    this.#greeting = readGreeting(r);
    if (this.#greeting === null) return this.#violate("no greeting");
    this.#phase = "login";
    return true;
  }

  #authenticated(r: ByteReader): boolean {
    switch (r.u8()) {
      case OK:
        this.#phase = "commands";
        this.#conn.identity = { user: this.#user, domain: null, workstation: null, mechanism: "plain" };
        this.#ok(r);
        return this.#compresses();
      case MORE_DATA:
        return true;
      case END:
        this.#authPlugin = nulText(r) ?? this.#authPlugin;
        if (this.#row !== null) this.#row.auth_plugin = this.#authPlugin;
        return true;
      case ERROR:
        this.#phase = "commands";
        this.#failed(r);
        return true;
      default:
        return this.#violate("unknown packet while authenticating");
    }
  }

  /** After the login everything is in compressed packets if both sides can; they are not read. */
  #compresses(): boolean {
    if ((this.#capabilities & this.#greeting!.capabilities & CAPABILITY.compress) === 0) return true;
    this.#out.weird("mysql_compressed_protocol");
    this.#stop();
    return false;
  }

  #answer(r: ByteReader, total: number): void {
    if (this.#expected === "nothing") return;
    const first = r.u8();
    switch (this.#expected) {
      case "status":
        if (first === OK) this.#ok(r);
        else if (first === END) this.#end();
        else if (first === ERROR) this.#failed(r);
        break;
      case "column-count":
        if (first === OK) this.#ok(r);
        else if (first === ERROR) this.#failed(r);
        else if (first === LOCAL_INFILE) {
          this.#sendsFile = true;
          this.#expected = "status";
        } else {
          this.#columnsLeft = lengthEncoded(r, first);
          this.#expected = "column";
        }
        break;
      case "column":
        if (first === ERROR) this.#failed(r);
        else if (--this.#columnsLeft <= 0) this.#expected = "end-or-rows";
        break;
      case "end-or-rows":
        this.#expected = "rows";
        // With the newer form of answers no packet stands between columns and rows.
        if (this.#hasNoEnds) this.#rowOrEnd(r, first, total);
        break;
      case "rows":
      case "column-or-end":
        this.#rowOrEnd(r, first, total);
        break;
      case "prepared":
        if (first === OK) this.#remember(r.u32le());
        this.#expected = "nothing";
        break;
    }
  }

  #rowOrEnd(r: ByteReader, first: number, total: number): void {
    if (first === ERROR) this.#failed(r);
    if (first !== END) return;
    this.#expected = "nothing";
    // An end is 5 octets long (2.1 only 1); what is longer is an OK with its number of rows.
    if (this.#hasNoEnds || total > HEADER_OCTETS + 9) this.#ok(r);
    else this.#end();
  }

  #ok(r: ByteReader): void {
    if (this.#row !== null) {
      this.#row.success = true;
      this.#row.rows = lengthEncoded(r) % 2 ** 32;
      if (this.#row.cmd === "init_db") this.#row.database = this.#database = this.#row.arg;
    }
    this.#write();
  }

  #end(): void {
    if (this.#row !== null) {
      this.#row.success ??= true;
      this.#row.rows ??= 0;
    }
    this.#write();
  }

  #failed(r: ByteReader): void {
    const error = readError(r);
    if (error.code === PROGRESS) return;
    this.#expected = "nothing";
    if (this.#row !== null) {
      this.#row.success = false;
      this.#row.response = error.message;
      this.#row.error_code = error.code;
    }
    this.#write();
  }

  #remember(id: number): void {
    if (this.#row?.arg === null || this.#row === null) return;
    if (this.#statements.size >= MAX_STATEMENTS) {
      this.#statements.delete(this.#statements.keys().next().value!);
      this.#out.forgot("prepared MySQL statement");
    }
    this.#statements.set(id, this.#row.arg);
  }

  /** What goes on in further packets of a command is left out. */
  #continued(octets: number): void {
    if (this.#row !== null) this.#row.cut_octets = (this.#row.cut_octets ?? 0) + octets;
  }

  #begin(cmd: string, arg: string, cut: number): void {
    this.#write();
    const isLogin = cmd === "login" || cmd === "change_user";
    this.#from = this.#conn.now;
    this.#row = {
      cmd,
      arg,
      success: null,
      rows: null,
      response: null,
      error_code: null,
      user: this.#user,
      database: this.#database,
      statement: null,
      server_version: this.#greeting?.serverVersion ?? null,
      auth_plugin: isLogin ? this.#authPlugin : null,
      cut_octets: cut,
    };
  }

  #write(): void {
    const row = this.#row;
    if (row === null) return;
    this.#row = null;
    this.#out.emit(mysqlRecord, row, this.#from!, this.#conn.now);
  }

  get #hasNoEnds(): boolean {
    return (this.#capabilities & CAPABILITY.deprecateEof) !== 0;
  }

  get #hasQueryAttributes(): boolean {
    return (this.#capabilities & (this.#greeting?.capabilities ?? 0) & CAPABILITY.queryAttributes) !== 0;
  }

  #violate(reason: string): false {
    this.#isOver = true;
    this.#write();
    this.#conn.violate(reason);
    return false;
  }

  /** Nothing that can be read follows. */
  #stop(): void {
    this.#isOver = true;
    this.#write();
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
  }
}

/** A segment that is one command: sequence number 0, a known command, and its length. */
function beginsCommand(r: ByteReader): boolean {
  if (r.left < HEADER_OCTETS + 1 || r.peekU8(3) !== 0 || r.peekU8(4) > 0x1f) return false;
  return (r.peekU32le() & MAX_PAYLOAD) === r.left - HEADER_OCTETS;
}

/** A segment that is the first packet of an answer. */
function beginsAnswer(r: ByteReader): boolean {
  return r.left > HEADER_OCTETS && r.peekU8(3) === 1 && (r.peekU32le() & MAX_PAYLOAD) <= r.left - HEADER_OCTETS;
}
