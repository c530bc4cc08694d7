import { beforeAll, describe, expect, it } from "vitest";
import { connection } from "../../test/detection-rows.ts";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import { someFinding } from "../../test/some-finding.ts";
import type { Estate } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Coverage, Incident, TamperLedger } from "../contracts/story.ts";
import { EMPTY_COVERAGE } from "../contracts/story.ts";
import { withEarlierContacts } from "./earlier-contacts.ts";
import { buildIncidents } from "./incident.ts";
import { withPeaks } from "./peaks.ts";
import { tamperLedger } from "./tamper-ledger.ts";

const SERVER = "10.0.5.1";
const STORE = "10.0.5.2";
const DESK = "10.0.0.77";
const CONTROLLER = "10.0.0.10";

const estate: Estate = {
  assets: [
    {
      address: STORE,
      name: "REPO01",
      roles: [{ role: "repository", confidence: 0.9, source: "scope", reasons: [] }],
      inEstate: true,
      internal: true,
    },
    {
      address: "10.0.5.3",
      name: "REPO02",
      roles: [{ role: "repository", confidence: 0.9, source: "scope", reasons: [] }],
      inEstate: true,
      internal: true,
    },
    {
      address: CONTROLLER,
      name: "DC01",
      roles: [{ role: "domain-controller", confidence: 0.9, source: "inferred", reasons: [] }],
      inEstate: false,
      internal: true,
    },
  ],
  networks: [],
  windows: [],
};

const ns = (clock: string): string => String(timeOf(clock));
const coverage: Coverage = {
  ...EMPTY_COVERAGE,
  tsFirst: ns("2024-03-01 00:00:00"),
  tsLast: ns("2024-03-02 12:00:00"),
  packets: 5000,
  octets: 1,
  connections: 1,
  gaps: [{ from: ns("2024-03-01 03:00:00"), to: ns("2024-03-01 04:00:00") }],
};

const deletion = someFinding({
  detection: "BT-TI-001",
  title: "Backup files deleted over SMB",
  phase: "tampering",
  attack: ["T1485"],
  severity: "critical",
  tsFirst: ns("2024-03-02 01:00:00"),
  tsLast: ns("2024-03-02 01:00:05"),
  source: DESK,
  target: STORE,
  user: "CORP\\jdoe",
  object: "Daily\\FS01.vbk",
  count: 2,
  explanation: "Something was done.",
  records: ["T1.0"],
  recordCount: 2,
});

let ledger: TamperLedger;
let earlier: Incident;
let calls: Finding;
beforeAll(async () => {
  const tables = await RecordTables.create();
  const act = (clock: string, from: string, fields: Readonly<Record<string, unknown>>) =>
    tables.add("archive_op", {
      ts: timeOf(clock),
      "id.orig_h": from,
      "id.resp_h": STORE,
      outcome: "granted",
      protocol: "smb",
      share: "\\\\REPO01\\Backups",
      ...fields,
    });
  await act("2024-03-01 22:00:00", SERVER, { operation: "write", object: "Daily\\FS01.vbk", octets_written: 900 });
  await act("2024-03-02 01:00:00", DESK, { operation: "delete", object: "Daily\\FS01.vbk", actor: "CORP\\jdoe" });
  await act("2024-03-02 01:00:02", DESK, {
    operation: "delete",
    object: "Daily\\FS02.vbk",
    outcome: "refused",
    actor: "CORP\\jdoe",
  });
  await act("2024-03-02 01:00:03", DESK, { operation: "read", object: "Daily\\FS03.vbk" });
  await act("2024-03-02 01:00:04", SERVER, { operation: "delete", object: "Daily\\old.vib" });
  await act("2024-03-02 09:00:00", DESK, { operation: "delete", object: "Daily\\later.vbk" });
  await connection(tables, "2024-03-01 20:00:00", DESK, STORE, 22, { sealed_bytes: 4000 });
  await connection(tables, "2024-03-01 21:00:00", SERVER, STORE, 445, { sealed_bytes: 9000 });
  const call = (clock: string, uid: string, to: string, endpoint: string, operation: string) =>
    tables.add("dce_rpc", {
      ...{ ts: timeOf(clock), uid, "id.orig_h": DESK, "id.resp_h": to, endpoint, operation, outcome: "confirmed" },
      user: "jdoe@corp.example",
    });
  await call("2024-03-02 00:10:00", "C1", STORE, "svcctl", "OpenSCManagerW");
  await call("2024-03-02 00:10:00", "C1", STORE, "svcctl", "EnumServicesStatusW");
  await call("2024-03-02 00:10:00", "C1", STORE, "epmapper", "ept_map");
  await call("2024-03-02 00:20:00", "C2", CONTROLLER, "samr", "SamrConnect5");
  await call("2024-03-02 00:30:00", "C3", "10.0.0.50", "samr", "SamrConnect5");
  await call("2024-03-02 00:59:59", "C4", STORE, "svcctl", "RCreateServiceW");
  const request = (clock: string, response: number) =>
    tables.add("http", {
      ...{ ts: timeOf(clock), "id.orig_h": DESK, "id.resp_h": "203.0.113.9", request_body_len: 0 },
      response_body_len: response,
    });
  for (const minute of [1, 2, 3, 4]) await request(`2024-03-02 01:0${minute}:00`, minute === 3 ? 90_000 : 200);
  const incidents = buildIncidents([deletion], { estate, coverage, hosts: new Map() });
  ledger = await tamperLedger(tables, { incidents, findings: [deletion], estate, coverage });
  [earlier] = (await withEarlierContacts(tables, incidents, estate)) as [Incident];
  const { id: _, ...fields } = deletion;
  const beacon: Finding = { ...fields, id: "F-000000000002", phase: "command-and-control", target: "203.0.113.9" };
  [calls] = (await withPeaks(tables, [{ ...beacon, tsLast: ns("2024-03-02 02:00:00") }])) as [Finding];
});

