import { expect, it } from "vitest";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import { someFinding } from "../../test/some-finding.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { attributeAccounts } from "./attribution.ts";
import { DETECTIONS } from "./index.ts";
import { runUnsliced } from "./run.ts";

const AT = "2024-03-01 02:00:00";

/** A service that somebody created from 10.0.0.7, where many logged on. */
async function serviceAndTickets(clients: number): Promise<RecordTables> {
  const tables = await RecordTables.create();
  const from = { "id.orig_h": "10.0.0.7", "id.orig_p": 50_001, "id.resp_p": 88, "id.resp_h": "10.0.0.5" };
  const tickets = Array.from({ length: clients }, (_, n) => ({
    ...from,
    ...{ request_type: "AS", success: true, client: `user${String(n).padStart(3, "0")}/CORP`, service: "krbtgt/CORP" },
    ...{ uid: "CK", n, ts: timeOf(AT) - 1_000_000_000n },
  }));
  await tables.add("kerberos", ...tickets);
  const service = {
    endpoint: "svcctl",
    opnum: 12,
    operation: "CreateServiceW",
    target_name: "svc",
    outcome: "confirmed",
  };
  const to = { ...from, "id.resp_h": "10.0.0.20", "id.resp_p": 445 };
  await tables.add("dce_rpc", { ...to, ...service, command: "C:\\a.exe", uid: "C1", n: 0, ts: timeOf(AT) });
  await tables.finish();
  return tables;
}

it("looks at a bounded number of candidates for an account that is not seen", async () => {
  const tables = await serviceAndTickets(300);
  const ts = String(timeOf(AT));
  const seen = { rows: 0 };
  const counting: RecordDatabase = {
    rows: async (sql, parameters) => {
      const rows = await tables.rows(sql, parameters);
      if (sql.includes("S4U2self")) seen.rows += rows.length;
      return rows;
    },
  };
  const nameless = { user: null, source: "10.0.0.7", target: "10.0.0.20", tsFirst: ts, adjustments: [] };
  const [finding] = await attributeAccounts(counting, [someFinding({ ...nameless, phase: "lateral-movement" })]);
  expect(finding!.adjustments.at(-1)).toContain("CORP\\user000, CORP\\user001");
  expect(seen.rows).toBe(50);
});

it("is left out, with a sentence, where memory does not suffice, and the findings stay", async () => {
  const tables = await serviceAndTickets(3);
  const short: RecordDatabase = {
    rows: (sql, parameters) =>
      sql.includes("S4U2self")
        ? Promise.reject(new BacktrailError("out-of-memory", "The database needed more memory than its limit."))
        : tables.rows(sql, parameters),
  };
  const service = DETECTIONS.filter(({ id }) => id === "BT-LM-001");
  const { findings, limits } = await runUnsliced(short, service);
  expect(findings.map(({ user }) => user)).toEqual([null]);
  expect(limits.map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining("memory did not suffice to look for the accounts"),
  ]);
});
