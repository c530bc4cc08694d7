import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { call } from "../../test/row-stories/rpc-rows.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** An act is told as done where it was done itself, not where what prepares it was, or where something else can have left the same trace. */

const ADMIN = "10.0.0.7";
const SECOND = "10.0.0.8";
const CONTROLLER = "10.0.0.10";
const SERVER = "10.0.0.20";
const FILES = "10.0.0.21";
const DESKTOP = "10.0.0.22";
const SEALED_SERVER = "10.0.0.23";
const ASKED = [
  ...["BT-DI-006", "BT-DI-019", "BT-DI-020", "BT-LM-003", "BT-LM-004", "BT-LM-006"],
  ...["BT-LM-007", "BT-LM-015", "BT-LM-023", "BT-AD-005"],
];

const at = (second: number): string =>
  `2024-03-01 02:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;
const share = { path: "\\\\SRV\\ADMIN$", share_type: "DISK", outcome: "confirmed" };
const refused = { outcome: "refused" };

let tables: RecordTables;
let findings: readonly Finding[];
let n = 0;
const rpc = (second: number, to: string, endpoint: string, opnum: number, fields: object = {}, from = ADMIN) =>
  call(tables, at(second), from, to, endpoint, opnum, "x", { uid: `R${endpoint}${to}`, n: n++, ...fields });
const file = (second: number, to: string, name: string, fields: object, from = ADMIN) =>
  row(tables, "smb_operations", at(second), from, to, {
    ...{ uid: `S${to}`, n: n++, action: "transfer", name, ...share },
    ...fields,
  });

async function readings(): Promise<void> {
  for (const opnum of [2, 15]) await rpc(1, SERVER, "winreg", opnum);
  await rpc(2, SERVER, "winreg", 17, refused);
  for (const opnum of [64, 5, 7]) await rpc(3, CONTROLLER, "samr", opnum);
  await rpc(4, CONTROLLER, "samr", 13, refused);
  await rpc(5, FILES, "svcctl", 15);
  await rpc(6, FILES, "svcctl", 14, refused);
}

async function executions(): Promise<void> {
  const shell = { command: "%COMSPEC% /Q /c echo dir > \\\\127.0.0.1\\C$\\__output", user: "op" };
  await rpc(10, DESKTOP, "svcctl", 12, { ...shell, outcome: "attempted" });
  await rpc(11, DESKTOP, "svcctl", 2, { user: "op" });
  await file(12, DESKTOP, "__output", { bytes_read: 300 });
  await file(13, DESKTOP, "__output", { action: "delete" });
  const task = { target_name: "\\job", command: "cmd.exe /c whoami > %windir%\\Temp\\a.tmp" };
  await rpc(20, SERVER, "ITaskSchedulerService", 1, task);
  await file(21, SERVER, "other.log", { bytes_read: 5000 });
  await file(22, SERVER, "Temp\\a.tmp", { bytes_read: 300 });
  await rpc(30, FILES, "ITaskSchedulerService", 1, { target_name: "\\job", command: "cmd.exe /c x" });
  await file(29, FILES, "x.log", { bytes_written: 100 });
  await file(31, FILES, "x.log", { bytes_read: 100 });
  await file(40, CONTROLLER, "lsass.exe", { bytes_written: 9000, action: "transfer" });
  await rpc(41, CONTROLLER, "svcctl", 12, { sealed: true });
  const pipe = { action: "open", share_type: "PIPE", path: "\\\\SRV\\IPC$" };
  await file(42, CONTROLLER, "lsass", pipe);
}

async function sealedUpload(): Promise<void> {
  await file(50, SEALED_SERVER, "", { action: "sealed", name: null, bytes_written: 30_000 }, SECOND);
  for (const second of [51, 52, 53]) await rpc(second, SEALED_SERVER, "IWbemServices", 24, refused, SECOND);
}

async function accounts(): Promise<void> {
  await row(tables, "rdp", at(60), SECOND, DESKTOP, { uid: "D1", cookie: "anna", result: "encrypted" });
  const session = { uid: "K1", user: "CORP\\svc", outcome: "confirmed", mechanism: "ntlm" };
  await row(tables, "smb_sessions", at(70), DESKTOP, FILES, session);
  await row(tables, "http", at(80), SECOND, SERVER, {
    ...{ uid: "H1", uri: "/wsman", auth_scheme: "kerberos", status_code: 500 },
  });
  await row(tables, "kerberos", at(81), SERVER, CONTROLLER, {
    ...{ uid: "H2", delegation: "S4U2self", error_code: 6, for_user: "nobody/CORP" },
  });
  const controls = { message: "Chassis Control", detail: "power down", completion: "insufficient privilege" };
  await row(tables, "ipmi", at(90), ADMIN, SERVER, { uid: "I1", message: "Get Device ID", completion: "completed" });
  await row(tables, "ipmi", at(91), ADMIN, SERVER, { uid: "I1", ...controls });
}

beforeAll(async () => {
  tables = await RecordTables.create();
  await connection(tables, at(0), ADMIN, SERVER, 445, { uid: "C1" });
  for (const play of [readings, executions, sealedUpload, accounts]) await play();
  await tables.finish();
  await inferEstate(tables, parseScope("assets: []\n"));
  const wanted = DETECTIONS.filter(({ id }) => ASKED.includes(id));
  ({ findings } = await runDetections(tables, wanted));
});
afterAll(() => tables.close());

const told = (detection: string, target: string): Finding =>
  findings.find((finding) => finding.detection === detection && finding.target === target)!;

describe("what only prepares an act", () => {
  it.each([
    ["BT-DI-020", SERVER, "refused", "asked (and was refused) to read the registry"],
    ["BT-DI-006", CONTROLLER, "refused", "asked (and was refused) to read accounts"],
    ["BT-DI-019", FILES, "confirmed", "asked for the services of 1 host"],
    ["BT-AD-005", SERVER, "refused", "asked (and was refused) to use the management controller"],
  ])("does not show it done (%s)", (id, target, outcome, words) => {
    expect(told(id, target)).toMatchObject({ outcome, explanation: expect.stringContaining(words) as unknown });
    expect(told(id, target).isUnread).toBeUndefined();
  });
});

describe("what was fetched", () => {
  it("shows that commands ran whose service was not answered", () => {
    expect(told("BT-LM-003", DESKTOP)).toMatchObject({ outcome: "confirmed" });
    expect(told("BT-LM-003", DESKTOP).explanation).not.toContain("not seen");
  });

  it("is the file that the command names, with its own size", () => {
    expect(told("BT-LM-006", SERVER).explanation).toMatch(/what it wrote was fetched from .*a\.tmp \(300 bytes\)\.$/);
  });

  it("is no output where the same host wrote it before", () => {
    expect(told("BT-LM-006", FILES).explanation).not.toContain("x.log");
  });
});

it("takes no pipe of Windows for that of a program", () => {
  expect(told("BT-LM-004", CONTROLLER).explanation).not.toContain("shows that it ran");
});

it("counts a sealed upload once, and says what became of the calls beside it", () => {
  expect(told("BT-LM-004", SEALED_SERVER).explanation).toMatch(
    /wrote some 30 kB inside an encrypted session on .* and asked \(and was refused\) to use WMI there;/,
  );
});

it("keeps the name of an account apart from how it is known", () => {
  const { user, object, explanation } = told("BT-LM-023", FILES);
  expect({ user, object }).toEqual({ user: "CORP\\svc", object: "anna then CORP\\svc" });
  expect(explanation).toMatch(/^anna \(by the RDP cookie, which the client chooses\) went .* that anna had not/);
});

it("takes a fault behind a log-on for an accepted ticket", () => {
  expect(told("BT-LM-015", SERVER)).toMatchObject({ outcome: "confirmed", severity: "critical" });
});
