import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CrowdPlace } from "../../test/crowded-records.ts";
import { crowdSql, roundsSql } from "../../test/crowded-records.ts";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import type { Finding } from "../contracts/finding.ts";
import { RECORD_TYPES } from "../engine/record-types.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** Each decoy is there so often: more than anything that looks at the first or last of them takes. */
const COPIES = 400;

const CLIENT = "10.0.0.77";
const SERVER = "10.0.0.20";
const THIRD = "10.0.0.30";
const BACKUP = "10.0.5.1";
const HYPERVISOR = "10.0.0.60";
const OUTSIDE = "203.0.113.70";

type Fields = Readonly<Record<string, unknown>>;
type Writer = (tables: RecordTables, uid: string) => Promise<void>;

const clock = (second: number): string =>
  new Date(Date.UTC(2024, 2, 1, 10, 0, second)).toISOString().slice(0, 19).replace("T", " ");
const add =
  (table: string, second: number, fields: Fields, from = CLIENT, to = SERVER): Writer =>
  (tables, uid) =>
    row(tables, table, clock(second), from, to, { uid, n: second, ...fields });
const rpc = (second: number, endpoint: string, opnum: number, fields: Fields = {}): Writer =>
  add("dce_rpc", second, { endpoint, opnum, operation: "Op", outcome: "confirmed", user: "CORP\\op", ...fields });
const read = (second: number, name: string, fields: Fields = {}): Writer =>
  add("smb_operations", second, {
    action: "transfer",
    outcome: "confirmed",
    path: "\\\\S\\C$",
    name,
    bytes_read: 90,
    ...fields,
  });
const session =
  (second: number, from: string, to: string, port: number, fields: Fields = {}): Writer =>
  (tables, uid) =>
    connection(tables, clock(second), from, to, port, { uid: `${uid}-${second}`, ...fields });
const ssh = (second: number, fields: Fields): Writer =>
  add("ssh", second, { "id.resp_p": 22, auth_success: true, ...fields }, CLIENT, HYPERVISOR);
const logOn = (second: number, uid: string, username: string): Writer =>
  add("ntlm", second, { uid, username, domainname: "CORP" }, SERVER, OUTSIDE);
const http = (second: number, fields: Fields): Writer =>
  add("http", second, { method: "GET", status_code: 200, ...fields });
const ntlm = (second: number, from: string, to: string): Writer =>
  add("ntlm", second, { challenge: "0102030405060708", username: "ann", domainname: "CORP", accepted: true }, from, to);

interface Case {
  readonly id: string;
  readonly what: string;
  readonly place: CrowdPlace;
  /** Before and after what matters, `COPIES` times each. */
  readonly decoys: readonly Writer[];
  readonly real: readonly Writer[];
  readonly told: (findings: readonly Finding[]) => void;
}

const tells =
  (text: string, severity?: string) =>
  (findings: readonly Finding[]): void => {
    const finding = findings.find(({ explanation }) => explanation.includes(text));
    expect(finding?.explanation).toContain(text);
    if (severity !== undefined) expect(finding?.severity).toBe(severity);
  };

const SERVICE = { command: null, target_name: "svc" };

