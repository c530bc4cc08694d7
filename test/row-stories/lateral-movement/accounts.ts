import { connection, nineDays, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const WORKSTATION = "10.0.0.77";
const SERVER = "10.0.0.20";

/** An accepted log-on with NTLM. Windows unless said otherwise. */
function ntlm(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  username: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return row(tables, "ntlm", clock, from, to, {
    "id.resp_p": 445,
    username,
    domainname: "CORP",
    hostname: "WS77",
    client_version: "10.0.19041",
    response: "NTLMv2",
    has_mic: true,
    accepted: true,
    success: true,
    ...fields,
  });
}

function smbSession(tables: RecordTables, clock: string, from: string, to: string, user: string): Promise<void> {
  return row(tables, "smb_sessions", clock, from, to, {
    "id.resp_p": 445,
    user,
    mechanism: "kerberos",
    outcome: "confirmed",
  });
}

function service(tables: RecordTables, clock: string, from: string, to: string, user: string): Promise<void> {
  return row(tables, "dce_rpc", clock, from, to, {
    "id.resp_p": 445,
    endpoint: "svcctl",
    opnum: 12,
    operation: "CreateServiceW",
    user,
    outcome: "confirmed",
  });
}

/** Nine days on which somebody reaches the file server with a Kerberos ticket, twice a day. */
async function kerberosDays(tables: RecordTables): Promise<void> {
  await nineDays(async (date) => {
    await connection(tables, `${date} 09:00:00`, WORKSTATION, SERVER, 445);
    await smbSession(tables, `${date} 09:00:01`, WORKSTATION, SERVER, "CORP\\anna");
    await smbSession(tables, `${date} 14:00:01`, WORKSTATION, SERVER, "CORP\\anna");
  });
}

/** Stories of accounts on the way from machine to machine. */
export const ACCOUNTS: readonly RowStory[] = [
  {
    name: "ntlm-after-kerberos",
    shows: "An account that used Kerberos towards a server for eight days logs on there with NTLM.",
    isAttack: true,
    async write(tables) {
      await kerberosDays(tables);
      await ntlm(tables, "2024-03-09 11:00:00", WORKSTATION, SERVER, "anna");
    },
  },
  {
    name: "ntlm-hash-tool",
    shows: "A client that names neither Windows version nor machine logs on with NTLM and makes a service.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 445);
      await ntlm(tables, "2024-03-01 10:00:01", WORKSTATION, SERVER, "administrator", {
        hostname: null,
        client_version: null,
        has_mic: false,
      });
      await service(tables, "2024-03-01 10:00:03", WORKSTATION, SERVER, "CORP\\administrator");
    },
  },
  {
    name: "ntlm-windows-client",
    shows:
      "Windows clients log on with NTLM, where they always did, one of them to a server that goes on with a machine account.",
    isAttack: false,
    async write(tables) {
      await nineDays(async (date) => {
        await connection(tables, `${date} 09:00:00`, WORKSTATION, SERVER, 445);
        await ntlm(tables, `${date} 09:00:01`, WORKSTATION, SERVER, "anna");
        await ntlm(tables, `${date} 09:00:05`, SERVER, "10.0.0.10", "SRV20$");
      });
    },
  },
  {
    name: "ticket-of-nobody",
    shows: "Somebody logs on to WinRM with a Kerberos ticket; the server asks for that account and there is none.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 5985);
      await row(tables, "http", "2024-03-01 10:00:01", WORKSTATION, SERVER, {
        "id.resp_p": 5985,
        method: "POST",
        uri: "/wsman",
        auth_scheme: "kerberos",
        status_code: 200,
      });
      await row(tables, "kerberos", "2024-03-01 10:00:01.1", SERVER, "10.0.0.10", {
        "id.resp_p": 88,
        request_type: "TGS",
        service: "srv20$",
        delegation: "S4U2self",
        for_user: "nobody/corp.example",
        error_code: 6,
        success: false,
      });
    },
  },
  {
    name: "credential-switch",
    shows:
      "One account makes a service on a server; from there another account reaches the repository within the hour.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", WORKSTATION, SERVER, 445);
      await service(tables, "2024-03-01 10:00:03", WORKSTATION, SERVER, "CORP\\anna");
      await connection(tables, "2024-03-01 10:20:00", SERVER, "10.0.5.2", 445);
      await smbSession(tables, "2024-03-01 10:20:01", SERVER, "10.0.5.2", "CORP\\svc_backup");
    },
  },
];
