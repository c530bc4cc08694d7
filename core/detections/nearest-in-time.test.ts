import { afterEach, beforeEach, expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import type { Finding } from "../contracts/finding.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** Which of several records a detection names. */

const CLIENT = "10.0.0.77";
const SERVER = "10.0.0.20";
const BACKUP = "10.0.5.1";

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

async function findings(id: string, parameters = {}): Promise<readonly Finding[]> {
  await tables.finish();
  await inferEstate(tables, parseScope(SCOPE));
  const asked = DETECTIONS.filter((each) => each.id === id).map((each) => ({
    ...each,
    parameters: { ...each.parameters, ...parameters },
  }));
  return (await runDetections(tables, asked)).findings;
}

it("a switch of accounts (BT-LM-023) begins with the first log-on within its time", async () => {
  for (const second of ["02", "08", "34"])
    await row(tables, "rdp", `2024-03-01 10:00:${second}`, CLIENT, SERVER, { cookie: "ann", result: "encrypted" });
  await row(tables, "smb_sessions", "2024-03-01 10:01:08", SERVER, BACKUP, { user: "bob", outcome: "confirmed" });
  expect(await findings("BT-LM-023", { minutes: 1 })).toMatchObject([
    { tsFirst: String(timeOf("2024-03-01 10:00:08")), tsLast: String(timeOf("2024-03-01 10:01:08")) },
  ]);
});

it("a relayed log-on (BT-CA-012) names the least of all hosts that gave it", async () => {
  const logOn = (second: number, from: string, to: string): Promise<void> =>
    row(tables, "ntlm", `2024-03-01 10:00:${second}`, from, to, {
      n: second,
      challenge: "0102030405060708",
      username: "ann",
      accepted: true,
    });
  const victims = ["10.0.0.71", "10.0.0.70", "10.0.0.72"];
  for (const [i, victim] of victims.entries()) await logOn(30 + i, victim, CLIENT);
  await logOn(40, CLIENT, SERVER);
  const [finding] = await findings("BT-CA-012");
  expect(finding?.explanation).toContain("given to it by 10.0.0.70");
});
