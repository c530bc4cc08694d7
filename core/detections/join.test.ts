import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Finding } from "../contracts/finding.ts";
import { joinFindings } from "./join.ts";

const SECOND = 1_000_000_000n;

function finding(fields: Partial<Finding>): Finding {
  return someFinding({
    id: `F-${fields.detection ?? "x"}`,
    title: "Remote service",
    attack: ["T1021.002"],
    tsFirst: "1000000000",
    tsLast: "1000000000",
    records: ["C1.1"],
    recordCount: 1,
    ...fields,
  });
}

describe("joinFindings", () => {
  it("makes one finding with three reasons of one act that three detections saw", () => {
    const joined = joinFindings([
      finding({ records: ["C1.4"], object: "PSEXESVC" }),
      finding({
        detection: "BT-LM-002",
        confidence: 0.8,
        records: ["C1.2"],
        user: "CORP\\op",
        attack: ["T1021.002", "T1570"],
      }),
      finding({
        detection: "BT-BL-001",
        phase: "command-and-control",
        severity: "medium",
        records: ["C1.4"],
        attack: [],
      }),
    ]);
    expect(joined).toMatchObject([
      {
        detection: "BT-LM-001",
        user: "CORP\\op",
        attack: ["T1021.002", "T1570"],
        confidence: 0.99,
        records: ["C1.4", "C1.2"],
        also: [{ detection: "BT-LM-002" }, { detection: "BT-BL-001" }],
      },
    ]);
  });

  it("ends where two detections find thousands of acts each in one connection", () => {
    const acts = Array.from({ length: 4000 }, (_, i) =>
      finding({ id: `F-${i}`, detection: i % 2 === 0 ? "BT-LM-001" : "BT-LM-002", records: [`C1.${i}`] }),
    );
    const joined = joinFindings(acts);
    expect(joined).toHaveLength(2000);
    expect(joined.every(({ also }) => also.length === 1)).toBe(true);
  });

  it("ends where thousands of findings are each a part of one, which takes two hundred", () => {
    const records = Array.from({ length: 200 }, (_, i) => `C${i}.1`);
    const parts = Array.from({ length: 2000 }, (_, i) =>
      finding({ id: `F-${i}`, detection: "BT-LM-002", records: [records[i % 200]!] }),
    );
    const joined = joinFindings([finding({ records, recordCount: 200 }), ...parts]);
    expect(joined).toHaveLength(2001 - 199);
    expect(joined.filter(({ also }) => also.length === 1)).toHaveLength(1);
  });

  it.each([
    ["another host", { target: "10.0.0.21" }],
    ["another account", { user: "CORP\\b" }],
    ["another outcome", { outcome: "refused" as const }],
    ["another connection", { records: ["C2.2"] }],
    ["another technique", { attack: ["T1047"] }],
    ["much later", { tsFirst: String(600n * SECOND), tsLast: String(600n * SECOND) }],
    ["another phase", { phase: "discovery" as const }],
  ])("keeps apart what %s makes another act", (_, fields) => {
    const first = finding({ user: "CORP\\a" });
    expect(joinFindings([first, finding({ detection: "BT-LM-002", records: ["C1.2"], ...fields })])).toHaveLength(2);
  });

  it("joins what was done to backups in one connection only if the record is the same", () => {
    const deleted = finding({
      detection: "BT-TI-001",
      phase: "tampering",
      attack: ["T1490"],
      records: ["C1.8", "C1.9"],
    });
    const renamed = finding({ detection: "BT-TI-002", phase: "tampering", attack: ["T1490"], records: ["C1.10"] });
    expect(joinFindings([deleted, renamed])).toHaveLength(2);
    expect(joinFindings([deleted, { ...renamed, records: ["C1.9"] }])).toHaveLength(1);
  });

  it("is one act also over phases where one rests on nothing but what the other rests on", () => {
    const ran = finding({ detection: "BT-LM-003", records: ["C1.1", "C1.2", "C1.3"], severity: "critical" });
    const service = (rid: string) => finding({ records: [rid], tsFirst: String(900n * SECOND) });
    const looked = finding({ detection: "BT-DI-024", phase: "discovery", attack: ["T1082"], records: ["C1.2"] });
    expect(joinFindings([ran, service("C1.1"), looked, service("C1.3")])).toMatchObject([
      {
        detection: "BT-LM-003",
        attack: ["T1021.002", "T1082"],
        also: [{ detection: "BT-LM-001" }, { detection: "BT-DI-024" }],
      },
    ]);
    const tampered = finding({ detection: "BT-TI-031", phase: "tampering", records: ["C1.2"] });
    expect(joinFindings([ran, tampered])).toHaveLength(2);
    expect(joinFindings([ran, { ...looked, outcome: "refused" }])).toHaveLength(2);
    expect(joinFindings([ran, { ...looked, recordCount: 300 }])).toHaveLength(2);
    const unanswered = finding({ detection: "BT-TI-032", phase: "tampering", outcome: "attempted", records: ["C1.4"] });
    const done = { ...unanswered, detection: "BT-TI-043", outcome: "confirmed" as const, records: ["C1.4", "C1.5"] };
    expect(joinFindings([unanswered, done])).toMatchObject([{ detection: "BT-TI-043", outcome: "confirmed" }]);
  });

  it("loses no detection and no record", () => {
    const one = fc.record({
      detection: fc.constantFrom("BT-LM-001", "BT-LM-002", "BT-LM-004", "BT-BL-001"),
      records: fc.uniqueArray(fc.constantFrom("C1.1", "C1.2", "C2.1", "C3.1"), { minLength: 1 }),
      phase: fc.constantFrom("discovery" as const, "lateral-movement" as const),
      severity: fc.constantFrom("low" as const, "high" as const),
      user: fc.constantFrom(null, "a", "b"),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (list) => {
        const all = list.map((fields, i) => finding({ ...fields, id: `F-${i}` }));
        const joined = joinFindings(all);
        const told = joined.flatMap(({ detection, also }) => [detection, ...also.map((other) => other.detection)]);
        expect(new Set(told)).toEqual(new Set(all.map(({ detection }) => detection)));
        expect(new Set(joined.flatMap(({ records }) => records))).toEqual(
          new Set(all.flatMap(({ records }) => records)),
        );
      }),
    );
  });
});
