import { describe, expect, it } from "vitest";
import { hostileModel } from "../../test/hostile-report.ts";
import { NOT_TOUCHED } from "../contracts/story.ts";
import { reportTitle, tamperingTitle, TEXTS } from "./texts.ts";

describe("the title of a report", () => {
  const { story } = hostileModel(1);
  const incident = story.incidents[0]!;
  const finding = { ...story.findings[0]!, phase: "discovery" as const };
  const untouched = { ...story, findings: [finding], incidents: [{ ...incident, tampering: [] }] };

  it("says that something was done to the backups where acts on them were seen, and only there", () => {
    expect(reportTitle({ ...untouched, findings: [{ ...finding, phase: "tampering" }] })).toBe(TEXTS.titles.touched);
    expect(reportTitle(untouched)).toBe(TEXTS.titles.found);
    const act = { ts: "0", object: "a", operation: "delete", outcome: "confirmed", finding: "F-1" } as const;
    const tampering = [{ ...act, source: null, target: null, user: null }];
    const denied = { ...incident, tampering, verdict: `X. ${NOT_TOUCHED}` };
    expect(reportTitle({ ...untouched, incidents: [denied] })).toBe(TEXTS.titles.found);
    expect(reportTitle({ ...untouched, incidents: [{ ...denied, verdict: "X." }] })).toBe(TEXTS.titles.touched);
    expect(tamperingTitle(untouched)).toBe(TEXTS.sections.untouched);
    expect(reportTitle({ ...untouched, findings: [], incidents: [] })).toBe(TEXTS.titles.nothing);
  });
});
