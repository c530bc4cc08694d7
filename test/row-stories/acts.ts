import type { RecordTables, Row } from "../record-tables.ts";
import { timeOf } from "../record-tables.ts";

/** Ends of a conversation: who opened it, to whom, to which port. */
export type Ends = readonly [from: string, to: string, port: number];

/** Adds one row to a record table, `seconds` after `clock`, with the ends of its connection. */
export async function tell(
  tables: RecordTables,
  table: string,
  clock: string,
  [from, to, port]: Ends,
  fields: Row,
  seconds = 0,
): Promise<void> {
  await tables.add(table, {
    ts: timeOf(clock) + BigInt(Math.round(seconds * 1e9)),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    ...fields,
  });
}

/** "2024-03-07" for 7: a day of the month in which stories play. */
export function day(number: number): string {
  return `2024-03-${String(number).padStart(2, "0")}`;
}
