import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";
import { call } from "../rpc-rows.ts";
import type { RowStory } from "../row-story.ts";
import { request } from "../web-rows.ts";

const SERVER = "10.0.5.1";
const REPOSITORY = "10.0.5.2";
const CONTROLLER = "10.0.0.5";
const STRANGER = "10.0.0.77";

/** One record; `clock` is a time of day of 1 March. */
function add(
  tables: RecordTables,
  table: string,
  clock: string,
  from: string,
  to: string,
  port: number,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  return tables.add(table, {
    ts: timeOf(`2024-03-01 ${clock}`),
    "id.orig_h": from,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    ...fields,
  });
}

const AES = "aes256-cts-hmac-sha1-96";
const RC4 = "rc4-hmac";

/** A log-on of somebody who takes both, answered with a ticket and an answer in these ciphers. */
function logOn(tables: RecordTables, clock: string, from: string, name: string, cipher: string, answer: string) {
  return add(tables, "kerberos", clock, from, CONTROLLER, 88, {
    request_type: "AS",
    client: `${name}/CORP.EXAMPLE`,
    service: "krbtgt/CORP.EXAMPLE",
    success: true,
    etypes: [AES, RC4],
    cipher,
    reply_cipher: answer,
  });
}

/** Stories of taking secrets. */
export const CREDENTIAL_ACCESS: readonly RowStory[] = [
  {
    name: "product-registry-keys",
    shows: "A workstation reads from the backup server's registry where its database is.",
    isAttack: true,
    async write(tables) {
      const key = "HKLM\\SOFTWARE\\Veeam\\Veeam Backup and Replication";
      await call(tables, "2024-03-01 12:00:00", STRANGER, SERVER, "winreg", 15, "BaseRegOpenKey", { target_name: key });
      await call(tables, "2024-03-01 12:00:01", STRANGER, SERVER, "winreg", 17, "BaseRegQueryValue", {
        target_name: key,
        detail: "SqlServerName",
      });
    },
  },
  {
    name: "credential-table",
    shows: "A workstation selects the stored credentials of the backup software, from SQL Server and from PostgreSQL.",
    isAttack: true,
    async write(tables) {
      await add(tables, "tds", "12:00:00", STRANGER, SERVER, 1433, {
        request: "sql_batch",
        query: "SELECT user_name, password, description FROM [VeeamBackup].[dbo].[Credentials]",
        database: "VeeamBackup",
        username: "sa",
        success: true,
        rows: 6,
      });
      const postgresql = { uid: "P1", database: "VeeamBackup", user: "postgres", success: true };
      await add(tables, "postgresql", "12:01:00", STRANGER, SERVER, 5432, { ...postgresql, frontend: "startup" });
      await add(tables, "postgresql", "12:01:01", STRANGER, SERVER, 5432, {
        uid: "P1",
        n: 1,
        frontend: "simple_query",
        frontend_arg: "select user_name, password from public.credentials",
        success: true,
        rows: 6,
      });
    },
  },
  {
    name: "rogue-controller",
    shows: "A workstation enters itself among the replication partners of a domain controller and leaves again.",
    isAttack: true,
    async write(tables) {
      for (const [i, [opnum, operation]] of (
        [
          [5, "DRSReplicaAdd"],
          [6, "DRSReplicaDel"],
        ] as const
      ).entries())
        await call(tables, `2024-03-01 12:00:0${i}`, STRANGER, CONTROLLER, "drsuapi", opnum, operation, {
          target_name: "DC=corp,DC=example",
        });
    },
  },
  {
    name: "process-dump",
    shows:
      "Two files with plain names are fetched: the memory of a process, and a registry hive; a user's profile is beside them.",
    isAttack: true,
    async write(tables) {
      const files = [
        ["12:00:00", "Temp\\a.txt", "4d444d5093a7", 40_000_000],
        ["12:01:00", "Temp\\b.txt", "72656766", 60_000],
        ["12:02:00", "g.dahl\\NTUSER.DAT", "72656766", 600_000],
      ] as const;
      for (const [clock, name, magic, octets] of files)
        await add(tables, "smb_operations", clock, STRANGER, "10.0.0.30", 445, {
          uid: clock,
          action: "transfer",
          path: "\\\\FS01\\C$",
          name,
          magic,
          bytes_read: octets,
          outcome: "confirmed",
        });
    },
  },
  {
    name: "ntlm-relay",
    shows: "The log-on that a server made at a workstation is used by that workstation at the backup server.",
    isAttack: true,
    async write(tables) {
      const logOn = { username: "svc_backup", domainname: "CORP", challenge: "c26f2d9643d89618", accepted: true };
      await add(tables, "ntlm", "12:00:00.1", STRANGER, SERVER, 445, logOn);
      await add(tables, "ntlm", "12:00:00.2", "10.0.0.30", STRANGER, 445, { ...logOn, accepted: null });
    },
  },
  {
    name: "name-poisoning",
    shows: "A workstation answers for four names that others ask for on the local link.",
    isAttack: true,
    async write(tables) {
      for (const [i, query] of ["fileserv", "repo1", "wpad", "printsrv"].entries())
        await add(tables, "dns", `12:0${i}:00`, `10.0.0.3${i}`, "224.0.0.252", 5355, {
          query,
          qtype: 1,
          answers: [STRANGER],
          answered_by: STRANGER,
        });
    },
  },
  {
    name: "console-log-on-failures",
    shows: "Eight log-ons at the backup server's API are refused within a minute.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 8; i++)
        await request(tables, `2024-03-01 12:00:0${i}`, STRANGER, SERVER, 9419, "POST", "/api/oauth2/token", {
          status_code: 401,
        });
    },
  },
  {
    name: "clear-credentials",
    shows: "Somebody logs on to the repository over FTP.",
    isAttack: true,
    async write(tables) {
      await add(tables, "ftp_command", "12:00:00", STRANGER, REPOSITORY, 21, {
        user: "backup",
        command: "PASS",
        arg: "<hidden>",
        reply_code: 230,
        success: true,
      });
    },
  },
  {
    name: "address-spoofing",
    shows: "A second DHCP server names itself as router.",
    isAttack: true,
    async write(tables) {
      for (const [i, server] of [CONTROLLER, CONTROLLER, STRANGER].entries())
        await add(tables, "dhcp", `12:0${i}:00`, "0.0.0.0", "255.255.255.255", 67, {
          mac: `00:00:5e:00:53:0${i}`,
          server_addr: server,
          servers: [server],
          assigned_addr: `10.0.0.4${i}`,
          routers: [server === STRANGER ? STRANGER : "10.0.0.1"],
          dns_servers: [CONTROLLER],
        });
    },
  },
  {
    name: "marshalled-name",
    shows: "A workstation asks for a name that holds a marshalled credential target.",
    isAttack: true,
    async write(tables) {
      const name = "bkp011UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA";
      await add(tables, "dns", "12:00:00", STRANGER, CONTROLLER, 53, {
        query: name.toLowerCase(),
        original_query: name,
      });
    },
  },
  {
    name: "event-service-crash",
    shows: "A log is to be cleared by a call that is never answered, and the pipe of the service is gone.",
    isAttack: true,
    async write(tables) {
      await call(tables, "2024-03-01 12:00:00", STRANGER, SERVER, "eventlog", 0, "ElfrClearELFW", {
        outcome: "attempted",
      });
      await add(tables, "smb_operations", "12:00:02", STRANGER, SERVER, 445, {
        action: "open",
        path: "\\\\BKP01\\IPC$",
        name: "\\eventlog",
        status: "STATUS_OBJECT_NAME_NOT_FOUND",
        outcome: "refused",
      });
    },
  },
  {
    name: "forged-ticket",
    shows: "A ticket of an account that does not exist is presented, and one that another machine was given.",
    isAttack: true,
    async write(tables) {
      const ask = { request_type: "TGS", service: "cifs/bkp01" };
      await add(tables, "kerberos", "12:00:00", STRANGER, CONTROLLER, 88, {
        ...ask,
        success: false,
        error_code: 6,
        auth_ticket_sha256: "aa",
      });
      await add(tables, "kerberos", "12:01:00", "10.0.0.30", CONTROLLER, 88, {
        request_type: "AS",
        client: "g.dahl/CORP.EXAMPLE",
        service: "krbtgt/CORP.EXAMPLE",
        success: true,
        new_ticket_sha256: "bb",
      });
      await add(tables, "kerberos", "12:02:00", STRANGER, CONTROLLER, 88, {
        ...ask,
        success: true,
        auth_ticket_sha256: "bb",
      });
    },
  },
  {
    name: "skeleton-key",
    shows:
      "A controller that gives AES in the morning answers two accounts in RC4 at noon, and gives them tickets in RC4.",
    isAttack: true,
    async write(tables) {
      await logOn(tables, "08:00:00", "10.0.0.30", "g.dahl", AES, AES);
      await logOn(tables, "12:00:00", "10.0.0.30", "g.dahl", RC4, RC4);
      await logOn(tables, "12:01:00", "10.0.0.31", "adm-berg", RC4, RC4);
    },
  },
  {
    name: "account-without-aes",
    shows: "An account whose password is older than AES is answered in RC4, beside others; its tickets are in AES.",
    isAttack: false,
    async write(tables) {
      await logOn(tables, "08:00:00", "10.0.0.30", "g.dahl", AES, AES);
      await logOn(tables, "08:01:00", "10.0.0.31", "scanner", AES, RC4);
      await logOn(tables, "12:00:00", "10.0.0.31", "scanner", AES, RC4);
    },
  },
  {
    name: "federation-export",
    shows: "A workstation reads the configuration of a federation server with PowerShell.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 3; i++)
        await request(
          tables,
          `2024-03-01 12:00:0${i}`,
          STRANGER,
          "10.0.0.40",
          80,
          "POST",
          "/adfs/services/policystoretransfer",
          {
            user_agent: "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1",
            response_body_len: 60_000,
          },
        );
    },
  },
  {
    name: "server-identity-change",
    shows: "The repository shows one SSH host key for some days and then another.",
    isAttack: true,
    async write(tables) {
      for (const [i, key] of ["SHA256:one", "SHA256:one", "SHA256:two"].entries())
        await tables.add("ssh", {
          ts: timeOf(`2024-03-0${i + 1} 12:00:00`),
          "id.orig_h": "10.0.0.21",
          "id.resp_h": REPOSITORY,
          "id.resp_p": 22,
          host_key_alg: "ssh-ed25519",
          host_key_sha256: key,
        });
    },
  },
  {
    name: "failed-connections",
    shows: "After eight ordinary days half of a machine's connections fail.",
    isAttack: true,
    async write(tables) {
      for (let hour = 0; hour < 24 * 8; hour++) {
        const clock = new Date(Date.UTC(2024, 2, 1, hour)).toISOString().slice(0, 19).replace("T", " ");
        await connection(tables, clock, "10.0.0.30", "10.0.0.5", 445);
      }
      for (let i = 0; i < 30; i++)
        await connection(tables, `2024-03-09 12:00:${10 + i}`, "10.0.0.30", `10.0.0.${100 + i}`, 445, {
          conn_state: i % 2 === 0 ? "S0" : "SF",
        });
    },
  },
  {
    name: "certificate-relay",
    shows:
      "A stranger asks a certification authority for a certificate as a server's machine account; a person asks for one as herself.",
    isAttack: true,
    async write(tables) {
      for (const [minute, from, username] of [
        ["10", STRANGER, "DC01$"],
        ["20", "10.0.0.21", "anna"],
      ] as const) {
        const uid = `C${minute}`;
        await add(tables, "ntlm", `12:${minute}:00`, from, SERVER, 80, {
          uid,
          n: 1,
          username,
          domainname: "CORP",
          success: true,
        });
        await request(tables, `2024-03-01 12:${minute}:01`, from, SERVER, 80, "POST", "/certsrv/certfnsh.asp", {
          uid,
          n: 2,
        });
      }
    },
  },
];
