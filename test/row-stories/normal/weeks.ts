import type { RecordTables, Row } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";

/** The small site's machines: see `SCOPE`. */
export const SERVER = "10.0.5.1";
export const STORE = "10.0.5.2";
export const ADMIN = "10.0.0.21";
export const CLIENTS = ["10.0.0.11", "10.0.0.12", "10.0.0.13"];
const MACS: Readonly<Record<string, string>> = {
  [SERVER]: "00:50:56:05:00:01",
  [STORE]: "00:50:56:05:00:02",
};

/** "2024-03-05 22:00:00": 1 March 2024 is a Friday. Days beyond 31 go on in April and May. */
export function at(day: number, clock: string): string {
  return `${new Date(Date.UTC(2024, 2, day)).toISOString().slice(0, 10)} ${clock}`;
}

/** A TCP connection that was answered and closed. */
export function talk(clock: string, from: string, to: string, port: number, fields: Row = {}): Row {
  return {
    ts: timeOf(clock),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    proto: "tcp",
    duration: 60e9,
    orig_bytes: 4000,
    resp_bytes: 3000,
    conn_state: "SF",
    orig_pkts: 20,
    resp_pkts: 20,
    missed_bytes: 0,
    orig_l2_addr: MACS[from] ?? null,
    resp_l2_addr: MACS[to] ?? null,
    ...fields,
  };
}

/** What one night moves: octets of a client, null if its job does not run. */
export type Night = (day: number, client: number) => number | null;

/** About the same every night, a little more or less. */
export const usual: Night = (day, client) => 5_000_000 + 100_000 * ((day * 7 + client * 3) % 5);

/**
 * Weeks of a quiet site: every night at ten the server calls its clients and these send to the store; on workdays the administrator opens the
 * console at nine and logs on to the store.
 */
export async function weeks(tables: RecordTables, days: number, night: Night = usual): Promise<void> {
  const conn: Row[] = [];
  for (let day = 1; day <= days; day++) {
    for (const [i, client] of CLIENTS.entries()) {
      const octets = night(day, i);
      if (octets === null) continue;
      conn.push(talk(at(day, "22:00:00"), SERVER, client, 6160));
      conn.push(
        talk(at(day, `22:0${i + 1}:00`), client, STORE, 2500, {
          duration: 600e9,
          orig_bytes: octets,
          resp_bytes: 9000,
        }),
      );
    }
    if (new Date(Date.UTC(2024, 2, day)).getUTCDay() % 6 === 0) continue;
    conn.push(talk(at(day, "09:00:00"), ADMIN, SERVER, 9392, { service: "ssl" }));
    conn.push(talk(at(day, "10:00:00"), ADMIN, STORE, 22, { service: "ssh" }));
  }
  // So that the evidence does not end in the middle of the last night.
  conn.push(talk(at(days + 1, "04:00:00"), CLIENTS[0]!, CLIENTS[1]!, 445));
  await tables.add("conn", ...conn);
}