describe("what records say beside the findings", () => {
  it("tells what the first hosts did among each other before, and what they asked a domain controller", () => {
    expect(earlier.before).toEqual([
      {
        ...{ source: DESK, target: STORE, user: "CORP\\jdoe", count: 1, times: [ns("2024-03-02 00:10:00")] },
        what: ["calls of svcctl (EnumServicesStatusW, OpenSCManagerW)"],
        records: ["C1.0", "C1.0"],
      },
      expect.objectContaining({ target: CONTROLLER, what: ["calls of samr (SamrConnect5)"] }),
    ]);
  });

  it("names the largest answer of calls that went on, where it stands out", () => {
    expect(calls.peaks).toEqual([{ ts: ns("2024-03-02 01:03:00"), octets: 90_000, way: "in" }]);
  });
});

describe("the tamper ledger", () => {
  it("has what the incident's host did to backups while it tampered, and nothing of others or of other times", () => {
    expect(
      ledger.acts.map(({ operation, object, outcome, source, user }) => [operation, object, outcome, source, user]),
    ).toEqual([
      ["delete", "Daily\\FS01.vbk", "confirmed", DESK, "CORP\\jdoe"],
      ["delete", "Daily\\FS02.vbk", "refused", DESK, "CORP\\jdoe"],
    ]);
    expect(ledger.acts[0]).toMatchObject({ incident: "I-1", share: "\\\\REPO01\\Backups", records: ["T2.0"] });
    expect(ledger.more).toBe(0);
  });

  it("says of each store until when it was untouched, the last backup before, and what could have happened unseen", () => {
    const [touched, untouched] = ledger.repositories;
    expect(touched).toMatchObject({
      address: STORE,
      untouchedUntil: deletion.tsFirst,
      touched: { finding: deletion.id, what: deletion.title },
      lastBackup: { object: "Daily\\FS01.vbk", ts: ns("2024-03-01 22:00:00") },
    });
    expect(touched?.caveats).toEqual([
      "The evidence begins at 2024-03-01 00:00 UTC; what came before is not known.",
      "Nothing was captured between 2024-03-01 03:00 UTC and 2024-03-01 04:00 UTC.",
      "1 encrypted connection came from hosts of the incident before, the first at 2024-03-01 20:00 UTC; what they did is not readable.",
      "1 encrypted connection of other hosts reached it before; what they did is not readable.",
    ]);
    expect(untouched).toMatchObject({
      address: "10.0.5.3",
      touched: null,
      untouchedUntil: coverage.tsLast,
      lastBackup: null,
    });
  });

  it("is empty where there is nothing to tell", async () => {
    const tables = await RecordTables.create();
    const nothing = await tamperLedger(tables, {
      incidents: [],
      findings: [],
      estate: { ...estate, assets: [] },
      coverage,
    });
    expect(nothing).toEqual({ acts: [], more: 0, repositories: [] });
  });
});
