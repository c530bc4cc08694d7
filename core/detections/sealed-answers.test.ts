import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { call } from "../../test/row-stories/rpc-rows.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** What is said of calls whose answers are sealed, and what else shows that they were done. */

const ADMIN = "10.0.0.7";
const SERVER = "10.0.0.20";
const DESKTOP = "10.0.0.21";
const CONTROLLER = "10.0.0.10";
const SCOPE = `assets:\n  - address: ${CONTROLLER}\n    roles: [domain-controller]\n`;
const ASKED = ["BT-LM-006", "BT-LM-007", "BT-TI-032", "BT-DI-020"];

const at = (second: number): string => `2024-03-01 02:00:${String(second).padStart(2, "0")}`;
const sealed = { sealed: true };

let tables: RecordTables;
let findings: readonly Finding[];
beforeAll(async () => {
  tables = await RecordTables.create();
  await call(tables, at(1), ADMIN, SERVER, "ITaskSchedulerService", 1, "SchRpcRegisterTask", { uid: "T1", ...sealed });
  await call(tables, at(2), ADMIN, SERVER, "ITaskSchedulerService", 12, "SchRpcRun", { uid: "T1", n: 1, ...sealed });
  await call(tables, at(3), ADMIN, SERVER, "eventlog", 12, "ElfrClearELFA", { uid: "E1", ...sealed });
  await connection(tables, at(10), "10.0.0.9", DESKTOP, 3389, { uid: "D1" });
  for (const [i, opnum] of [2, 15, 17].entries())
    await call(tables, at(11), DESKTOP, CONTROLLER, "winreg", opnum, "x", { uid: "W1", n: i, ...sealed });
  await call(tables, at(40), ADMIN, DESKTOP, "IWbemServices", 24, "ExecMethod", {
    uid: "M1",
    target_name: "Win32_Process.Create",
    command: "cmd.exe /Q /c dir 1> \\\\127.0.0.1\\ADMIN$\\__1.2 2>&1",
  });
  const output = { path: `\\\\${DESKTOP}\\ADMIN$`, name: "__1.2", bytes_read: 300, bytes_written: 0 };
  const magic = Buffer.from(" Volume in drive C\r\n is A.").toString("hex");
  await row(tables, "smb_operations", at(41), ADMIN, DESKTOP, { uid: "F1", action: "transfer", magic, ...output });
  await tables.finish();
  await inferEstate(tables, parseScope(SCOPE));
  ({ findings } = await runDetections(
    tables,
    DETECTIONS.filter(({ id }) => ASKED.includes(id)),
  ));
});
afterAll(() => tables.close());

const told = (detection: string): Finding => findings.find((finding) => finding.detection === detection)!;

describe("a sealed answer", () => {
  it("leaves a task asked for, and its run too", () => {
    const task = told("BT-LM-006");
    expect(task.explanation).toMatch(
      /asked to register a task .* asked to run it \(the answer is sealed\); what it is to do is not readable\./,
    );
    expect(task.explanation).toMatch(/does not say whether it was done\.$/);
    expect(task).toMatchObject({ outcome: "confirmed", isUnread: true });
  });

  it("leaves what its title tells asked for", () => {
    expect(told("BT-TI-032").title).toBe("Windows event logs cleared remotely (asked for)");
    expect(told("BT-TI-032").explanation).toContain("asked to clear 1 event log");
  });
});

it("tells commands as they were typed, and how what they printed begins", () => {
  expect(told("BT-LM-007").explanation).toMatch(
    /ran commands by WMI .*: `dir`; what they wrote was fetched from .*\\ADMIN\$\\__1\.2 \(300 bytes\); what came back begins with `Volume in drive C is A\. …`\.$/,
  );
});

it("may be Windows itself where a controller is asked right after a remote desktop connection", () => {
  expect(told("BT-DI-020").harmless?.[0]).toMatch(/^Windows itself/);
});
