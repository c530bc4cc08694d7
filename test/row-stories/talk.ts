import { connection } from "../detection-rows.ts";
import type { RecordTables, Row } from "../record-tables.ts";
import { timeOf } from "../record-tables.ts";

/** One conversation of a story: its connection and records of what was said on it, which share its uid. */
export interface Talk {
  readonly clock: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Fields of the connection. */
  readonly conn?: Row;
  /** Records by table. */
  readonly said?: Readonly<Record<string, Row | readonly Row[]>>;
}

let conversations = 0;

/** Adds a conversation to the tables. */
export async function talk(tables: RecordTables, { clock, from, to, port, conn = {}, said = {} }: Talk): Promise<void> {
  const uid = `S${++conversations}`;
  await connection(tables, clock, from, to, port, { uid, ...conn });
  let n = 0;
  for (const [table, rows] of Object.entries(said)) {
    for (const row of Array.isArray(rows) ? (rows as readonly Row[]) : [rows as Row])
      await tables.add(table, {
        ts: timeOf(clock),
        uid,
        n: ++n,
        "id.orig_h": from,
        "id.orig_p": 50_000,
        "id.resp_h": to,
        "id.resp_p": port,
        ...row,
      });
  }
}

/** TLS to a host by its name. */
export function tls(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  name: string,
  sent = 4000,
  received = 9000,
  more: Row = {},
): Promise<void> {
  return talk(tables, {
    clock,
    from,
    to,
    port: 443,
    conn: { service: "ssl", orig_bytes: sent, resp_bytes: received },
    said: { ssl: { version: "TLSv12", server_name: name, established: true, ...more } },
  });
}

/** One request in clear. */
export function request(tables: RecordTables, clock: string, from: string, to: string, fields: Row): Promise<void> {
  return talk(tables, {
    clock,
    from,
    to,
    port: 80,
    conn: {
      service: "http",
      orig_bytes: 500 + Number(fields["request_body_len"] ?? 0),
      resp_bytes: 500 + Number(fields["response_body_len"] ?? 0),
    },
    said: { http: { method: "GET", uri: "/", request_body_len: 0, response_body_len: 0, status_code: 200, ...fields } },
  });
}

/** A name asked for, with its answer. */
export function lookUp(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  name: string,
  fields: Row = {},
): Promise<void> {
  return talk(tables, {
    clock,
    from,
    to,
    port: 53,
    conn: { proto: "udp", service: "dns", orig_bytes: 40, resp_bytes: 60 },
    said: { dns: { proto: "udp", query: name, qtype_name: "A", rcode: 0, rcode_name: "NOERROR", ...fields } },
  });
}
