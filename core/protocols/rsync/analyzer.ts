import { Charge, textWeight } from "../../bytes/held-budget.ts";
import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { archiveKindOf } from "../../records/archive-names.ts";
import type { ArchiveAct } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import { RSYNC_RECORD } from "./records.ts";
import type { SentFile } from "./transfer.ts";
import { Transfer } from "./transfer.ts";

type Row = { -readonly [K in keyof RowOf<typeof RSYNC_RECORD>]: RowOf<typeof RSYNC_RECORD>[K] };

/** Longest line or argument. */
const MAX_LINE = 8192;
/** Most modules, options or paths that are kept. */
const MAX_LISTED = 1000;
/** Most names of files in the record. */
const MAX_NAMES = 100;
/** Octets skipped at a time of a transfer that cannot be followed. */
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
  /** What arguments and modules take. */
  readonly #charge = new Charge();
  readonly #skipping: [number, number] = [0, 0];
  readonly #octets: [number, number] = [0, 0];
  #transfer: Transfer | null = null;

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
    this.#transfer?.gap();
  }

  close(): void {
    if (this.#row.server_version === null && this.#row.client_version === null) return;
    const row = this.#row;
    this.#settle(true);
    this.#settle(false);
    if (this.#state === "arguments" && this.#arguments.length > 0) this.#readArguments();
    if (this.#modules.length > 0) row.modules = this.#modules;
    row.orig_octets = this.#octets[0];
    row.resp_octets = this.#octets[1];
    const carried = this.#carried();
    if (this.#transfer?.hasForgotten === true) this.#out.forgot("rsync file");
    if (this.#transfer !== null && (carried.length > 0 || this.#transfer.isFollowed)) {
      row.sent_files = carried.length;
      row.sent = carried.slice(0, MAX_NAMES).map(({ name }) => name);
    }
    this.#out.emit(RSYNC_RECORD, row, this.#from, this.#to);
    this.#reportActs(row, carried);
  }

  /** Files that were sent, by their paths at the server. */
  #carried(): SentFile[] {
    const paths = this.#row.paths ?? [];
    const [path = ""] = paths;
    // Of a folder with a stroke behind it only what is in it is listed; of several sources it does not show which a name is from.
    const isInside = path.endsWith("/") || this.#row.direction === "upload";
    const base =
      paths.length !== 1
        ? `${this.#row.module ?? ""}/`
        : isInside
          ? `${path.replace(/\/$/, "")}/`
          : path.slice(0, path.lastIndexOf("/") + 1);
    return (this.#transfer?.sent ?? []).map((file) => ({ ...file, name: base + file.name }));
  }

  /** Each archive that was sent; where none was, or files cannot be told apart, what was asked for. */
  #reportActs(row: Row, carried: readonly SentFile[]): void {
    const isUpload = row.direction === "upload";
    const common = { status: row.error, share: row.module, actor: row.user };
    const archives = carried.filter(({ name }) => archiveKindOf(name) !== null);
    for (const { name, size, isNew } of archives) {
      const detail = isUpload ? (isNew ? "a new file" : "over one of that name") : null;
      const octets = isUpload ? { octetsWritten: size } : { octetsRead: size };
      const operation = isUpload ? "write" : "read";
      this.#act({ ...common, ...octets, operation, outcome: "granted", object: name, detail });
    }
    for (const name of this.#transfer?.deleted ?? [])
      this.#act({
        ...common,
        operation: "delete",
        outcome: "granted",
        object: `${row.paths?.[0]?.replace(/\/?$/, "/") ?? ""}${name}`,
      });
    if (archives.length > 0) return;
    const [asked, answered] = isUpload ? this.#octets : [this.#octets[1], this.#octets[0]];
    const isListing = !isUpload && row.options?.includes("--list-only") === true;
    const details = [
      carried.length > 0
        ? `${carried.length} ${carried.length === 1 ? "file" : "files"} carried, no archive among them`
        : null,
      row.deletes === true ? "what the sender does not have may be deleted" : null,
    ].filter((detail) => detail !== null);
    for (const object of row.paths ?? []) {
      this.#act({
        ...common,
        operation: isListing ? "list" : isUpload ? "write" : "read",
        outcome: row.error !== null ? "refused" : asked > 0 && answered > 0 ? "granted" : "asked",
        object,
        product: "rsync",
        detail: details.length === 0 ? null : details.join("; "),
      });
    }
  }

  #act(act: ArchiveAct): void {
    reportArchiveOp(this.#out, "rsync", act, this.#from, this.#to);
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
      this.#readArguments();
      return false;
    }
    if (this.#arguments.length < MAX_LISTED) {
      this.#arguments.push(argument);
      this.#charge.add(textWeight(argument));
    }
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
      if (name !== "" && this.#modules.length < MAX_LISTED) {
        this.#modules.push(shown(name));
        this.#charge.add(textWeight(name));
      }
    }
    return true;
  }

  #bulk(r: ByteReader, fromOriginator: boolean): void {
    this.#settle(fromOriginator);
    const side = fromOriginator ? 0 : 1;
    this.#octets[side] += r.left;
    this.#transfer?.data(r.source, r.pos, r.end, fromOriginator);
    r.pos = r.end;
    if (this.#transfer?.isFollowed === true) return;
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
    return this.#protocol >= NUL_VERSION;
  }

  /** The older version of both. */
  get #protocol(): number {
    const versions = [this.#row.client_version, this.#row.server_version].filter((version) => version !== null);
    return Math.min(...versions.map((version) => Number.parseInt(version, 10)));
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
    this.#transfer = new Transfer({
      protocol: this.#protocol,
      isUpload: row.direction === "upload",
      options: row.options,
    });
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
    sent_files: null,
    sent: null,
    error: null,
    orig_octets: 0,
    resp_octets: 0,
  };
}
