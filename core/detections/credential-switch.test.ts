import { afterEach, beforeEach, expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

const CLIENT = "10.0.0.77";
const SERVER = "10.0.0.20";
const BACKUP = "10.0.5.1";

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

const clock = (second: number): string => `2024-03-01 10:00:${String(second).padStart(2, "0")}`;
const came = (second: number, cookie: string): Promise<void> =>
  row(tables, "rdp", clock(second), CLIENT, SERVER, { cookie, result: "encrypted" });
const wentOn = (second: number, user: string): Promise<void> =>
  row(tables, "smb_sessions", clock(second), SERVER, BACKUP, { user, outcome: "confirmed" });

async function findings(): Promise<readonly Finding[]> {
  await tables.finish();
  await inferEstate(tables, parseScope(SCOPE));
  const asked = DETECTIONS.filter(({ id }) => id === "BT-LM-023");
  return (await runDetections(tables, asked)).findings;
}

it("accounts of which few came are told each with each that went on", async () => {
  for (const name of ["ann", "bea"]) await came(1, name);
  for (let i = 0; i < 12; i++) await wentOn(20 + i, `tom${i}`);
  expect(await findings()).toHaveLength(24);
});

it("accounts of which many came and many went on are counted in one finding", async () => {
  for (let i = 0; i < 12; i++) await came(i, `ann${i}`);
  for (let i = 0; i < 13; i++) await wentOn(20 + i, `tom${i}`);
  const told = await findings();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ severity: "high", count: 13, recordCount: 25, source: CLIENT, target: BACKUP });
  expect(told[0]!.records).toHaveLength(25);
  expect(told[0]!.explanation).toBe(
    "12 accounts (ann0, ann1, ann2, ann3, ann4 and 7 more) (12 of them by RDP cookies, which the client chooses) went from 10.0.0.77 to 10.0.0.20; from there 13 accounts (tom0, tom1, tom2, tom3, tom4 and 8 more) logged on to BKP01 (10.0.5.1) within 60 minutes, accounts that 10.0.0.77 had not used, at a host that the former had not reached.",
  );
});

it("an account that went on when only its own name had come is not counted", async () => {
  await came(1, "ann0");
  await wentOn(2, "ann0-admin");
  for (let i = 1; i < 12; i++) await came(2 + i, `ann${i}`);
  for (let i = 1; i < 12; i++) await wentOn(20 + i, `tom${i}`);
  const [finding, ...others] = await findings();
  expect(others).toEqual([]);
  expect(finding?.explanation).toContain("12 accounts (ann0, ann1, ann2, ann3, ann4 and 7 more)");
  expect(finding?.explanation).toContain("from there 11 accounts (tom1, tom2, tom3, tom4, tom5 and 6 more)");
});
