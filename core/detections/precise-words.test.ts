import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { call } from "../../test/row-stories/rpc-rows.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** What a sentence names: whose, what, from which side, and what came back. */

const ADMIN = "10.0.0.7";
const GUESSER = "10.0.0.8";
const DESK = "10.0.0.9";
const CONTROLLER = "10.0.0.10";
const PARTNER = "10.0.0.11";
const SERVER = "10.0.0.20";
const OUTSIDE = "203.0.113.9";
const ASKED = [
  ...["BT-CA-001", "BT-CA-005", "BT-CA-010", "BT-CA-013", "BT-CA-014", "BT-CA-015", "BT-CA-019", "BT-IN-018"],
  ...["BT-C2-008", "BT-C2-015", "BT-DI-025", "BT-IA-025", "BT-LM-001", "BT-LM-008", "BT-TI-043"],
];

let tables: RecordTables;
let findings: readonly Finding[];
let n = 0;
const at = (second: number): string =>
  `2024-03-01 02:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;
const add = (table: string, second: number, from: string, to: string, fields: object) =>
  row(tables, table, at(second), from, to, { n: n++, ...fields });
const rpc = (
  second: number,
  from: string,
  to: string,
  endpoint: string,
  opnum: number,
  operation: string,
  fields = {},
) => call(tables, at(second), from, to, endpoint, opnum, operation, { user: null, n: n++, ...fields });

async function secrets(): Promise<void> {
  const retrieve = (second: number, target_name: string, fields = {}) =>
    rpc(second, ADMIN, CONTROLLER, "lsarpc", 43, "LsarRetrievePrivateData", { uid: "L", target_name, ...fields });
  await retrieve(1, "G$BCKUPKEY_PREFERRED", { outcome: "attempted" });
  await retrieve(2, "G$BCKUPKEY_b1a2c3d4-0000-4000-8000-0123456789ab", { response_octets: 76 });
  const open = { action: "transfer", path: "\\\\SRV\\c$", share_type: "DISK", outcome: "confirmed", uid: "S" };
  for (const bytes_read of [4096, 800_000])
    await add("smb_operations", 5, ADMIN, SERVER, { ...open, name: "temp\\mimikatz.exe", size: 800_000, bytes_read });
}

async function guesses(): Promise<void> {
  const ask = (second: number, name: string, fields: object) =>
    add("kerberos", second, GUESSER, CONTROLLER, {
      request_type: "AS",
      client: `${name}/CORP`,
      success: false,
      ...fields,
    });
  for (let i = 0; i < 7; i++) await ask(10, `n${i}`, { error_msg: "KDC_ERR_C_PRINCIPAL_UNKNOWN" });
  await ask(11, "anna", { error_msg: "KDC_ERR_PREAUTH_FAILED" });
  await ask(12, "bert", { success: true });
  for (let i = 0; i < 6; i++) {
    const uid = `SSH${i}`;
    await connection(tables, at(20 + i), GUESSER, SERVER, 22, { uid });
    await add("ssh", 20 + i, GUESSER, SERVER, {
      uid,
      client: "SSH-2.0-libssh-0.9",
      auth_success: false,
      auth_attempts: 1,
    });
  }
}

async function shells(): Promise<void> {
  const stream = {
    orig_looked: 64,
    resp_looked: 8,
    orig_entropy: 4,
    resp_entropy: 3,
    orig_printable: 1,
    resp_printable: 1,
  };
  await connection(tables, at(30), DESK, OUTSIDE, 443, { uid: "SH1", orig_bytes: 183, resp_bytes: 8 });
  await add("unrecognised", 30, DESK, OUTSIDE, {
    ...{ ...stream, uid: "SH1", "id.resp_p": 443 },
    ...{ orig_head: "bash: no job control in this shell", resp_head: "\\x0awhoami\\x0a" },
  });
  await connection(tables, at(31), OUTSIDE, DESK, 4444, { uid: "SH2", orig_bytes: 8, resp_bytes: 90 });
  await add("unrecognised", 31, OUTSIDE, DESK, {
    ...{ ...stream, uid: "SH2", "id.resp_p": 4444, orig_head: "id\\x0a", resp_head: "uid=0(root) gid=0(root)" },
  });
  // Text protocols and shells without a prompt, three connections of one pair, and one that prints who it is.
  const talks: [string, string, string, string][] = [
    ["SH3", "10.0.0.30", "id 17\\x0a", "OK 17 ready\\x0a"],
    ["SH4", "10.0.0.30", "dir jobs\\x0a", "3 jobs\\x0a"],
    ["SH5", "10.0.0.31", "ls -la\\x0a", "total 12\\x0adrwxr-xr-x 2 root root 4096 ."],
    ["SH6", "10.0.0.32", "corp\\bert\\x0d\\x0a", "whoami\\x0a"],
    ["SH8", "10.0.0.33", "ls\\x0a", "notes.txt\\x0awww@web:~$ "],
    ["SH7", "10.0.0.32", "id 3\\x0a", "OK\\x0a"],
  ];
  for (const [i, [uid, from, orig_head, resp_head]] of talks.entries()) {
    await connection(tables, at(34 + i), from, SERVER, 7000, { uid, orig_bytes: 40, resp_bytes: 40 });
    await add("unrecognised", 34 + i, from, SERVER, { ...stream, uid, "id.resp_p": 7000, orig_head, resp_head });
  }
  const pool = { uid: "ST", "id.resp_p": 3333, agent: "xmr/1", worker: "w1", jobs: 1, shares: 1, accepted: 1 };
  await add("stratum", 32, DESK, OUTSIDE, pool);
  for (const uri of ["/0hXC6.pl|dir", "/a?q=1'+UNION+SELECT"])
    await add("http", 33, OUTSIDE, SERVER, {
      ...{ uid: "W", method: "GET", uri, user_agent: "Nikto/2" },
      ...{ telltales: ["command injection"], telltale_text: uri.toLowerCase().replaceAll("+", " ") },
    });
}

async function controllers(): Promise<void> {
  await rpc(40, CONTROLLER, PARTNER, "unknown", 2, "unknown-2", { uid: "N", sealed: true });
  await rpc(41, PARTNER, CONTROLLER, "drsuapi", 3, "DRSGetNCChanges", {
    uid: "R",
    sealed: true,
    response_octets: 1300,
  });
  for (const opnum of [16, 12, 3])
    await rpc(45, GUESSER, CONTROLLER, "unknown", opnum, `unknown-${opnum}`, { uid: "D", response_octets: 2000 });
  await rpc(45, ADMIN, CONTROLLER, "drsuapi", 3, "DRSGetNCChanges", {
    ...{ uid: "S3", outcome: "attempted", rtt: 1_000_000, response_octets: 900 },
  });
  await rpc(46, GUESSER, CONTROLLER, "BackupKey", 0, "bkrp_BackupKey", { uid: "K", response_octets: 12 });
  await rpc(50, DESK, PARTNER, "efsrpc", 0, "EfsRpcOpenFileRaw", { uid: "E", outcome: "attempted" });
  await add("ntlm", 50, DESK, PARTNER, { uid: "E", accepted: true, response: "anonymous" });
  await connection(tables, at(51), PARTNER, DESK, 445, { uid: "B" });
  await add("ntlm", 51, PARTNER, DESK, {
    ...{ uid: "B", username: "DC2$", domainname: "CORP", challenge: "1122334455667788" },
    server_nb_computer_name: "WIN-MADEUP",
    server_time: 1_400_000_000_000_000_000n,
  });
}

async function services(): Promise<void> {
  const sealed = { uid: "V", sealed: true };
  await rpc(60, ADMIN, SERVER, "svcctl", 24, "CreateServiceA", sealed);
  await rpc(61, ADMIN, SERVER, "svcctl", 31, "StartServiceA", sealed);
  await rpc(62, ADMIN, SERVER, "svcctl", 2, "DeleteService", sealed);
  await rpc(70, ADMIN, SERVER, "eventlog", 0, "ElfrClearELFW", { uid: "C", outcome: "attempted" });
  const gone = { uid: "G", action: "open", name: "\\eventlog", status: "STATUS_OBJECT_NAME_NOT_FOUND" };
  await add("smb_operations", 70, ADMIN, SERVER, { ...gone, ts: 1_709_258_470_400_000_000n });
}

async function automation(): Promise<void> {
  await rpc(80, GUESSER, DESK, "IRemoteSCMActivator", 4, "RemoteCreateInstance", { uid: "A0", sealed: true });
  const shell = (command: string): string =>
    `c:\\windows\\system32\\cmd.exe C:\\ /Q /c ${command} 1> \\\\127.0.0.1\\ADMIN$\\__1 2>&1 7`;
  for (const [i, command] of ["dir", "cd Users", "dir"].entries())
    await rpc(81 + i, GUESSER, DESK, "IDispatch", 6, "Invoke", {
      ...{ uid: "A1", target_name: "ExecuteShellCommand", command: shell(command) },
    });
  const share = { action: "transfer", path: "\\\\DESK\\ADMIN$", share_type: "DISK", outcome: "confirmed", uid: "A2" };
  await add("smb_operations", 82, GUESSER, DESK, { ...share, name: "__1", bytes_read: 497 });
}

beforeAll(async () => {
  tables = await RecordTables.create();
  for (const part of [secrets, guesses, shells, controllers, services, automation]) await part();
  await tables.finish();
  await inferEstate(tables, parseScope(`assets:\n  - address: ${CONTROLLER}\n    roles: [domain-controller]\n`));
  const asked = DETECTIONS.filter(({ id }) => ASKED.includes(id));
  ({ findings } = await runDetections(tables, asked));
});
afterAll(() => tables.close());

const of = (id: string, source: string): Finding =>
  findings.find((each) => each.source === source && [each, ...each.also].some(({ detection }) => detection === id))!;

describe("what was taken, and by whom", () => {
  it("names the secrets that were asked for, and which calls got no answer", () => {
    const { explanation, outcome, severity, count } = of("BT-CA-019", ADMIN);
    expect([outcome, severity, count]).toEqual(["confirmed", "critical", 2]);
    expect(explanation).toBe(
      `Somebody on ${ADMIN} asked ${CONTROLLER} 2 times for stored secrets or the key that protects them (LsarRetrievePrivateData: G$BCKUPKEY_PREFERRED, G$BCKUPKEY_b1a2c3d4-0000-4000-8000-0123456789ab); the answers hold 76 bytes. G$BCKUPKEY with an identifier is a backup key of the domain for DPAPI: it opens whatever its users protect with DPAPI. Of these, 1 was not seen to succeed.`,
    );
  });

  it("tells the share of a credential tool, and its length though its head was read twice", () => {
    const { explanation, title, attack } = of("BT-CA-005", ADMIN);
    expect(attack).toEqual(["T1570"]);
    expect(title).toBe("Credential theft tool over SMB");
    expect(explanation).toContain("\\\\SRV\\c$\\temp\\mimikatz.exe (800 kB) from");
  });

  it("counts a name as guessed that is accepted among names of which most do not exist", () => {
    const { explanation, outcome, severity, attack } = of("BT-CA-010", GUESSER);
    expect(attack.toSorted()).toEqual(["T1087.002", "T1110.003"]);
    expect([outcome, severity]).toEqual(["confirmed", "critical"]);
    expect(explanation).toMatch(
      /tried 9 account names .* 7 do not exist, for 1 the password was wrong; the log-on was accepted for CORP\\bert\./,
    );
  });

  it("calls a server of SSH no repository that nobody knows as one, and says what guesses are concluded from", () => {
    expect(of("BT-CA-015", GUESSER)).toMatchObject({
      title: "SSH password guessing",
      explanation: `By the lengths of encrypted messages, ${GUESSER} failed 6 SSH log-ons on ${SERVER}, begun within 5 s, using SSH-2.0-libssh-0.9.`,
    });
  });

  it("tells the account that a coerced machine gave away, and that no account was needed to coerce it", () => {
    expect(of("BT-CA-013", DESK).explanation).toContain(
      `${DESK}, logged on without an account, called EfsRpcOpenFileRaw (interface efsrpc) on ${PARTNER}`,
    );
    expect(of("BT-CA-013", DESK).explanation).toContain(
      `it connected to ${DESK} and sent a log-on there by NTLM as CORP\\DC2$`,
    );
  });

  it("says of a made-up challenge that log-ons are collected, and takes no name from who gives it", () => {
    const collected = of("BT-CA-014", DESK);
    expect([collected.explanation, ...collected.also.map(({ explanation }) => explanation)].join(" ")).toContain(
      "(1122334455667788, it got log-ons as CORP\\DC2$, less than 30 s after it had logged on to the same host: it may have made that host do so)",
    );
    expect(collected.also.map(({ title }) => title).concat(collected.title)).toContain(
      "NTLM log-ons collected with a fixed challenge",
    );
    expect(collected.explanation).not.toContain("WIN-MADEUP");
  });

  it("takes no clock from a server whose challenge is made up", () =>
    expect(findings.filter(({ detection }) => detection === "BT-IN-018")).toEqual([]));

  it("counts the questions for objects of the directory, not those before them, and repeats no operation as a name", () => {
    expect(of("BT-CA-001", GUESSER).explanation).toContain(`asked ${CONTROLLER} once to replicate directory objects`);
    expect(of("BT-CA-019", GUESSER).explanation).toContain(
      "protects them (bkrp_BackupKey); the answers hold 12 bytes.",
    );
  });

  it("says of an answer that was cut that it came, without its status", () =>
    expect(of("BT-CA-001", ADMIN)).toMatchObject({
      outcome: "attempted",
      explanation: expect.stringContaining(
        "it answered with 900 bytes, of which the status was not captured",
      ) as unknown,
    }));

  it("takes a machine that a controller tells of changes for its partner", () => {
    const { severity, explanation } = of("BT-CA-001", PARTNER);
    expect(severity).toBe("low");
    expect(explanation).toContain("itself called");
  });
});

describe("what was said on a connection", () => {
  it.each([
    [
      DESK,
      "of the machine that connected (a reverse shell): it first wrote `bash: no job control in this shell` and was first sent `whoami`",
    ],
    [
      OUTSIDE,
      "of the machine that was connected to (a bind shell): it first wrote `uid=0(root) gid=0(root)` and was first sent `id`",
    ],
  ])("tells on which side of %s the command interpreter ran", (source, words) => {
    const shell = of("BT-C2-008", source);
    expect(shell.explanation).toContain(words);
    expect(shell).toMatchObject({ severity: "high", attack: ["T1095", "T1059"] });
  });

  it("takes a command's name alone for a possible command interpreter, by what one connection said", () => {
    const { severity, basis, title, explanation } = of("BT-C2-008", "10.0.0.30");
    expect([severity, basis, title]).toEqual([
      "medium",
      "inference",
      "Possible command interpreter on a bare connection",
    ]);
    expect(explanation).toContain(
      "what by the first word said to it may be a command interpreter of the machine that was connected to (a bind shell): it first wrote `OK 17 ready` and was first sent `id 17`",
    );
  });

  it.each([
    [
      "10.0.0.31",
      "(a bind shell): it first wrote `total 12\\x0adrwxr-xr-x 2 root root 4096 .` and was first sent `ls -la`",
    ],
    ["10.0.0.33", "(a bind shell): it first wrote `notes.txt\\x0awww@web:~$ ` and was first sent `ls`"],
    ["10.0.0.32", "(a reverse shell): it first wrote `corp\\bert` and was first sent `whoami`"],
  ])("takes what a command prints for a command interpreter: that of %s", (source, words) => {
    const shell = of("BT-C2-008", source);
    expect(shell).toMatchObject({ severity: "high", basis: "fact" });
    expect(shell.explanation).toContain(words);
  });

  it("tells every command that an application was given, whose methods they came by, and that their output was fetched", () => {
    const used = of("BT-LM-008", GUESSER);
    expect(used.explanation).toContain(
      `to an application whose class is not readable (its methods are those of MMC20.Application) on ${DESK} over DCOM, 3 of them to invoke a method; it was given 3 commands (each told once): \`dir\`; \`cd Users\`; what was written to \\\\DESK\\ADMIN$\\__1 was fetched (497 bytes).`,
    );
    expect(used.basis).toBe("fact");
  });

  it("names the pool that is mined for", () =>
    expect(of("BT-C2-015", DESK).explanation).toBe(
      `${DESK} worked for the mining pool ${OUTSIDE} (port 3333) by the mining protocol Stratum, with xmr/1, as w1: 1 share handed in, 1 accepted.`,
    ));

  it("quotes a request as it was sent, and says of missing answers that they were not captured", () => {
    expect(of("BT-IA-025", OUTSIDE).explanation).toContain("such as /0hXC6.pl|dir; no answer was captured");
    expect(of("BT-DI-025", OUTSIDE).explanation).toContain("2 different paths in 2 requests; no answer was captured");
  });

  it("tells that a service was to be deleted again", () =>
    expect(of("BT-LM-001", ADMIN).explanation).toContain("the deletion of a service was asked for within 60 s"));

  it("tells when the event log service was gone, not within what time it was looked for", () =>
    expect(of("BT-TI-043", ADMIN).explanation).toContain("within less than a second its pipe was not there any more"));
});
