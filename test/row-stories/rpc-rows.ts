import type { RecordTables } from "../record-tables.ts";
import { timeOf } from "../record-tables.ts";

/** An answered call of DCE/RPC. `clock` is "2024-03-01 02:00:00" UTC; a T may stand between. */
export async function call(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  endpoint: string,
  opnum: number,
  operation: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tables.add("dce_rpc", {
    ts: timeOf(clock.replace("T", " ")),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": 445,
    endpoint,
    opnum,
    operation,
    outcome: "confirmed",
    user: "CORP\\g.dahl",
    ...fields,
  });
}
