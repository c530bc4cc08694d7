import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Estate } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Incident } from "../contracts/story.ts";
import { RecordStore } from "./store.ts";
import {
  loadDocument,
  loadEstate,
  loadFindings,
  loadIncidents,
  replaceEstate,
  replaceFindings,
  replaceIncidents,
  saveDocument,
} from "./story-tables.ts";

let folder: string;
let store: RecordStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-story-"));
  store = await RecordStore.open(join(folder, "records.duckdb"), join(folder, "tmp"), []);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const HOSTILE = `x'); DROP TABLE findings; -- "\\ \u0000 \u001b[31m é😀 ${"long ".repeat(50)}`;

function finding(i: number): Finding {
  return {
    id: `F-${i}`,
    detection: "BT-LM-001",
    title: HOSTILE,
    phase: "lateral-movement",
    attack: ["T1021.002", HOSTILE],
    severity: "high",
    confidence: 0.9,
    basis: "fact",
    outcome: "confirmed",
    tsFirst: "1700000000123456789",
    tsLast: "1700000001123456789",
    source: "10.0.0.1",
    target: null,
    user: HOSTILE,
    object: null,
    count: 3,
    explanation: "x",
    records: ["C1.0", "C1.1"],
    recordCount: 2,
    parameters: { minutes: 10 },
    adjustments: [],
    also: [],
  };
}

describe("findings and estate in the case", () => {
  it("come back as they were given, whatever their texts hold", async () => {
    const findings = Array.from({ length: 2500 }, (_, i) => finding(i));
    await replaceFindings(store, findings);
    await replaceFindings(store, findings);
    expect(await loadFindings(store)).toEqual(findings);
    const [row] = await store.rows(`SELECT ts, ts_last, attack, "user", target FROM findings LIMIT 1`);
    expect(row).toEqual({
      ts: 1_700_000_000_123_456_789n,
      ts_last: 1_700_000_001_123_456_789n,
      attack: ["T1021.002", HOSTILE],
      user: HOSTILE,
      target: null,
    });

    const estate: Estate = {
      assets: [
        {
          address: "10.0.5.10",
          name: HOSTILE,
          roles: [{ role: "backup-server", confidence: 0.8, source: "inferred", reasons: [HOSTILE] }],
          inEstate: true,
          internal: true,
        },
        { address: "203.0.113.9", name: null, roles: [], inEstate: false, internal: false },
      ],
      networks: [{ cidr: "10.0.0.0/8", name: HOSTILE }],
      windows: [{ name: HOSTILE, days: [1, 7], startMinute: 1320, endMinute: 300, zone: "UTC", source: "scope" }],
    };
    expect(await loadEstate(store)).toBeNull();
    await replaceEstate(store, estate);
    expect(await loadEstate(store)).toEqual(estate);
    expect(await store.rows("SELECT * FROM assets WHERE name IS NULL")).toEqual([
      { address: "203.0.113.9", name: null, in_estate: false, internal: false },
    ]);
    expect(await store.rows("SELECT role, reasons FROM asset_roles")).toEqual([
      { role: "backup-server", reasons: [HOSTILE] },
    ]);
    expect(await store.rows("SELECT days, start_minute, zone FROM job_windows")).toEqual([
      { days: [1, 7], start_minute: 1320, zone: "UTC" },
    ]);

    const incident: Incident = {
      id: "I-1",
      verdict: HOSTILE,
      confidence: 0.5,
      tsFirst: "-5",
      tsLast: "5",
      foothold: null,
      steps: [],
      arrival: null,
      tampering: [],
      wayOut: [],
      hosts: ["10.0.0.1"],
      accounts: [],
      open: [],
    };
    await replaceIncidents(store, [incident]);
    expect(await loadIncidents(store)).toEqual([incident]);
    await replaceIncidents(store, []);
    expect(await loadIncidents(store)).toEqual([]);
    await saveDocument(store, "coverage", { text: "a\ud800b" });
    expect(await loadDocument(store, "coverage")).toEqual({ text: "a\ufffdb" });
  });
});
