import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import type { Analyzer, Connection, Moment, ProbeHint, RecordSink, Verdict } from "../protocol.ts";
import { tdsBrowserRecord } from "./records.ts";

const BROADCAST = 2;
const ENUMERATE = 3;
const INSTANCE = 4;
const ANSWER = 5;
const ADMIN_PORT = 15;
const NAMES: Readonly<Record<number, string>> = {
  [BROADCAST]: "broadcast",
  [ENUMERATE]: "enumerate",
  [INSTANCE]: "instance",
  [ADMIN_PORT]: "admin_port",
};
/** Instances of one answer that are kept. */
const MAX_INSTANCES = 64;
const MAX_ANSWER = 16_384;

/** Questions to the SQL Server Browser; each is logged with its answer. MC-SQLR */
export class BrowserAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #question: { request: string; instance: string | null; from: Moment } | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader): void {
    const type = r.u8();
    if (type === ANSWER) {
      this.#conn.confirm();
      this.#answered(r);
      return;
    }
    const request = NAMES[type];
    if (request === undefined) return;
    this.#conn.confirm();
    this.#write([]);
    if (type === ADMIN_PORT) r.skip(1);
    const name = r.left > 0 ? wireText(r, Math.min(r.left, 64)).replace(/\0.*/su, "") : "";
    this.#question = { request, instance: name === "" ? null : name, from: this.#conn.now };
  }

  gap(): void {}

  close(): void {
    this.#write([]);
  }

  #answered(r: ByteReader): void {
    const length = Math.min(r.u16le(), r.left, MAX_ANSWER);
    // The port of the administrator's connection is all that this answer tells.
    if (length === 6 - 3 && r.peekU8() === 1) {
      r.skip(1);
      this.#write([{ tcp: String(r.u16le()) }]);
      return;
    }
    const instances = wireText(r, length)
      .split(";;")
      .slice(0, MAX_INSTANCES)
      .map(valuesOf)
      .filter((values) => values["instancename"] !== undefined);
    this.#write(instances);
  }

  #write(instances: readonly Readonly<Record<string, string>>[]): void {
    const question = this.#question;
    if (question === null && instances.length === 0) return;
    this.#question = null;
    const row = {
      request: question?.request ?? null,
      instance: question?.instance ?? null,
      server_name: instances[0]?.["servername"] ?? null,
      instances: instances.flatMap((values) => values["instancename"] ?? []),
      versions: instances.flatMap((values) => values["version"] ?? []),
      tcp_ports: instances.map((values) => Number.parseInt(values["tcp"] ?? "0", 10) || 0),
    };
    this.#out.emit(tdsBrowserRecord, row, question?.from ?? this.#conn.now, this.#conn.now);
  }
}

/** "Name;value;name;value", with the names in lower case. */
function valuesOf(text: string): Record<string, string> {
  const parts = text.split(";");
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i + 1 < parts.length; i += 2) values[parts[i]!.toLowerCase()] = parts[i + 1]!;
  return values;
}

/** An answer is known by its words; a question by its octet on the browser's port. */
export function probeBrowser(r: ByteReader, hint: ProbeHint): Verdict {
  const type = r.peekU8();
  if (type === ANSWER && r.left > 14) {
    const at = r.pos + 3;
    const text = Buffer.from(r.source.subarray(at, at + 11)).toString("latin1");
    return text === "ServerName;" ? "yes" : "no";
  }
  if (hint.respPort !== BROWSER_PORT) return "no";
  if (type === BROADCAST || type === ENUMERATE) return r.left === 1 ? "yes" : "no";
  return (type === INSTANCE || type === ADMIN_PORT) && r.left <= 40 ? "yes" : "no";
}

const BROWSER_PORT = 1434;
