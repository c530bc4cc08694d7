import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { call } from "../../test/row-stories/rpc-rows.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** What looks like an act and is none is told no higher for it, and the act itself beside it is told as before. */

const CONTROLLER = "10.0.0.10";
const SEARCHER = "10.0.0.31";
const PORTAL = "10.0.0.32";
const SLOW = "10.0.0.33";
const PARTNER = "10.0.0.34";
const THIEF = "10.0.0.35";
const LATE = "10.0.0.36";
const MANAGER = "10.0.0.37";
const TOOL = "10.0.0.38";
const KEEPER = "10.0.0.39";
const PRINTING = ["10.0.0.41", "10.0.0.42", "10.0.0.43", "10.0.0.44"] as const;
const SERVER = "10.0.0.20";
const ASKED = [
  ...["BT-CA-001", "BT-CA-010", "BT-CA-013", "BT-CA-019", "BT-LM-001", "BT-LM-008", "BT-LM-026", "BT-LM-034"],
];

let tables: RecordTables;
let findings: readonly Finding[];
let blind: readonly string[];
let n = 0;
const at = (second: number): string =>
  new Date(Date.parse("2024-03-01T02:00:00Z") + second * 1000).toISOString().slice(0, 19).replace("T", " ");

const UNKNOWN = { success: false, error_msg: "KDC_ERR_C_PRINCIPAL_UNKNOWN" };
const asks = (second: number, from: string, name: string, fields: object) =>
  row(tables, "kerberos", at(second), from, CONTROLLER, {
    ...{ request_type: "AS", client: `${name}/CORP`, n: n++, ...fields },
  });

async function names(): Promise<void> {
  const accepted = { success: true };
  await asks(0, SEARCHER, "owner", accepted);
  for (let i = 0; i < 12; i++) await asks(10 + i, SEARCHER, `n${i}`, UNKNOWN);
  for (const name of ["owner", "WS07$", "found"]) await asks(15, SEARCHER, name, accepted);
  await asks(600, SEARCHER, "evening", accepted);
  for (let i = 0; i < 4; i++) await asks(20 + 10 * i, PORTAL, `typo${i}`, UNKNOWN);
  for (let i = 0; i < 9; i++) await asks(22 + 4 * i, PORTAL, `user${i}`, accepted);
  await asks(3000, PORTAL, "typo", UNKNOWN);
  await asks(3020, PORTAL, "late", accepted);
  for (let i = 0; i < 10; i++) await asks(30 * i, SLOW, `n${i}`, UNKNOWN);
  await asks(300, SLOW, "found", accepted);
}

const rpc = (second: number, from: string, to: string, endpoint: string, opnum: number, fields: object) =>
  call(tables, at(second), from, to, endpoint, opnum, `call-${opnum}`, { user: null, n: n++, ...fields });

async function copies(): Promise<void> {
  const sealed = { sealed: true, response_octets: 5000 };
  for (const to of [PARTNER, THIEF]) await rpc(0, CONTROLLER, to, "drsuapi", 2, { uid: `N${to}`, sealed: true });
  for (const second of [1, 30, 300])
    await rpc(second, PARTNER, CONTROLLER, "drsuapi", 3, { uid: "P", user: "CORP\\DC2$", ...sealed });
  await rpc(2, THIEF, CONTROLLER, "drsuapi", 12, { uid: "T", ...sealed });
  await rpc(3, THIEF, CONTROLLER, "drsuapi", 3, { uid: "T", user: "CORP\\anna", ...sealed });
  for (const opnum of [16, 12]) await rpc(10, LATE, CONTROLLER, "unknown", opnum, { uid: "L", response_octets: 100 });
  await rpc(1500, LATE, CONTROLLER, "unknown", 3, { uid: "L", response_octets: 5000 });
  // No notice: a log-on of a user that the controller passes on, of which the bind is missing too.
  await rpc(1495, CONTROLLER, LATE, "unknown", 2, { uid: "M", sealed: true });
  await rpc(1496, CONTROLLER, LATE, "unknown", 45, { uid: "M", sealed: true });
}

async function requests(): Promise<void> {
  await rpc(0, MANAGER, SERVER, "efsrpc", 0, { uid: "E", outcome: "attempted" });
  await row(tables, "ntlm", at(0), MANAGER, SERVER, { uid: "E", n: n++ });
  await rpc(0, KEEPER, CONTROLLER, "lsarpc", 43, {
    uid: "K",
    target_name: "G$BCKUPKEY_PREFERRED",
    response_octets: 76,
  });
  const service = { uid: "V", target_name: "Agent", command: "C:\\agent.exe" };
  await rpc(60, MANAGER, SERVER, "svcctl", 12, service);
  await rpc(61, MANAGER, SERVER, "svcctl", 2, { uid: "V" });
  await rpc(60, TOOL, SERVER, "svcctl", 12, service);
  await rpc(61, TOOL, SERVER, "svcctl", 2, { uid: "V", target_name: "agent" });
  const driver = { command: "C:\\a\\UNIDRV.DLL", detail: "data file \\\\10.0.0.7\\smb\\x.dll", outcome: "refused" };
  const statuses = ["0x1c010002", "0x00000522", "0x0000007e", "0xc0000005"];
  for (const [i, status] of statuses.entries())
    await rpc(60, PRINTING[i]!, SERVER, "spoolss", 89, { ...driver, uid: `D${i}`, status, fault: i % 3 === 0 });
}

async function sealedCalls(): Promise<void> {
  await rpc(200, MANAGER, CONTROLLER, "dnsserver", 5, { uid: "Z", sealed: true });
}

