import { connection, nineDays, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const ADMINISTRATOR = "10.0.0.21";
const WORKSTATION = "10.0.0.77";
const HYPERVISOR = "10.0.0.60";

/** A call to the hypervisor's interface that succeeded. */
function call(
  tables: RecordTables,
  clock: string,
  operation: string,
  object: string,
  parameters: readonly string[],
): Promise<void> {
  return row(tables, "hypervisor_api", clock, WORKSTATION, HYPERVISOR, {
    "id.resp_p": 443,
    service: "vsphere",
    operation,
    object,
    parameters,
    user: "root",
    status_code: 200,
  });
}

function shell(tables: RecordTables, clock: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
  return row(tables, "ssh", clock, WORKSTATION, HYPERVISOR, {
    "id.resp_p": 22,
    client: "SSH-2.0-OpenSSH_9.6",
    auth_success: true,
    ...fields,
  });
}

/** Something that the hypervisor did to a disk on its NFS storage. */
function onStorage(
  tables: RecordTables,
  clock: string,
  operation: string,
  object: string,
  renamed: string | null,
): Promise<void> {
  return row(tables, "archive_op", clock, HYPERVISOR, "10.0.0.70", {
    "id.resp_p": 2049,
    protocol: "nfs",
    operation,
    outcome: "granted",
    object,
    new_object: renamed,
    archive_kind: "VMware virtual disk",
  });
}

async function disksRenamed(tables: RecordTables, clock: string, renamed: (disk: string) => string): Promise<void> {
  for (const machine of ["FS01", "FS02", "FS03", "FS04"]) {
    const disk = `/vmfs/${machine}/${machine}-flat.vmdk`;
    await onStorage(tables, clock, "rename", disk, renamed(disk));
  }
}

/** Nine mornings on which the administrator uses hypervisor and storage. */
async function mornings(tables: RecordTables, target: string, port: number): Promise<void> {
  await nineDays((date) => connection(tables, `${date} 09:00:00`, ADMINISTRATOR, target, port));
}

/** Stories of hypervisors, storage and network devices. */
export const INFRASTRUCTURE: readonly RowStory[] = [
  {
    name: "hypervisor-mornings",
    shows: "The administrator uses the hypervisor's web service on nine mornings.",
    isAttack: false,
    write: (tables) => mornings(tables, HYPERVISOR, 443),
  },
  {
    name: "hypervisor-from-stranger",
    shows: "After nine mornings of the administrator, a workstation uses the hypervisor's web service.",
    isAttack: true,
    async write(tables) {
      await mornings(tables, HYPERVISOR, 443);
      await connection(tables, "2024-03-09 12:00:00", WORKSTATION, HYPERVISOR, 443);
    },
  },
  {
    name: "storage-mornings",
    shows: "The administrator uses the repository's web console on nine mornings.",
    isAttack: false,
    write: (tables) => mornings(tables, "10.0.5.2", 5001),
  },
  {
    name: "storage-from-stranger",
    shows: "After nine mornings of the administrator, a workstation uses the repository's web console.",
    isAttack: true,
    async write(tables) {
      await mornings(tables, "10.0.5.2", 5001);
      await connection(tables, "2024-03-09 12:00:00", WORKSTATION, "10.0.5.2", 5001);
    },
  },
  {
    name: "shell-switched-on",
    shows: "A workstation starts the SSH service of a hypervisor over its interface and logs on.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, HYPERVISOR, 443);
      await call(tables, "2024-03-01 10:00:02", "StartService", "serviceSystem", ["id=TSM-SSH"]);
      await connection(tables, "2024-03-01 10:01:00", WORKSTATION, HYPERVISOR, 22);
      await shell(tables, "2024-03-01 10:01:01");
    },
  },
  {
    name: "shell-answers-now",
    shows: "A hypervisor refuses SSH in the morning and takes it at noon.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 09:00:00", WORKSTATION, HYPERVISOR, 22, {
        conn_state: "REJ",
        resp_bytes: 0,
      });
      await connection(tables, "2024-03-01 12:00:00", WORKSTATION, HYPERVISOR, 22);
      await shell(tables, "2024-03-01 12:00:01");
    },
  },
  {
    name: "hypervisor-shell-damage",
    shows:
      "A workstation types in a shell of the hypervisor; from then on the hypervisor renames virtual disks on its NFS storage.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, HYPERVISOR, 22);
      await shell(tables, "2024-03-01 10:00:01", {
        inferred_use: "interactive",
        inferred_confidence: 0.95,
        orig_session_octets: 4000,
        resp_session_octets: 9000,
      });
      await disksRenamed(tables, "2024-03-01 10:20:00", (disk) => `${disk}.locked`);
    },
  },
  {
    name: "hypervisor-shell-round",
    shows:
      "The administrator runs a command on the hypervisor by SSH; it moves disks of a machine and removes those of its snapshots, as hypervisors do.",
    isAttack: false,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", ADMINISTRATOR, HYPERVISOR, 22);
      await row(tables, "ssh", "2024-03-01 10:00:01", ADMINISTRATOR, HYPERVISOR, {
        "id.resp_p": 22,
        client: "SSH-2.0-OpenSSH_9.6",
        auth_success: true,
        inferred_use: "command",
        inferred_confidence: 0.8,
        orig_session_octets: 2000,
        resp_session_octets: 3000,
      });
      await disksRenamed(tables, "2024-03-01 10:20:00", (disk) => disk.replace("FS", "OLD"));
      for (const number of [1, 2, 3]) {
        await onStorage(
          tables,
          `2024-03-01 10:3${number}:00`,
          "delete",
          `/vmfs/FS01/FS01-00000${number}-delta.vmdk`,
          null,
        );
      }
    },
  },
  {
    name: "hypervisor-rights",
    shows: "A workstation makes an account on the hypervisor and gives it all rights.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, HYPERVISOR, 443);
      await call(tables, "2024-03-01 10:00:02", "CreateUser", "ha-localacctmgr", ["id=support", "description=vendor"]);
      await call(tables, "2024-03-01 10:00:04", "SetEntityPermissions", "ha-authmgr", [
        "principal=support",
        "roleId=-1",
      ]);
    },
  },
  {
    name: "object-store-user",
    shows: "A workstation adds a user to an object store over its administration interface.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, "10.0.5.2", 9000);
      for (const [method, uri] of [
        ["GET", "/minio/admin/v3/info"],
        ["PUT", "/minio/admin/v3/add-user?accessKey=support"],
      ]) {
        await row(tables, "http", "2024-03-01 10:00:01", WORKSTATION, "10.0.5.2", {
          "id.resp_p": 9000,
          method,
          uri,
          status_code: 200,
          user_agent: "MinIO (linux; amd64) madmin-go/2.0.0",
        });
      }
    },
  },
  {
    name: "esx-admins",
    shows: 'An account makes the group "ESX Admins" in the directory and puts itself into it.',
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, "10.0.0.10", 389);
      const dn = "CN=ESX Admins,CN=Users,DC=corp,DC=example";
      for (const [opcode, values] of [
        ["add", ["objectClass=group", "sAMAccountName=ESX Admins"]],
        ["modify", ["member=CN=anna,CN=Users,DC=corp,DC=example"]],
      ]) {
        await row(tables, "ldap", "2024-03-01 10:00:01", WORKSTATION, "10.0.0.10", {
          "id.resp_p": 389,
          opcode,
          dn,
          values,
          result: "success",
          result_code: 0,
          user: "CORP\\anna",
        });
      }
    },
  },
  {
    name: "switch-mirror",
    shows: "A workstation mirrors a port of the switch over Telnet, and the switch reports it.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, "10.0.0.2", 23);
      await row(tables, "telnet", "2024-03-01 10:00:01", WORKSTATION, "10.0.0.2", {
        "id.resp_p": 23,
        user: "admin",
        success: true,
        commands: ["enable", "configure terminal", "monitor session 1 source interface Gi1/0/5", "end"],
      });
      await row(tables, "syslog", "2024-03-01 10:01:00", "10.0.0.2", "10.0.0.9", {
        "id.resp_p": 514,
        message: `%SYS-5-CONFIG_I: Configured from console by admin on vty0 (${WORKSTATION})`,
      });
    },
  },
  {
    name: "switch-show",
    shows: "The administrator looks at a switch over Telnet, and the switch reports a link that came up.",
    isAttack: false,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", ADMINISTRATOR, "10.0.0.2", 23);
      await row(tables, "telnet", "2024-03-01 10:00:01", ADMINISTRATOR, "10.0.0.2", {
        "id.resp_p": 23,
        user: "admin",
        success: true,
        commands: ["show running-config", "show interfaces status"],
      });
      await row(tables, "syslog", "2024-03-01 10:01:00", "10.0.0.2", "10.0.0.9", {
        "id.resp_p": 514,
        message: "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/5, changed state to up",
      });
    },
  },
];