const CASES: readonly Case[] = [
  {
    id: "BT-LM-003",
    what: "files that are read and stay",
    place: "named",
    decoys: [read(9, "a.txt"), read(33, "a.txt"), read(36, "a.txt")],
    real: [
      rpc(30, "svcctl", 12, SERVICE),
      rpc(31, "svcctl", 19, SERVICE),
      rpc(32, "svcctl", 2, SERVICE),
      read(34, "out.txt"),
      read(35, "out.txt", { action: "delete", bytes_read: null }),
    ],
    told: tells("out.txt", "high"),
  },
  {
    id: "BT-LM-004",
    what: "other files and commands",
    place: "named",
    decoys: [
      read(9, "a.bin", { bytes_read: null, bytes_written: 9 }),
      read(31, "a.bin", { bytes_read: null, bytes_written: 9 }),
      rpc(32, "IWbemServices", 24, { command: "dir" }),
      rpc(60, "IWbemServices", 24, { command: "dir" }),
    ],
    real: [
      read(30, "run.exe", { bytes_read: null, bytes_written: 9 }),
      rpc(50, "IWbemServices", 24, { command: "C:\\run.exe" }),
    ],
    told: (findings) => expect(findings[0]?.severity).toBe("critical"),
  },
  {
    id: "BT-LM-006",
    what: "refused calls and other files",
    place: "named",
    decoys: [9, 31, 50].flatMap((second) => [
      rpc(second, "ITaskSchedulerService", 12, { outcome: "refused" }),
      read(second, "a.txt"),
    ]),
    real: [
      rpc(30, "ITaskSchedulerService", 1, { target_name: "\\t", command: "cmd /c dir > out.txt" }),
      rpc(40, "ITaskSchedulerService", 12),
      rpc(41, "ITaskSchedulerService", 13),
      read(42, "out.txt"),
    ],
    told: (findings) => {
      tells("ran it, deleted it", "critical")(findings);
      tells("what it wrote was fetched from \\\\S\\C$\\out.txt")(findings);
    },
  },
  {
    id: "BT-LM-008",
    what: "objects started long before and after",
    place: "named",
    decoys: [9, 500].map((second) => rpc(second, "IRemoteSCMActivator", 4, { target_name: "Other" })),
    real: [rpc(290, "IRemoteSCMActivator", 4, { target_name: "MMC20.Application" }), rpc(300, "IDispatch", 6)],
    told: tells("MMC20.Application", "high"),
  },
  {
    id: "BT-LM-008",
    what: "other files that are fetched",
    place: "named",
    decoys: [9, 301, 320].map((second) => read(second, "a.txt")),
    real: [rpc(300, "IDispatch", 6, { command: "cmd /c dir > out.txt" }), read(310, "out.txt")],
    told: tells("what was written to \\\\S\\C$\\out.txt was fetched", "high"),
  },
  {
    id: "BT-LM-015",
    what: "calls that run nothing and log-ons of Windows",
    place: "same",
    decoys: [9, 31, 70].flatMap((second) => [
      rpc(second, "svcctl", 1),
      add("ntlm", second, {
        username: "ann",
        client_version: "10.0",
        hostname: "PC",
        response: "NTLMv2",
        has_mic: true,
        accepted: true,
      }),
    ]),
    real: [
      add("ntlm", 30, { username: "ann", response: "NTLMv2", has_mic: false, accepted: true }),
      rpc(60, "svcctl", 12),
    ],
    told: tells("Its client leaves out", "medium"),
  },
  {
    id: "BT-LM-015",
    what: "tickets of other moments and names that are known",
    place: "same",
    decoys: [9, 50].flatMap((second) => [
      add("http", second, { auth_scheme: "negotiate", status_code: 200 }),
      add("kerberos", second, { delegation: "S4U2self", error_code: 0, for_user: "eve/CORP" }, SERVER, BACKUP),
    ]),
    real: [
      add("http", 29, { auth_scheme: "negotiate", status_code: 200 }),
      add("kerberos", 30, { delegation: "S4U2self", error_code: 6, for_user: "eve/CORP" }, SERVER, BACKUP),
    ],
    told: tells("accepted the ticket", "critical"),
  },
  {
    id: "BT-LM-023",
    what: "accounts that differ by what a cookie cuts off",
    place: "named",
    decoys: [9, 31, 50].map((second) =>
      add("smb_sessions", second, { user: "ann0", outcome: "confirmed" }, SERVER, BACKUP),
    ),
    real: [
      rpc(30, "svcctl", 12, { user: "ann" }),
      add("smb_sessions", 40, { user: "bob", outcome: "confirmed" }, SERVER, BACKUP),
    ],
    told: tells("bob", "high"),
  },
  {
    id: "BT-LM-023",
    what: "accounts that reach the same host themselves",
    place: "named",
    decoys: [
      rpc(9, "svcctl", 12, { user: "eve0" }),
      add("smb_sessions", 31, { user: "eve0", outcome: "confirmed" }, SERVER, BACKUP),
    ],
    real: [
      rpc(30, "svcctl", 12, { user: "ann" }),
      add("smb_sessions", 40, { user: "bob", outcome: "confirmed" }, SERVER, BACKUP),
    ],
    told: tells("ann went from 10.0.0.77 to 10.0.0.20; from there bob logged on", "high"),
  },
  {
    id: "BT-LM-023",
    what: "accounts that were there too early, and others that went on too early",
    place: "named",
    decoys: [
      rpc(9, "svcctl", 12, { user: "eve0" }),
      add("smb_sessions", 8, { user: "kim0", outcome: "confirmed" }, SERVER, BACKUP),
    ],
    real: [
      rpc(3608, "svcctl", 12, { user: "ann" }),
      add("smb_sessions", 3612, { user: "bob", outcome: "confirmed" }, SERVER, BACKUP),
    ],
    told: tells("bob", "high"),
  },
  {
    id: "BT-AD-004",
    what: "log-ons that failed, and copies of many sizes",
    place: "same",
    decoys: [9, 31, 50].flatMap((second) => [
      ssh(second, { auth_success: false, inferred_use: "interactive" }),
      ssh(second, { inferred_use: "file copy", inferred_direction: "up", orig_session_octets: second }),
    ]),
    real: [
      add("hypervisor_api", 30, { operation: "StartService", parameters: ["TSM-SSH"] }, CLIENT, HYPERVISOR),
      session(40, CLIENT, HYPERVISOR, 22),
      ssh(40, { inferred_use: "interactive", inferred_confidence: 0.9 }),
    ],
    told: tells("a shell that was typed into (confidence 0.9)", "high"),
  },
  {
    id: "BT-AD-004",
    what: "a dozen small copies before the large one",
    place: "same",
    decoys: Array.from({ length: 12 }, (_, i) =>
      ssh(31 + i, { inferred_use: "file copy", inferred_direction: "up", orig_session_octets: 1 + i }),
    ),
    real: [
      add("hypervisor_api", 30, { operation: "StartService", parameters: ["TSM-SSH"] }, CLIENT, HYPERVISOR),
      session(60, CLIENT, HYPERVISOR, 22),
      ssh(60, { inferred_use: "file copy", inferred_direction: "up", orig_session_octets: 400e9 }),
    ],
    told: tells("a copy to it of 400.0 GB", "high"),
  },
  {
    id: "BT-AD-019",
    what: "switches that failed and sessions for nothing",
    place: "same",
    decoys: [9, 31, 90].flatMap((second) => [
      add(
        "hypervisor_api",
        second,
        { operation: "StartService", parameters: ["TSM-SSH"], fault: "no" },
        CLIENT,
        HYPERVISOR,
      ),
      ssh(second, { inferred_use: "tunnel" }),
    ]),
    real: [
      add("hypervisor_api", 20, { operation: "StartService", parameters: ["TSM-SSH"] }, CLIENT, HYPERVISOR),
      ssh(30, { inferred_use: "file copy", inferred_direction: "up", orig_session_octets: 99_999 }),
      ssh(40, { inferred_use: "command" }),
    ],
    told: tells("switched on before; something was copied up and a session to run it followed", "high"),
  },
  {
    id: "BT-CA-002",
    what: "refused calls, and files of other times",
    place: "own",
    decoys: [
      ...[9, 31, 50].map((second) => rpc(second, "winreg", 20, { outcome: "refused", command: "SAM" })),
      ...[9, 700].map((second) => read(second, "a.tmp")),
    ],
    real: [rpc(30, "winreg", 20, { command: "SAM" }), read(40, "sam.tmp")],
    told: tells("then read \\\\S\\C$\\sam.tmp", "critical"),
  },
  {
    id: "BT-CA-008",
    what: "searches for one object",
    place: "same",
    decoys: [9, 31, 60].map((second) =>
      add("ldap_search", second, { scope: "base", filter: "(servicePrincipalName=*)" }),
    ),
    real: [
      add("ldap_search", 30, { scope: "sub", filter: "(servicePrincipalName=*)" }),
      ...["sql/a", "web/b"].map((service, i) =>
        add("kerberos", 40 + i, {
          request_type: "TGS",
          success: true,
          client: "ann/CORP",
          service,
          cipher: "aes256-cts",
        }),
      ),
    ],
    told: tells("searched the directory", "medium"),
  },
  {
    id: "BT-CA-012",
    what: "log-ons of the very host that it is relayed to",
    place: "own",
    decoys: [9, 31, 50].map((second) => ntlm(second, THIRD, SERVER)),
    real: [ntlm(30, CLIENT, SERVER), ntlm(32, SERVER, THIRD)],
    told: tells(`given to it by ${CLIENT}`, "critical"),
  },
  {
    id: "BT-CA-013",
    what: "connections to hosts that were known before",
    place: "own",
    decoys: [session(9, SERVER, THIRD, 445), session(31, SERVER, THIRD, 445), session(50, SERVER, THIRD, 445)],
    real: [rpc(30, "efsrpc", 0), session(40, SERVER, OUTSIDE, 445)],
    told: tells(`it connected to ${OUTSIDE}`, "high"),
  },
  {
    id: "BT-CA-013",
    what: "accounts of persons before that of the machine",
    place: "own",
    decoys: [session(31, SERVER, OUTSIDE, 445), logOn(31, "Cdecoy-31", "ann")],
    real: [rpc(30, "efsrpc", 0), session(40, SERVER, OUTSIDE, 445), logOn(40, "Creal-40", "S$")],
    told: (findings) => {
      const accounts = findings[0]?.explanation.match(/CORP\\(ann|S\$)/g);
      expect(accounts?.sort()).toEqual(["CORP\\S$", "CORP\\ann"]);
    },
  },
  {
    id: "BT-IA-004",
    what: "connections to others",
    place: "own",
    decoys: [9, 31, 50].map((second) => session(second, BACKUP, OUTSIDE, 443)),
    real: [session(30, CLIENT, BACKUP, 9398), session(40, BACKUP, CLIENT, 443)],
    told: tells(CLIENT, "high"),
  },
  {
    id: "BT-EX-004",
    what: "connections while nothing was open, and others while nothing was moved",
    place: "own",
    decoys: [
      ...[9, 80].map((second) => session(second, CLIENT, OUTSIDE, 50_000, { orig_bytes: 9e4, resp_bytes: 9 })),
      ...[20, 60].map((second) => session(second, CLIENT, OUTSIDE, 990, { service: "ssl", duration: 1e9 })),
    ],
    real: [
      session(30, CLIENT, OUTSIDE, 990, { service: "ssl", duration: 20e9 }),
      ...[40, 41].map((second) => session(second, CLIENT, OUTSIDE, 50_000, { orig_bytes: 9e4, resp_bytes: 9 })),
    ],
    told: tells("uploaded 2 files by FTP over TLS"),
  },
  {
    id: "BT-IA-024",
    what: "calls of other scripts and earlier ones",
    place: "named",
    decoys: [http(9, { uri: "/up/s.jsp" }), http(31, { uri: "/up/t.jsp" }), http(60, { uri: "/up/t.jsp" })],
    real: [
      http(30, { method: "PUT", uri: "/up/s.jsp", status_code: 201 }),
      http(40, { uri: "/up/s.jsp" }),
      http(41, { uri: "/up/s.jsp" }),
    ],
    told: tells("called 2 times", "medium"),
  },
  {
    id: "BT-CA-026",
    what: "other requests and accounts",
    place: "named",
    decoys: [9, 50].flatMap((second) => [
      http(second, { uri: "/a" }),
      add("ntlm", second, { username: "ann", domainname: "CORP" }),
    ]),
    real: [
      add("ntlm", 30, { username: "DC1$", domainname: "CORP" }),
      http(31, { uri: "/certsrv/certfnsh.asp", status_code: 200 }),
    ],
    told: tells("DC1$"),
  },
  {
    id: "BT-TI-043",
    what: "calls that were answered and pipes that opened",
    place: "same",
    decoys: [9, 31, 50].flatMap((second) => [
      rpc(second, "eventlog", 3),
      read(second, "eventlog", { action: "open", status: "STATUS_SUCCESS" }),
    ]),
    real: [
      rpc(30, "eventlog", 3, { outcome: "attempted" }),
      read(32, "eventlog", { action: "open", status: "STATUS_PIPE_BROKEN" }),
    ],
    told: tells("its pipe was broken"),
  },
];

describe("hundreds of records before and after", () => {
  let tables: RecordTables;
  beforeEach(async () => {
    tables = await RecordTables.create();
  });
  afterEach(() => tables.close());

  it.each(CASES)("do not keep $id from what matters: $what", async ({ id, place, decoys, real, told }) => {
    for (const write of decoys) await write(tables, "Cdecoy");
    const filled: (typeof RECORD_TYPES)[number][] = [];
    for (const type of RECORD_TYPES)
      if ((await tables.rows(`SELECT 1 FROM "${type.name}" LIMIT 1`)).length > 0) filled.push(type);
    const [rounds] = await tables.rows(roundsSql(filled));
    const { n, frame } = rounds as { n: number; frame: number };
    for (const sql of crowdSql(filled, COPIES, place, { n, frame })) await tables.rows(sql);
    for (const write of real) await write(tables, "Creal");
    await tables.finish();
    await inferEstate(tables, parseScope(SCOPE));
    const { findings } = await runDetections(
      tables,
      DETECTIONS.filter((each) => each.id === id),
    );
    told(findings);
  });
});
