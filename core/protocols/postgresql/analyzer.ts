import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import {
  authenticationName,
  LAST_AUTHENTICATION,
  nulText,
  readParameters,
  readReport,
  readStatement,
} from "./messages.ts";
import { REQUEST, VERSION_3 } from "./messages.ts";
import { ARGUMENT_OCTETS, CANCEL, EXECUTE, GSS_REQUEST } from "./records.ts";
import { SessionLog } from "./session-log.ts";

/** Octets of a message that are looked at: a statement and the name before it. */
const HEAD = ARGUMENT_OCTETS + 1024;
/** Prepared statements that one connection may hold at one time; the oldest is forgotten first. */
const MAX_STATEMENTS = 256;
/** Longest first message; servers refuse more than 10000 octets. */
const MAX_STARTUP = 10_000;

/** What the frontend's octets are: its first message, nothing readable while the server decides, typed messages. */
type Phase = "startup" | "deciding" | "messages";

/** One connection to a PostgreSQL server. Protocol version 3 */
export class PostgresqlAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #log: SessionLog;
  readonly #frontend: MessageHeads;
  readonly #backend: MessageHeads;
  #phase: Phase = "startup";
  #rows: number | null = null;
  /** Prepared statements and portals, by name, each with its text. */
  readonly #statements = new HeldMap<string, string>(weightOf);
  readonly #portals = new HeldMap<string, string>(weightOf);
  /** An extended query whose end was not seen yet. */
  #executed: string | null = null;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#log = new SessionLog(conn, out);
    const broken = (): void =>
      void this.#violate("error while parsing PostgreSQL: &requires failed: (self.length >= 4)");
    this.#frontend = new MessageHeads(conn, true, HEAD, {
      length: (r) => (this.#phase === "messages" ? typedLength(r) : startupLength(r)),
      message: (r, total) => this.#fromFrontend(r, total),
      broken,
      resumes: (r) => this.#phase === "messages" && begins(r, "QXPBEDCSHdcfp"),
    });
    this.#backend = new MessageHeads(conn, false, HEAD, {
      length: (r) => (this.#phase === "deciding" ? 1 : typedLength(r)),
      message: (r, total) => this.#fromBackend(r, total),
      broken,
      resumes: (r) => begins(r, "TDCZEN123SRKdc"),
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#frontend : this.#backend).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#frontend : this.#backend).gap(octets);
  }

  close(): void {
    this.#log.write();
  }

  #fromFrontend(r: ByteReader, total: number): boolean {
    if (this.#phase !== "messages") return this.#startup(r, total);
    const type = r.latin1(1);
    r.skip(4);
    switch (type) {
      case "Q":
        this.#simpleQuery(r, total - 5);
        break;
      case "X":
        this.#log.write();
        this.#log.row.frontend = "terminate";
        this.#log.write();
        break;
      case "P":
        this.#parse(r, total - 5);
        break;
      case "B":
        this.#bind(r);
        break;
      case "E":
        this.#executed = this.#portals.get(nulText(r) ?? "") ?? "";
        break;
      case "d":
        this.#copied(total - 5);
        break;
    }
    return !this.#isOver;
  }

  #startup(r: ByteReader, total: number): boolean {
    const log = this.#log;
    r.skip(4);
    const code = r.u32be();
    switch (code) {
      case REQUEST.tls:
      case REQUEST.gss:
        log.row.frontend = code === REQUEST.tls ? "ssl_request" : GSS_REQUEST;
        this.#phase = "deciding";
        this.#conn.confirm();
        return true;
      case REQUEST.cancel:
        log.row.frontend = CANCEL;
        log.row.frontend_arg = String(r.u32be());
        this.#conn.confirm();
        log.write();
        return true;
    }
    if (code >>> 16 !== VERSION_3) return this.#violate(`unsupported PostgreSQL major version ${code >>> 16}`);
    if (total < 9) return this.#violate("error while parsing PostgreSQL: &requires failed: (self.length >= 9)");
    const parameters = readParameters(r);
    log.row.frontend = "startup";
    log.user = parameters.get("user") ?? null;
    log.database = parameters.get("database") ?? null;
    log.application = parameters.get("application_name") ?? null;
    this.#phase = "messages";
    this.#conn.confirm();
    return true;
  }

  #simpleQuery(r: ByteReader, octets: number): void {
    const log = this.#log;
    log.write();
    const { text, cut } = readStatement(r, octets);
    log.row.frontend = "simple_query";
    log.row.frontend_arg = text;
    log.row.cut_octets = cut;
    this.#rows = 0;
  }

  #parse(r: ByteReader, octets: number): void {
    const before = r.left;
    const name = nulText(r);
    if (name === null) return;
    remember(this.#statements, name, readStatement(r, octets - (before - r.left)).text);
  }

  #bind(r: ByteReader): void {
    const portal = nulText(r);
    const statement = nulText(r);
    if (portal !== null && statement !== null) remember(this.#portals, portal, this.#statements.get(statement) ?? "");
  }

  #fromBackend(r: ByteReader, total: number): boolean {
    if (this.#phase === "deciding") return this.#decided(r);
    const type = r.latin1(1);
    r.skip(4);
    switch (type) {
      case "R":
        return this.#authentication(r, total - 5);
      case "E":
        this.#error(r);
        break;
      case "N":
        this.#notice(r);
        break;
      case "S":
        if (nulText(r) === "server_version") this.#log.serverVersion = nulText(r);
        break;
      case "D":
        if (this.#log.pending === null) this.#begun();
        this.#rows = (this.#rows ?? 0) + 1;
        break;
      case "C":
        this.#complete(nulText(r) ?? "");
        break;
      case "d":
        this.#copied(total - 5);
        break;
      case "Z":
        this.#ready(r.latin1(1));
        break;
    }
    return !this.#isOver;
  }

  /** The server's octet: S(SL) or G(SS) for yes, N for no. */
  #decided(r: ByteReader): boolean {
    const log = this.#log;
    const answer = r.latin1(1);
    const isTls = log.row.frontend === "ssl_request";
    if (answer !== "N" && answer !== (isTls ? "S" : "G")) return this.#violate("no answer to a request for encryption");
    log.row.backend = isTls ? "ssl_reply" : "gssenc_reply";
    log.row.backend_arg = answer;
    log.row.success = answer !== "N";
    log.write();
    this.#phase = "startup";
    if (answer === "N") return true;
    this.#isOver = true;
    this.#conn.handOver();
    return false;
  }

  #authentication(r: ByteReader, octets: number): boolean {
    const identifier = r.u32be();
    if (identifier > LAST_AUTHENTICATION || (identifier === 0 && octets !== 4)) {
      return this.#violate(`error while parsing PostgreSQL: unknown authentication ${identifier}`);
    }
    const { row, user } = this.#log;
    if (identifier === 0) {
      row.backend = "auth_ok";
      row.success = true;
      this.#conn.identity = { user, domain: null, workstation: null, mechanism: "plain" };
      return true;
    }
    row.backend = row.backend === null ? "auth_request" : `${row.backend},auth_request`;
    this.#log.answer(authenticationName(identifier));
    return true;
  }

  #error(r: ByteReader): void {
    const { fields, code } = readReport(r);
    this.#begun();
    const { row } = this.#log;
    row.backend = row.backend === null ? "error" : `${row.backend},error`;
    row.error_code = code;
    row.success = false;
    this.#log.answer(fields.join(","));
    this.#log.write();
  }

  #notice(r: ByteReader): void {
    const { fields, code } = readReport(r);
    if (fields.length === 0) return;
    this.#begun();
    this.#log.row.error_code = code;
    this.#log.answer(fields.join(","));
  }

  #complete(tag: string): void {
    if (this.#log.pending === null) {
      // Zeek logs nothing of an extended query that gives no rows.
      if (this.#executed === null) return;
      this.#begun();
      this.#log.row.frontend = EXECUTE;
    } else if (this.#executed !== null && this.#log.pending.statement === null) {
      this.#begun();
    }
    this.#log.done(tag);
  }

  /** A row is being filled; if it is an extended query's, it gets the statement. */
  #begun(): void {
    const { row } = this.#log;
    if (this.#executed !== null && this.#executed !== "" && row.frontend === null) row.statement ??= this.#executed;
  }

  #ready(status: string): void {
    if (!"ITE".includes(status) || status === "") {
      this.#violate("error while parsing PostgreSQL: unknown transaction status");
      return;
    }
    const row = this.#log.pending;
    this.#executed = null;
    if (row === null) return;
    row.success ??= status !== "E";
    if (this.#rows !== null && row.frontend !== EXECUTE) {
      row.rows = this.#rows;
      this.#rows = null;
    }
    this.#log.write();
  }

  #copied(octets: number): void {
    const row = this.#log.pending;
    if (row !== null) row.copy_octets = (row.copy_octets ?? 0) + octets;
  }

  #violate(reason: string): false {
    this.#isOver = true;
    this.#log.write();
    this.#conn.violate(reason);
    return false;
  }
}

function typedLength(r: ByteReader): number {
  if (r.left < 5) return 0;
  const length = r.peekU32be(1);
  return length < 4 ? -1 : 1 + length;
}

function startupLength(r: ByteReader): number {
  if (r.left < 8) return 0;
  const length = r.peekU32be();
  return length < 8 || length > MAX_STARTUP ? -1 : length;
}

/** True for a segment that begins with a message of one of these types. */
function begins(r: ByteReader, types: string): boolean {
  if (r.left < 5 || !types.includes(String.fromCharCode(r.peekU8()))) return false;
  const length = r.peekU32be(1);
  return length >= 4 && length < r.left;
}

function remember(texts: Map<string, string>, name: string, text: string): void {
  if (texts.size >= MAX_STATEMENTS && !texts.has(name)) texts.delete(texts.keys().next().value!);
  texts.set(name, text);
}

function weightOf(text: string, name: string): number {
  return ENTRY / 2 + textWeight(name) + textWeight(text);
}
