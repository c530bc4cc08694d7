import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { reportArchiveOp } from "../archive-op.ts";
import { RSYNC_RECORD } from "./records.ts";

type Row = { -readonly [K in keyof RowOf<typeof RSYNC_RECORD>]: RowOf<typeof RSYNC_RECORD>[K] };

/** Longest line or argument. */
const MAX_LINE = 8192;
/** Most modules, options or paths that are kept. */
const MAX_LISTED = 1000;
/** Octets skipped at a time: the transfer itself is compressed deltas. */
const SKIP_OCTETS = 1 << 20;
/** Since this version arguments end with NUL instead of a line end. */
const NUL_VERSION = 30;

/** What the client's next words are. */
type State = "greeting" | "module" | "response" | "arguments" | "transfer";

/** The rsync daemon protocol: greetings, module, log-on, arguments; then only how much goes which way. */
export class RsyncAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #client = new LineCutter(MAX_LINE);
  readonly #server = new LineCutter(MAX_LINE);
  readonly #row: Row = emptyRow();
  readonly #from: Moment;
  #to: Moment;
  #state: State = "greeting";
  #serverIsDone = false;
  #argument = "";
  readonly #arguments: string[] = [];
  readonly #modules: string[] = [];
  readonly #skipping: [number, number] = [0, 0];
  readonly #octets: [number, number] = [0, 0];

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#from = this.#to = conn.now;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#to = this.#conn.now;
    if (fromOriginator) this.#fromClient(r);
    else this.#fromServer(r);
    if (r.left > 0) this.#bulk(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#client : this.#server).clear();
    if (this.#state === "transfer") this.#octets[fromOriginator ? 0 : 1] += octets;
  }

  close(): void {
    if (this.#row.server_version === null && this.#row.client_version === null) return;
    const row = this.#row;
    this.#settle(true);
    this.#settle(false);
    if (this.#arguments.length > 0) this.#readArguments();
    if (this.#modules.length > 0) row.modules = this.#modules;
    row.orig_octets = this.#octets[0];
    row.resp_octets = this.#octets[1];
    this.#out.emit(RSYNC_RECORD, row, this.#from, this.#to);
    this.#reportActs(row);
  }

  /** Which files of a folder were carried does not show, nor their names; what was asked for does. */
  #reportActs(row: Row): void {
    const isUpload = row.direction === "upload";
    const [asked, answered] = isUpload ? this.#octets : [this.#octets[1], this.#octets[0]];
    const paths = row.paths ?? [];
    for (const object of paths) {
      const isListing = !isUpload && row.options?.includes("--list-only") === true;
      const octets = paths.length === 1 && !isListing ? asked : null;
      const act = {
        operation: isListing ? "list" : isUpload ? "write" : "read",
        outcome: row.error !== null ? "refused" : asked > 0 && answered > 0 ? "granted" : "asked",
        status: row.error,
        share: row.module,
        object,
        product: "rsync",
        octetsRead: isUpload ? null : octets,
        octetsWritten: isUpload ? octets : null,
        detail: row.deletes === true ? "what the sender does not have may be deleted" : null,
        actor: row.user,
      } as const;
      reportArchiveOp(this.#out, "rsync", act, this.#from, this.#to);
    }
  }

  #fromClient(r: ByteReader): void {
    while (r.left > 0 && this.#state !== "transfer") {
      if (this.#state === "arguments" && this.#endsWithNul) this.#nulArguments(r);
      else this.#client.feed(r, (line) => this.#clientLine(line));
    }
  }

  /** False where the way of reading may change. */
  #clientLine(line: string): boolean {
    switch (this.#state) {
      case "greeting": {
        const version = versionIn(line);
        if (version === null) {
          this.#conn.violate("no greeting of rsync");
          this.#state = "transfer";
          return false;
        }
        this.#row.client_version = version;
        this.#state = "module";
        return true;
      }
      case "module":
        this.#row.module = line === "" ? "#list" : shown(line);
        this.#conn.confirm();
        this.#state = line === "" || line === "#list" ? "transfer" : "response";
        // The server decides whether a log-on comes next; without one it says OK and arguments follow.
        if (this.#row.auth_required === false) this.#state = "arguments";
        return false;
      case "response": {
        // The name, a blank and the hash of password and challenge.
        const end = line.lastIndexOf(" ");
        this.#row.user = shown(end < 0 ? line : line.slice(0, end));
        this.#state = "arguments";
        return false;
      }
      case "arguments":
        return this.#take(line);
      case "transfer":
        return false;
    }
  }

  #nulArguments(r: ByteReader): void {
    while (r.left > 0 && this.#state === "arguments") {
      const end = r.find(0);
      const part = r.latin1((end < 0 ? r.end : end) - r.pos);
      this.#argument = (this.#argument + part).slice(0, MAX_LINE);
      if (end < 0) return;
      r.skip(1);
      const argument = this.#argument;
      this.#argument = "";
      this.#take(argument);
    }
  }

  /** An empty argument ends them. */
  #take(argument: string): boolean {
    if (argument === "") {
      this.#state = "transfer";
      this.#serverIsDone = true;
      return false;
    }
    if (this.#arguments.length < MAX_LISTED) this.#arguments.push(argument);
    return true;
  }

  #fromServer(r: ByteReader): void {
    while (r.left > 0 && !this.#serverIsDone) this.#server.feed(r, (line) => this.#serverLine(line));
  }

  #serverLine(line: string): boolean {
    const row = this.#row;
    if (line.startsWith("@ERROR")) {
      row.error = shown(line.replace(/^@ERROR:? */, ""));
      if (row.auth_required === true) row.auth_success = false;
    } else if (line.startsWith("@RSYNCD: AUTHREQD")) {
      row.auth_required = true;
      if (this.#state === "arguments") this.#state = "response";
    } else if (line.startsWith("@RSYNCD: OK")) {
      if (row.auth_required === true) row.auth_success = true;
      else row.auth_required = false;
      if (row.user !== null)
        this.#conn.identity = { user: row.user, domain: null, workstation: null, mechanism: "plain" };
      if (this.#state === "response") this.#state = "arguments";
      this.#serverIsDone = true;
      return false;
    } else if (line.startsWith("@RSYNCD: EXIT")) {
      this.#serverIsDone = true;
      return false;
    } else if (row.server_version === null) {
      row.server_version = versionIn(line);
    } else if (row.module === "#list") {
      const name = line.split(/\s/, 1)[0]!;
      if (name !== "" && this.#modules.length < MAX_LISTED) this.#modules.push(shown(name));
    }
    return true;
  }

  #bulk(r: ByteReader, fromOriginator: boolean): void {
    this.#settle(fromOriginator);
    const side = fromOriginator ? 0 : 1;
    this.#octets[side] += r.left;
    r.pos = r.end;
    this.#skipping[side] = SKIP_OCTETS;
    this.#conn.skip(SKIP_OCTETS, fromOriginator);
  }

  #settle(fromOriginator: boolean): void {
    const side = fromOriginator ? 0 : 1;
    if (this.#skipping[side] === 0) return;
    this.#octets[side] += this.#skipping[side] - this.#conn.unskipped(fromOriginator);
    this.#skipping[side] = 0;
  }

  get #endsWithNul(): boolean {
    const versions = [this.#row.client_version, this.#row.server_version].filter((version) => version !== null);
    return Math.min(...versions.map((version) => Number.parseInt(version, 10))) >= NUL_VERSION;
  }

  /** "--server", "--sender" if the server sends, options, "." and the paths. */
  #readArguments(): void {
    const row = this.#row;
    const all = this.#arguments.map((argument) => shown(argument));
    const dot = all.indexOf(".");
    const options = dot < 0 ? all : all.slice(0, dot);
    row.direction = options.includes("--sender") ? "download" : "upload";
    row.options = options.filter((option) => option !== "--server" && option !== "--sender");
    row.paths = dot < 0 ? [] : all.slice(dot + 1);
    row.deletes = options.some((option) => /^--(?:delete|del$|remove-source-files)/.test(option));
  }
}

function versionIn(line: string): string | null {
  return /^@RSYNCD: (\d{1,3}(?:\.\d{1,3})?)/.exec(line)?.[1] ?? null;
}

function shown(text: string): string {
  return utf8OfLatin1(text);
}

function emptyRow(): Row {
  return {
    client_version: null,
    server_version: null,
    module: null,
    modules: null,
    auth_required: null,
    user: null,
    auth_success: null,
    direction: null,
    options: null,
    paths: null,
    deletes: null,
    error: null,
    orig_octets: 0,
    resp_octets: 0,
  };
}
