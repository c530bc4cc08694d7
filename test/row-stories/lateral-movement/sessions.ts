import { connection, nineDays, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const WORKSTATION = "10.0.0.77";
const SERVER = "10.0.0.20";
const HYPERVISOR = "10.0.0.60";

/** A session of `minutes` that a person works in. */
function session(tables: RecordTables, clock: string, from: string, to: string, port: number, minutes: number) {
  return connection(tables, clock, from, to, port, {
    service: port === 22 ? "ssh" : "rdp",
    duration: minutes * 60e9,
    orig_bytes: 40_000,
    resp_bytes: 90_000,
  });
}

function pipe(tables: RecordTables, clock: string, name: string): Promise<void> {
  return row(tables, "smb_operations", clock, WORKSTATION, SERVER, {
    "id.resp_p": 445,
    action: "open",
    path: "\\\\SRV20\\IPC$",
    share_type: "PIPE",
    name,
    user: "CORP\\anna",
    outcome: "confirmed",
  });
}

/** Nine nights on which a hypervisor mounts the export of the backup server. */
async function datastoreNights(tables: RecordTables): Promise<void> {
  await nineDays(async (date) => {
    await connection(tables, `${date} 22:00:00`, HYPERVISOR, "10.0.5.1", 2049);
    await mount(tables, `${date} 22:00:01`, "10.0.5.1", "/VeeamBackup_BKP01");
  });
}

function mount(tables: RecordTables, clock: string, server: string, path: string): Promise<void> {
  return row(tables, "mount", clock, HYPERVISOR, server, {
    "id.resp_p": 2049,
    operation: "MNT",
    path,
    outcome: "confirmed",
  });
}

/** Nine mornings on which Windows' own pipes and one of a product are opened. */
async function usualPipes(tables: RecordTables): Promise<void> {
  await nineDays(async (date) => {
    await connection(tables, `${date} 09:00:00`, WORKSTATION, SERVER, 445);
    for (const [second, name] of ["srvsvc", "wkssvc", "lsarpc", "sql\\query", "InventoryAgent"].entries())
      await pipe(tables, `${date} 09:00:0${second}`, name);
  });
}

/** Stories of sessions, pipes and storage on the way from machine to machine. */
export const SESSIONS: readonly RowStory[] = [
  {
    name: "hop-chain",
    shows: "While a workstation holds RDP to a server, that server holds SSH to the repository, and never else.",
    isAttack: true,
    async write(tables) {
      await session(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 3389, 60);
      await session(tables, "2024-03-01 10:10:00", SERVER, "10.0.5.2", 22, 20);
    },
  },
  {
    name: "hop-own-sessions",
    shows: "A server holds SSH to another every night, and once while somebody holds RDP to it.",
    isAttack: false,
    async write(tables) {
      await nineDays((date) => session(tables, `${date} 22:00:00`, SERVER, "10.0.0.30", 22, 20));
      await session(tables, "2024-03-05 21:50:00", "10.0.0.21", SERVER, 3389, 60);
    },
  },
  {
    name: "pipe-of-a-tool",
    shows: "A pipe is opened whose name an intrusion tool gives by default.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 445);
      await pipe(tables, "2024-03-01 10:00:01", "msagent_2f");
    },
  },
  {
    name: "pipe-never-seen",
    shows: "After eight days of the same pipes, one of another name is opened.",
    isAttack: true,
    async write(tables) {
      await usualPipes(tables);
      await pipe(tables, "2024-03-09 15:00:00", "kzrqwtpx");
    },
  },
  {
    name: "pipes-of-windows",
    shows: "The same pipes of Windows and of a product are opened on nine mornings.",
    isAttack: false,
    write: usualPipes,
  },
  {
    name: "screen-shadow",
    shows: "A workstation shadows a session of the backup server's desktop.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, "10.0.5.1", 49670);
      await row(tables, "dce_rpc", "2024-03-01 10:00:01", WORKSTATION, "10.0.5.1", {
        "id.resp_p": 49670,
        endpoint: "SessEnvPublicRpc",
        interface_uuid: "1257b580-ce2f-4109-82d6-a9459d0bf6bc",
        opnum: 0,
        user: "CORP\\anna",
        outcome: "confirmed",
      });
    },
  },
  {
    name: "datastore-nights",
    shows: "A hypervisor mounts the backup server's export on nine nights.",
    isAttack: false,
    write: datastoreNights,
  },
  {
    name: "datastore-of-stranger",
    shows: "After nine nights of the backup server, the hypervisor mounts an export of a workstation.",
    isAttack: true,
    async write(tables) {
      await datastoreNights(tables);
      await mount(tables, "2024-03-09 23:00:00", WORKSTATION, "/srv/x");
    },
  },
  {
    name: "guest-program",
    shows: "A workstation starts a program inside a virtual machine through the hypervisor.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, HYPERVISOR, 443);
      for (const [operation, parameters] of [
        ["InitiateFileTransferToGuest", ["guestFilePath=C:\\Windows\\Temp\\a.exe"]],
        ["StartProgramInGuest", ["programPath=C:\\Windows\\System32\\cmd.exe", "arguments=/c whoami"]],
      ] as const) {
        await row(tables, "hypervisor_api", "2024-03-01 10:00:02", WORKSTATION, HYPERVISOR, {
          "id.resp_p": 443,
          service: "vsphere",
          operation,
          object: "guestOperationsProcessManager",
          parameters,
          user: "root",
          status_code: 200,
        });
      }
    },
  },
  {
    name: "guest-quiescing",
    shows: "The backup server prepares a virtual machine with guest operations, as application-aware backup does.",
    isAttack: false,
    async write(tables) {
      await connection(tables, "2024-03-01 22:00:00", "10.0.5.1", HYPERVISOR, 443);
      for (const operation of ["ValidateCredentialsInGuest", "StartProgramInGuest", "ListProcessesInGuest"]) {
        await row(tables, "hypervisor_api", "2024-03-01 22:00:02", "10.0.5.1", HYPERVISOR, {
          "id.resp_p": 443,
          service: "vsphere",
          operation,
          object: "guestOperationsProcessManager",
          parameters: ["programPath=C:\\Windows\\Temp\\VeeamVssSupport.exe"],
          user: "svc_backup",
          status_code: 200,
        });
      }
    },
  },
  {
    name: "overflowing-lengths",
    shows:
      "A workstation sends a server compressed SMB messages whose lengths overflow, and one to itself; a DNS server of its asks for a signature and is answered with one that overflows.",
    isAttack: true,
    async write(tables) {
      const ghost = (clock: string, to: string) =>
        row(tables, "weird", clock, WORKSTATION, to, { "id.resp_p": 445, name: "smb_compression_overflow" });
      await ghost("2024-03-01 10:00:00", SERVER);
      await ghost("2024-03-01 10:00:02", SERVER);
      await ghost("2024-03-01 10:05:00", WORKSTATION);
      await row(tables, "weird", "2024-03-01 10:10:00", "10.0.0.5", WORKSTATION, {
        "id.resp_p": 53,
        name: "DNS_SIG_overflow",
        addl: "65470",
      });
    },
  },
  {
    name: "smb1-exploit",
    shows: "A workstation tests two servers for MS17-010 and speaks to an implant on one of them.",
    isAttack: true,
    async write(tables) {
      const seen = (clock: string, to: string, name: string) =>
        row(tables, "weird", clock, WORKSTATION, to, { "id.resp_p": 445, name });
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 445);
      await seen("2024-03-01 10:00:00", SERVER, "smb_peek_without_pipe");
      await seen("2024-03-01 10:00:05", "10.0.0.21", "smb_peek_without_pipe");
      await seen("2024-03-01 10:00:20", SERVER, "smb_trans2_session_setup");
    },
  },
];
