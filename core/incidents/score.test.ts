import { describe, expect, it } from "vitest";
import { finding, intrusion, surroundings } from "../../test/intrusion.ts";
import { buildIncidents } from "./incident.ts";
import { confidenceSum, confidenceText, incidentConfidence } from "./score.ts";

describe("confidence of an incident", () => {
  it("says how its confidence comes from what was found, and counts no remark", () => {
    const clock = finding(1, { phase: "integrity", source: null, severity: "low", title: "Clock" });
    const [one] = buildIncidents([finding(1, {}), clock], surroundings);
    expect(one).toMatchObject({
      confidence: 0.43,
      confidenceText: expect.stringMatching(
        /^0\.43 of 1 that it is an intrusion, by weights that are set, .* It rests on: remote service created and started\./,
      ) as string,
      confidenceSum: {
        parts: [{ confidence: 0.9, severity: "high", weights: { severity: 0.6, phase: 0.8 }, share: 0.43 }],
        bonus: 0,
      },
    });
    const [several] = buildIncidents(intrusion(), surroundings);
    expect(several?.confidenceText).toMatch(/^0\.99 .* \(counted 5 times, .*\) and account enumeration\.$/);
    expect(several?.confidenceSum).toMatchObject({ bonus: 0.3 });
    expect(several?.confidenceSum?.rule).toMatch(/0\.30 is added as they are of 5 phases\. 0\.99 is the most\.$/);
  });
});

describe("incidentConfidence", () => {
  it("takes nothing from what has no harmless use, unless it was refused", () => {
    const hostile = finding(1, { detection: "BT-CA-022", confidence: 0.75 });
    expect(incidentConfidence([hostile])).toBe(0.75);
    expect(confidenceSum([hostile]).parts).toMatchObject([{ weights: null, share: 0.75 }]);
    expect(incidentConfidence([{ ...hostile, outcome: "refused" }])).toBe(0.36);
    expect(incidentConfidence([{ ...hostile, severity: "medium" }])).toBe(0.18);
    // A forged ticket can be mistaken for that of an account that was deleted: it counts as what may be harmless.
    expect(incidentConfidence([finding(1, { attack: ["T1558.001"], confidence: 0.75 })])).toBe(0.36);
  });
  it("says that one kind counts once for each way between two hosts, where there are several", () => {
    const rule = "counts once for each kind";
    expect(confidenceSum([finding(1, {})]).rule).not.toContain(rule);
    expect(confidenceSum([finding(1, {}), finding(2, {})]).rule).toContain(rule);
    const back = finding(2, { source: "10.0.0.20", target: "10.0.0.7" });
    expect(confidenceSum([finding(1, {}), back]).rule).toContain(rule);
    expect(confidenceText([finding(1, {}), back])).toContain(
      "remote service created and started (counted 2 times, once for each pair of hosts and way)",
    );
  });
  it("counts repeats of one kind once", () => {
    const one = incidentConfidence([finding(1, { severity: "medium" })]);
    expect(incidentConfidence([finding(1, { severity: "medium" }), finding(2, { severity: "medium" })])).toBe(one);
    expect(
      incidentConfidence([finding(1, { severity: "medium" }), finding(2, { severity: "medium", target: "10.0.0.99" })]),
    ).toBeGreaterThan(one);
  });
});
