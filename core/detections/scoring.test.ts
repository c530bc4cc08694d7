import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finding, HOUR } from "../../test/intrusion.ts";
import type { Finding } from "../contracts/finding.ts";
import { PHASES } from "../contracts/finding.ts";
import type { UsualAdministration } from "./scoring.ts";
import { adjustSeverity } from "./scoring.ts";

const NOTHING_USUAL: UsualAdministration = { hosts: new Set(), accounts: [], windows: [] };
const DETECTIONS = [
  { detection: "BT-DI-001", phase: "discovery" },
  { detection: "BT-LM-001", phase: "lateral-movement" },
  { detection: "BT-LM-002", phase: "lateral-movement" },
  { detection: "BT-TI-001", phase: "tampering" },
] as const;

/** The first severe finding of a later phase within a day, by the same host or else by the same account. */
function followerByDefinition(of: Finding, all: readonly Finding[]): Finding | undefined {
  const severe = all.filter(({ severity }) => severity === "high" || severity === "critical");
  const follows = ({ phase, tsFirst }: Finding) => {
    const distance = BigInt(tsFirst) - BigInt(of.tsFirst);
    return PHASES.indexOf(phase) > PHASES.indexOf(of.phase) && distance >= 0n && distance <= 24n * HOUR;
  };
  return (
    severe.find((each) => each.source === of.source && follows(each)) ??
    severe.find((each) => each.user !== null && each.user === of.user && follows(each))
  );
}

describe("adjustSeverity", () => {
  it("names what followed as its definition says, whatever the hosts, accounts and times", () => {
    const some = fc.record({
      detection: fc.nat({ max: DETECTIONS.length - 1 }),
      hours: fc.integer({ min: 0, max: 60 }),
      source: fc.constantFrom("10.0.0.7", "10.0.0.8"),
      user: fc.constantFrom(null, "CORP\\eve", "CORP\\bob"),
      severity: fc.constantFrom("low" as const, "medium" as const, "high" as const),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (drawn) => {
        // As a run gives them: by detection, those of each in time order.
        const findings = drawn
          .toSorted((a, b) => a.detection - b.detection || a.hours - b.hours)
          .map(({ detection, hours, ...fields }) => finding(hours, { ...DETECTIONS[detection]!, ...fields }));
        const named = adjustSeverity(findings, NOTHING_USUAL).map(
          ({ adjustments }) => /\((F-\d+)\)/.exec(adjustments.join())?.[1],
        );
        expect(named).toEqual(findings.map((each) => followerByDefinition(each, findings)?.id));
      }),
      { numRuns: 60 },
    );
  });

  it("ends where one host did thousands of things that nothing followed", () => {
    const all = Array.from({ length: 20_000 }, (_, i) => finding(i / 100, DETECTIONS[3]));
    const adjusted = adjustSeverity(all, NOTHING_USUAL);
    expect(adjusted.map(({ severity }) => severity)).toEqual(all.map(({ severity }) => severity));
  });
});
