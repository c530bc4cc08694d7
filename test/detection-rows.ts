import type { RecordTables } from "./record-tables.ts";
import { timeOf } from "./record-tables.ts";

/** Detections that no sample capture shows; `core/detections/run.test.ts` shows them with rows written by hand. */
export const SHOWN_BY_HAND: ReadonlySet<string> = new Set(["BT-CA-009", "BT-CA-011", "BT-LM-012", "BT-LM-026"]);

/** A TCP connection that was answered and closed. `clock` is "2024-03-01 02:00:00" UTC. */
export async function connection(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  port: number,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tables.add("conn", {
    ts: timeOf(clock),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    proto: "tcp",
    duration: 5e9,
    orig_bytes: 4000,
    resp_bytes: 3000,
    conn_state: "SF",
    orig_pkts: 20,
    resp_pkts: 20,
    missed_bytes: 0,
    ...fields,
  });
}

/** A row of any record table, with the two ends of its connection. */
export async function row(
  tables: RecordTables,
  table: string,
  clock: string,
  from: string,
  to: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tables.add(table, { ts: timeOf(clock), "id.orig_h": from, "id.orig_p": 50_000, "id.resp_h": to, ...fields });
}

/** Nine days, and what happens on each of them at a time of day. */
export async function nineDays(act: (date: string) => Promise<void>): Promise<void> {
  for (let day = 1; day <= 9; day++) await act(`2024-03-0${day}`);
}
