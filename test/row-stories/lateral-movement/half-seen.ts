import { connection, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const WORKSTATION = "10.0.0.77";
const SERVER = "10.0.0.20";
const MINUTE = "2024-03-01 10:00";

/** Calls on one connection, a second apart. */
async function calls(
  tables: RecordTables,
  port: number,
  opnums: readonly number[],
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  await connection(tables, `${MINUTE}:00`, WORKSTATION, SERVER, port, { uid: "CALLS" });
  for (const [second, opnum] of opnums.entries()) {
    await row(tables, "dce_rpc", `${MINUTE}:${String(second + 10)}`, WORKSTATION, SERVER, {
      uid: "CALLS",
      n: second + 1,
      "id.resp_p": port,
      endpoint: "unknown",
      opnum,
      operation: `unknown-${opnum}`,
      outcome: "confirmed",
      ...fields,
    });
  }
}

/** Stories in which encryption or a late start of the capture hides a part. */
export const HALF_SEEN: readonly RowStory[] = [
  {
    name: "service-without-bind",
    shows: "The capture begins after the bind: service manager opened, service made, started and deleted.",
    isAttack: true,
    write: (tables) => calls(tables, 445, [15, 12, 19, 2, 0], { request_octets: 200 }),
  },
  {
    name: "wmi-subscription",
    shows:
      "A workstation writes an event filter, its consumer and their binding; another time what it writes is sealed.",
    isAttack: true,
    async write(tables) {
      const put = { endpoint: "IWbemServices", operation: "PutInstance" };
      const written = ["__EventFilter", "CommandLineEventConsumer", "__FilterToConsumerBinding"];
      for (const [second, target_name] of written.entries())
        await row(tables, "dce_rpc", `${MINUTE}:0${String(second)}`, WORKSTATION, SERVER, {
          ...put,
          opnum: 14,
          target_name,
          outcome: "confirmed",
        });
      for (const second of [0, 1])
        await row(tables, "dce_rpc", `2024-03-02 10:00:0${String(second)}`, WORKSTATION, SERVER, {
          ...put,
          opnum: 14,
          sealed: true,
          outcome: "confirmed",
        });
    },
  },
  {
    name: "wmi-without-bind",
    shows: "The capture begins after the bind: sealed GetObject and ExecMethod on one object.",
    isAttack: true,
    write: (tables) =>
      calls(tables, 49700, [6, 24], { sealed: true, object_uuid: "0000340c-0bd4-0000-5e6a-2c1d3f9a7b10" }),
  },
  {
    name: "task-without-bind",
    shows: "The capture begins after the bind: a task registered, run and deleted.",
    isAttack: true,
    write: (tables) => calls(tables, 445, [1, 12, 13], { request_octets: 2400 }),
  },
  {
    name: "sealed-commands-fetched",
    shows:
      "Twice a service is made, started and deleted by sealed calls, and a file on an administrative share read and deleted right after.",
    isAttack: true,
    write: async (tables) => {
      await calls(tables, 49_670, [27, 24, 31, 2, 0, 27, 24, 31, 2, 0], { endpoint: "svcctl", sealed: true });
      for (const [n, second] of [15, 21].entries()) {
        const file = { uid: "FILES", path: "\\\\SRV20\\C$", name: "out.txt", outcome: "confirmed" };
        const at = (later: number) => `${MINUTE}:${String(second + later)}`;
        await row(tables, "smb_operations", at(0), WORKSTATION, SERVER, {
          ...file,
          n: 2 * n + 1,
          action: "transfer",
          bytes_read: 90,
        });
        await row(tables, "smb_operations", at(1), WORKSTATION, SERVER, { ...file, n: 2 * n + 2, action: "delete" });
      }
    },
  },
  {
    name: "service-restart",
    shows: "A service that was there is stopped and started again.",
    isAttack: true,
    write: (tables) => calls(tables, 445, [15, 16, 1, 19, 0], { endpoint: "svcctl" }),
  },
  {
    name: "sealed-program-copy",
    shows: "A connection to an administrative share with SMB3 encryption, through which 200 kB go up.",
    isAttack: true,
    async write(tables) {
      await connection(tables, `${MINUTE}:00`, WORKSTATION, SERVER, 445, { uid: "SEALED" });
      const session = { uid: "SEALED", "id.resp_p": 445, session_id: "0x1", encrypted: true, user: "CORP\\anna" };
      await row(tables, "smb_mapping", `${MINUTE}:01`, WORKSTATION, SERVER, {
        ...session,
        n: 1,
        path: "\\\\SRV20\\ADMIN$",
        outcome: "confirmed",
      });
      await row(tables, "smb_operations", `${MINUTE}:20`, WORKSTATION, SERVER, {
        ...session,
        n: 2,
        action: "sealed",
        bytes_written: 200_000,
        bytes_read: 9000,
      });
    },
  },
  {
    name: "winrm-over-tls",
    shows: "A workstation uses WinRM over TLS towards the backup server.",
    isAttack: true,
    write: (tables) =>
      connection(tables, `${MINUTE}:00`, WORKSTATION, "10.0.5.1", 5986, { service: "ssl", orig_bytes: 60_000 }),
  },
  {
    name: "rdp-one-hour",
    shows: "An hour of traffic with a remote desktop session whose first packet names the user.",
    isAttack: true,
    async write(tables) {
      await connection(tables, `${MINUTE}:00`, WORKSTATION, SERVER, 3389, {
        uid: "RDP",
        service: "rdp,ssl",
        resp_bytes: 400_000,
      });
      await row(tables, "rdp", `${MINUTE}:01`, WORKSTATION, SERVER, {
        uid: "RDP",
        n: 1,
        "id.resp_p": 3389,
        cookie: "anna",
        result: "encrypted",
      });
    },
  },
  {
    name: "program-fetched",
    shows: "A program is read from an administrative share of another workstation.",
    isAttack: true,
    async write(tables) {
      await connection(tables, `${MINUTE}:00`, WORKSTATION, SERVER, 445);
      await row(tables, "smb_operations", `${MINUTE}:02`, WORKSTATION, SERVER, {
        "id.resp_p": 445,
        action: "transfer",
        path: "\\\\SRV20\\C$",
        share_type: "DISK",
        name: "temp\\tool.exe",
        bytes_read: 800_000,
        bytes_written: 0,
        magic: "4d5a9000",
        user: "CORP\\anna",
      });
    },
  },
];
