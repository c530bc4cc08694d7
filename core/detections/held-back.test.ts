import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
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
const ASKED = ["BT-CA-010"];

let tables: RecordTables;
let findings: readonly Finding[];
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

beforeAll(async () => {
  tables = await RecordTables.create();
  for (const part of [names]) await part();
  await tables.finish();
  await inferEstate(tables, parseScope(`assets:\n  - address: ${CONTROLLER}\n    roles: [domain-controller]\n`));
  ({ findings } = await runDetections(
    tables,
    DETECTIONS.filter(({ id }) => ASKED.includes(id)),
  ));
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
