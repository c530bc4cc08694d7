import type { ArchiveOperation } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import type { AmandaPacket } from "./packet.ts";

/** Services that the backup server asks of a client; others are asked of the server by who restores. */
const OF_CLIENT: ReadonlySet<string> = new Set([
  "noop",
  "selfcheck",
  "sendsize",
  "sendbackup",
  "senddiscover",
  "ambackupd",
]);

/** What services do to what is stored. */
const ACTS: Readonly<Record<string, readonly [operation: ArchiveOperation, detail: string]>> = {
  sendbackup: ["write", "the client sends a dump to the backup server"],
  amidxtaped: ["restore", "a dump is fetched from the backup server"],
  amindexd: ["list", "the index of dumps is read"],
};

/** One request for a service, with its answer and what goes by for it. */
export class AmandaRequest {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #link: StorageLink;
  readonly #from: Moment;
  readonly #service: string;
  #config: string | null;
  #host: string | null;
  #disk: string | null;
  #tape: string | null = null;
  #octets = 0;
  /** Stream that the dump goes through, or over UDP the port for it, as the answer announces it. */
  dataHandle: number | null = null;

  constructor(conn: Connection, out: RecordSink, { body, version }: AmandaPacket) {
    this.#conn = conn;
    this.#out = out;
    this.#service = /^SERVICE (\S{1,64})/m.exec(body)?.[1] ?? "";
    const isOfClient = OF_CLIENT.has(this.#service);
    const [origRole, respRole] = isOfClient
      ? ["backup server", "backup client"]
      : ["restoring client", "backup server"];
    this.#link = new StorageLink(conn, out, "amanda", origRole, respRole);
    this.#from = this.#link.saw();
    this.#config = /\bconfig=([^;\n]{1,128})/.exec(body)?.[1] ?? null;
    this.#host = /\bhostname=([^;\n]{1,255})/.exec(body)?.[1] ?? null;
    this.#disk = /<disk>([^<]{1,1024})<\/disk>/.exec(body)?.[1] ?? null;
    const { row } = this.#link;
    row.service = this.#service === "" ? null : this.#service;
    row.user = /^SECURITY USER (\S{1,128})/m.exec(body)?.[1] ?? null;
    row.resp_name = isOfClient ? this.#host : null;
    row.version = version;
  }

  /** An answer to it; its first word that decides counts. */
  answer({ kind, body }: AmandaPacket): void {
    this.#link.saw();
    const handle = /^CONNECT [^\n]*\bDATA (\d{1,9})\b/m.exec(body)?.[1];
    if (handle !== undefined) this.dataHandle = Number(handle);
    const { row } = this.#link;
    const error = /^ERROR (.*)/m.exec(body)?.[1] ?? null;
    if (kind === "NAK" || error !== null) {
      row.outcome = "refused";
      row.status = (error ?? body.trim()).slice(0, 200);
    } else if (kind === "REP" && row.outcome === "asked") {
      row.outcome = "granted";
    }
  }

  /** Text that who restores says in one of the request's streams: commands of the index, or what is wanted from a tape. */
  says(text: string): void {
    this.#link.saw();
    for (const line of text.split("\n")) {
      const found = /^(SCNF |CONFIG=|HOST[ =]|DISK[ =]|LABEL=)(.{1,1024})/.exec(line.trimEnd());
      if (found === null) continue;
      const value = unquoted(found[2]!);
      const word = found[1]!.slice(0, 4);
      if (word === "SCNF" || word === "CONF") this.#config = value;
      else if (word === "HOST") this.#host = value;
      else if (word === "DISK") this.#disk = value;
      else this.#tape = value;
    }
  }

  /** Octets of the dump went by. */
  carried(octets: number): void {
    this.#octets += octets;
  }

  close(): void {
    const { row } = this.#link;
    const said = [
      this.#config === null ? "" : `configuration ${this.#config}`,
      this.#disk === null ? "" : `disk ${this.#disk}`,
      this.#tape === null ? "" : `tape ${this.#tape}`,
    ].filter((text) => text !== "");
    row.detail = said.length === 0 ? null : said.join(", ");
    this.#link.close();
    const meaning = ACTS[this.#service];
    if (meaning === undefined) return;
    const [operation, detail] = meaning;
    const act = {
      operation,
      detail,
      outcome: row.outcome as "asked" | "granted" | "refused",
      status: row.status,
      share: this.#host,
      object: this.#disk,
      product: "Amanda",
      octetsRead: operation === "restore" ? this.#octets : null,
      octetsWritten: operation === "write" && this.#conn.carrier === "tcp" ? this.#octets : null,
      actor: row.user,
    } as const;
    reportArchiveOp(this.#out, "amanda", act, this.#from, this.#conn.now);
  }
}

/** Names are given as patterns that match nothing else: ^name$, with dots quoted. */
function unquoted(pattern: string): string {
  const inner = /^\^(.*)\$$/.exec(pattern);
  return inner === null ? pattern : inner[1]!.replaceAll(/\\(.)/g, "$1");
}
