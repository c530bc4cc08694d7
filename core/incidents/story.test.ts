import { describe, expect, it } from "vitest";
import { coverage, estate, finding, intrusion } from "../../test/intrusion.ts";
import type { StoryParts } from "./story.ts";
import { OUT_OF_MEMORY } from "../detections/judge.ts";
import { buildStory, withoutDismissed } from "./story.ts";

describe("buildStory", () => {
  const parts: StoryParts = {
    case: { name: "test", id: "1", version: "0" },
    findings: [],
    setAside: [],
    estate: { assets: [], networks: [], windows: [] },
    coverage,
    detectionsRun: 40,
    partlyBlind: [],
    hosts: new Map(),
  };

  it("says what was looked for when nothing was found", () => {
    const notEvaluated = [
      { detection: "BT-CA-008", title: "Kerberoasting", reason: "the evidence holds no kerberos records" },
      { detection: "BT-CA-010", title: "Spraying", reason: "the evidence holds no kerberos records" },
    ];
    const story = buildStory({
      ...parts,
      coverage: { ...coverage, notEvaluated, encryptedShare: 0.4 },
      partlyBlind: [{ detection: "BT-LM-001", title: "x", reason: "calls inside SMB3 encryption (2)" }],
    });
    expect(story.verdict).toBe(
      "Nothing that was done to the backups was found: 50 connections were examined with 40 detections; 2 detections could not be evaluated on this evidence.",
    );
    expect(story.unknowns).toContain(
      "2 detections could not be evaluated because the evidence holds no kerberos records.",
    );
    expect(story.unknowns).toContain(
      "40 % of the payload is encrypted; of it only sizes, times and names in the clear part are known.",
    );
    expect(story.unknowns).toContain("1 detection could not see calls inside SMB3 encryption (2 in this evidence).");
    expect(story.unknowns[0]).toMatch(/No machine was recognised/);
  });

  it("names in the verdict what memory did not suffice to look for", () => {
    const notEvaluated = [{ detection: "BT-LM-001", title: "Remote service", reason: OUT_OF_MEMORY }];
    expect(buildStory({ ...parts, coverage: { ...coverage, notEvaluated } }).verdict).toMatch(
      /memory did not suffice for BT-LM-001: what it looks for may have been done all the same\.$/,
    );
  });

  it("tells two reasons of one kind as one", () => {
    const notEvaluated = [7, 14].map((days) => ({
      detection: `BT-BL-00${days}`,
      title: "x",
      reason: `it learns what is usual from the first ${days} days, and the evidence spans 0.1 hours`,
    }));
    const { unknowns } = buildStory({ ...parts, coverage: { ...coverage, notEvaluated } });
    expect(unknowns.join()).toContain("2 detections could not be evaluated because they compare with earlier days");
  });

  it("says that single findings are no incident", () => {
    const story = buildStory({ ...parts, findings: [finding(1, { severity: "medium" })] });
    expect(story.verdict).toMatch(/^No incident was found: 1 finding \(the most severe is medium: Remote service/);
  });

  it("leads with the incident that touched backups", () => {
    const other = [finding(0, { source: "10.0.9.9", target: "10.0.9.10", user: "CORP\\x" })];
    const story = buildStory({ ...parts, estate, findings: [...other, ...intrusion()] });
    expect(story.incidents).toHaveLength(2);
    expect(story.verdict).toMatch(/backup files were deleted on .* 1 further incident stands apart from it\.$/);
  });

  it("is told without what an investigator dismissed, and says so", () => {
    const story = buildStory({ ...parts, estate, findings: intrusion() });
    expect(withoutDismissed(story, 40)).toBe(story);
    const review = { verdict: "dismissed" as const, reason: "a drill", by: "me", at: "", entry: 4 };
    const findings = story.findings.map((each) => (each.phase === "tampering" ? { ...each, review } : each));
    const told = withoutDismissed({ ...story, findings }, 40);
    expect(told.incidents.flatMap(({ tampering }) => tampering)).toEqual([]);
    expect(told.verdict).not.toContain("deleted");
    expect(told.verdict).toMatch(/1 finding that an investigator dismissed is left out of this\.$/);
    expect(told.findings).toBe(findings);
  });

  it("says that empty evidence says nothing", () => {
    expect(buildStory({ ...parts, coverage: { ...coverage, packets: 0 } }).verdict).toMatch(/holds no packets/);
  });
});
