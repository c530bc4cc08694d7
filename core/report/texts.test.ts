import { describe, expect, it } from "vitest";
import { hostileModel } from "../../test/hostile-report.ts";
import { reportTitle, tamperingTitle, TEXTS } from "./texts.ts";

describe("the title of a report", () => {
  const { story } = hostileModel(1);
  const incident = story.incidents[0]!;
  const finding = { ...story.findings[0]!, phase: "discovery" as const };
  const untouched = { ...story, findings: [finding], incidents: [{ ...incident, tampering: [] }] };

  it("says that something was done to the backups where acts on them were seen, and only there", () => {
    expect(reportTitle({ ...untouched, findings: [{ ...finding, phase: "tampering" }] })).toBe(TEXTS.titles.touched);
    expect(reportTitle(untouched)).toBe(TEXTS.titles.found);
    expect(tamperingTitle(untouched)).toBe(TEXTS.sections.untouched);
    expect(reportTitle({ ...untouched, findings: [], incidents: [] })).toBe(TEXTS.titles.nothing);
  });
});