async function automation(): Promise<void> {
  const start = { uid: "A", target_name: "Excel.Application" };
  await rpc(0, MANAGER, SERVER, "IRemoteSCMActivator", 4, start);
  await rpc(900, MANAGER, SERVER, "IDispatch", 6, { uid: "A1" });
  const runs = (second: number, host: string, command: string) =>
    rpc(second, host, SERVER, "IDispatch", 6, { uid: `C${host}`, target_name: "ShellExecute", command });
  await runs(100, TOOL, "reg save HKLM\\SAM C:\\Windows\\Temp\\s.hiv");
  await runs(101, PRINTING[0], "cmd /c C:\\Windows\\Temp\\tool.exe");
  const file = { action: "transfer", path: "\\\\SRV\\ADMIN$", share_type: "DISK", outcome: "confirmed", uid: "F" };
  const took = { ...file, bytes_read: 4000 };
  await row(tables, "smb_operations", at(110), TOOL, SERVER, { ...took, name: "s.hiv", n: n++ });
  await row(tables, "smb_operations", at(90), PRINTING[0], SERVER, {
    ...file,
    name: "tool.exe",
    bytes_written: 9,
    n: n++,
  });
  await row(tables, "smb_operations", at(110), PRINTING[0], SERVER, { ...took, name: "tool.exe", n: n++ });
}

beforeAll(async () => {
  tables = await RecordTables.create();
  for (const part of [names, copies, requests, automation, sealedCalls]) await part();
  await tables.finish();
  await inferEstate(tables, parseScope(`assets:\n  - address: ${CONTROLLER}\n    roles: [domain-controller]\n`));
  const done = await runDetections(
    tables,
    DETECTIONS.filter(({ id }) => ASKED.includes(id)),
  );
  findings = done.findings;
  blind = done.partlyBlind.filter(({ detection }) => detection === "BT-LM-034").map(({ reason }) => reason);
});
afterAll(() => tables.close());

const of = (id: string, source: string): Finding =>
  findings.find((each) => each.source === source && [each, ...each.also].some(({ detection }) => detection === id))!;

describe("accounts that are accepted while names are searched for (BT-CA-010)", () => {
  it.each([SEARCHER, SLOW])("are guessed among names that do not exist (%s)", (source) => {
    const { explanation, severity, outcome } = of("BT-CA-010", source);
    expect([severity, outcome]).toEqual(["critical", "confirmed"]);
    expect(explanation).toMatch(/the log-on was accepted for CORP\\found\.$/);
  });

  it("are the users of a portal where most are accepted", () => {
    const { explanation, severity, outcome } = of("BT-CA-010", PORTAL);
    expect([severity, outcome]).toEqual(["medium", "refused"]);
    expect(explanation).toContain("which may be of its own users");
  });
});

describe("copies of the directory (BT-CA-001)", () => {
  const told = (source: string) => findings.filter((each) => each.source === source && each.detection === "BT-CA-001");

  it("are one act of a partner that was told of changes, however long they go on", () =>
    expect(told(PARTNER)).toMatchObject([{ severity: "low", count: 3 }]));

  it("are a person's, also where the controller had called", () => {
    expect(told(THIEF)).toMatchObject([{ severity: "critical", user: "CORP\\anna" }]);
    expect(told(THIEF)[0]?.explanation).toContain(`itself called ${THIEF}`);
  });

  it("are none where names are looked up only, and no notice is a call of another interface", () => {
    expect(told(LATE)).toMatchObject([{ severity: "critical", count: 1, also: [] }]);
    expect(told(LATE)[0]?.explanation).toContain("once to replicate");
    expect(told(LATE)[0]?.explanation).not.toContain("itself called");
  });
});

describe("what was asked for", () => {
  it("says nothing of an account where the log-on was not captured whole (BT-CA-013)", () =>
    expect(of("BT-CA-013", MANAGER).explanation).not.toContain("without an account"));

  it("tells a backup key from what says which is in use (BT-CA-019)", () => {
    const { severity, explanation } = of("BT-CA-019", KEEPER);
    expect(severity).toBe("high");
    expect(explanation).toContain("they are not the key");
  });

  it("takes a deletion for that of the new service only by its name (BT-LM-001)", () => {
    expect(of("BT-LM-001", MANAGER).explanation).toContain("a service was deleted within 60 s of the creation");
    expect(of("BT-LM-001", TOOL).explanation).toContain("it was deleted within 60 s of the creation");
  });

  it.each([
    ["a fault of the call", PRINTING[0], "refused", "medium"],
    ["a privilege that is not held", PRINTING[1], "refused", "medium"],
    ["an error of the spooler", PRINTING[2], "attempted", "high"],
    ["a fault by what was loaded", PRINTING[3], "attempted", "high"],
  ])("tells %s from a refusal (BT-LM-026)", (_, source, outcome, severity) =>
    expect(of("BT-LM-026", source)).toMatchObject({ outcome, severity }),
  );
});

describe("automation calls (BT-LM-008)", () => {
  it("name an application that was started earlier", () =>
    expect(of("BT-LM-008", MANAGER).explanation).toContain(
      "an application that it may have started there earlier (Excel.Application)",
    ));

  it("have output where a command writes to the file, which the same host did not", () => {
    expect(of("BT-LM-008", TOOL).explanation).toContain("s.hiv, which a command names, was fetched (4.0 kB)");
    expect(of("BT-LM-008", PRINTING[0]).explanation).not.toContain("was fetched");
  });
});

it("says of sealed calls to a DNS server that they cannot be read (BT-LM-034)", () =>
  expect(blind.join()).toContain("sealed calls to DNS servers"));
