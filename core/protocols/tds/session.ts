import { rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { ByteReader as Reader } from "../../bytes/reader.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import type { Login7 } from "./login.ts";
import { VERSION_72, versionText } from "./login.ts";
import { PACKET } from "./packet.ts";
import type { LoginRow, RequestRow } from "./records.ts";
import { tdsLoginRecord, tdsRecord } from "./records.ts";
import type { Statement } from "./requests.ts";
import { readBatch, readCall } from "./requests.ts";
import type { Answer } from "./tokens.ts";
import { readAnswer, readEnding } from "./tokens.ts";

const KINDS: Readonly<Record<number, string>> = {
  [PACKET.batch]: "sql_batch",
  [PACKET.rpc]: "rpc",
  [PACKET.attention]: "attention",
  [PACKET.bulk]: "bulk_load",
  [PACKET.transaction]: "transaction",
};
/** Requests that wait for an answer at one time, one for each MARS session. */
const MAX_PENDING = 64;
/** Messages of the server in one row. */
const MAX_MESSAGES = 8;

interface Pending {
  readonly row: RequestRow;
  readonly from: Moment;
}

/** The login, the requests and their answers of one connection. */
export class TdsSession {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #pending = new HeldMap<number, Pending>(({ row }) => rowWeight(row));
  #login: LoginRow | null = null;
  #loginFrom: Moment | null = null;
  /** The login is being answered. */
  #isLoggingIn = false;
  #gss: InnerStream | null = null;
  #hasLongCounts = true;
  #database: string | null = null;
  #user: string | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** The login's row, a new one if there is none. */
  get login(): LoginRow {
    if (this.#login !== null) return this.#login;
    this.#loginFrom = this.#conn.now;
    this.#login = {
      tds_version: null,
      hostname: null,
      username: null,
      password_sent: null,
      appname: null,
      servername: null,
      libraryname: null,
      locale: null,
      database: null,
      attach_file: null,
      changes_password: null,
      uses_sspi: null,
      client_encryption: null,
      server_encryption: null,
      client_version: null,
      server_version: null,
      instance: null,
      mars: null,
      success: null,
      program: null,
      error_number: null,
      error_message: null,
      routed_to: null,
    };
    return this.#login;
  }

  usesMars(): void {
    if (this.#login !== null) this.#login.mars = true;
  }

  loggingIn(login: Login7): void {
    const row = this.login;
    this.#isLoggingIn = true;
    this.#hasLongCounts = login.version >= VERSION_72;
    row.tds_version = versionText(login.version);
    row.hostname = said(login.host);
    row.username = said(login.user);
    row.password_sent = login.hasPassword;
    row.appname = said(login.app);
    row.servername = said(login.server);
    row.libraryname = said(login.library);
    row.locale = said(login.language);
    row.database = said(login.database);
    row.attach_file = said(login.attachFile);
    row.changes_password = login.changesPassword;
    row.uses_sspi = login.usesSspi;
    this.#user = said(login.user);
    if (login.token.length > 0) this.token(login.token, true);
  }

  /** A token of the Windows authentication. */
  token(bytes: Uint8Array, fromOriginator: boolean): void {
    this.#gss ??= this.#conn.inner("gss", "tds");
    this.#gss.data(bytes, 0, bytes.length, fromOriginator);
  }

  request(r: ByteReader, type: number, total: number, marsSession: number): void {
    const request = KINDS[type];
    if (request === undefined) return;
    // A login that nobody saw (it was encrypted) is over now.
    this.#writeLogin();
    if (type !== PACKET.attention) this.#write(marsSession);
    if (this.#pending.size >= MAX_PENDING) {
      this.#write(this.#pending.keys().next().value!);
      this.#out.forgot("TDS request");
    }
    let said: Statement = { procedure: null, text: null, cut: 0 };
    if (type === PACKET.batch) said = readBatch(r, total);
    else if (type === PACKET.rpc) said = readCall(r);
    const row: RequestRow = {
      request,
      procedure: said.procedure,
      query: said.text,
      database: this.#database,
      username: this.#user ?? this.#conn.identity?.user ?? null,
      success: null,
      rows: null,
      return_status: null,
      error_number: null,
      error_class: null,
      error_message: null,
      messages: null,
      response_octets: null,
      mars_session: marsSession < 0 ? null : marsSession,
      cut_octets: said.cut,
    };
    if (type === PACKET.attention) this.#out.emit(tdsRecord, row, this.#conn.now);
    else this.#pending.set(marsSession, { row, from: this.#conn.now });
  }

  answer(r: ByteReader, total: number, tail: Uint8Array, marsSession: number): void {
    const answer = readAnswer(r, this.#hasLongCounts);
    if (answer.token !== null) this.token(answer.token, false);
    if (answer.version !== null) this.#hasLongCounts = answer.version >= VERSION_72;
    if (answer.database !== null) this.#database = answer.database;
    if (this.#isLoggingIn || answer.isAcknowledged) {
      this.#loginAnswered(answer);
      return;
    }
    const pending = this.#pending.get(marsSession);
    if (pending === undefined) return;
    const { row } = pending;
    const ending = answer.isWhole ? null : readEnding(new Reader(tail), this.#hasLongCounts);
    const error = answer.messages.find(({ isError }) => isError);
    row.success = !(answer.hasError || (ending?.hasError ?? false));
    row.rows = ending?.rows ?? answer.rows;
    row.return_status = ending?.returnStatus ?? answer.returnStatus;
    row.error_number = error?.number ?? null;
    row.error_class = error?.severity ?? null;
    row.error_message = error?.text ?? null;
    const others = answer.messages.filter((message) => message !== error).map(({ text }) => text);
    row.messages = others.length === 0 ? null : others.slice(0, MAX_MESSAGES);
    row.response_octets = total;
    this.#write(marsSession);
  }

  close(): void {
    this.#writeLogin();
    for (const session of [...this.#pending.keys()]) this.#write(session);
    this.#gss?.close();
  }

  #loginAnswered(answer: Answer): void {
    // The server's part of the Windows authentication comes before its last word.
    if (!answer.isAcknowledged && !answer.hasError) return;
    const row = this.login;
    const error = answer.messages.find(({ isError }) => isError);
    row.success = answer.isAcknowledged && error === undefined;
    row.program = answer.program;
    row.routed_to = answer.routedTo;
    row.error_number = error?.number ?? null;
    row.error_message = error?.text ?? null;
    this.#gss?.tell({ kind: "auth-result", success: row.success });
    const identity = this.#gss?.identity ?? null;
    if (row.success) {
      this.#conn.identity = identity ?? {
        user: this.#user,
        domain: null,
        workstation: row.hostname,
        mechanism: "plain",
      };
    }
    this.#writeLogin();
  }

  #writeLogin(): void {
    this.#isLoggingIn = false;
    if (this.#login === null) return;
    this.#out.emit(tdsLoginRecord, this.#login, this.#loginFrom!, this.#conn.now);
    this.#login = null;
  }

  #write(marsSession: number): void {
    const pending = this.#pending.get(marsSession);
    if (pending === undefined) return;
    this.#pending.delete(marsSession);
    this.#out.emit(tdsRecord, pending.row, pending.from, this.#conn.now);
  }
}

function said(text: string): string | null {
  return text === "" ? null : text;
}
