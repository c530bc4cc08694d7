import type { RecordTables } from "../record-tables.ts";
import { timeOf } from "../record-tables.ts";

/** An answered HTTP request. `clock` is "2024-03-01 02:00:00" UTC. */
export async function request(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  port: number,
  method: string,
  uri: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tables.add("http", {
    ts: timeOf(clock),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    method,
    uri,
    status_code: 200,
    request_body_len: 300,
    response_body_len: 500,
    ...fields,
  });
}
