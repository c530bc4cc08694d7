import { describe, expect, it } from "vitest";
import { spareChance } from "./false-discovery.ts";

const row = (chance: number, tests: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ts: "1709251200000000000",
  severity: "medium",
  chance,
  tests,
  ...more,
});
const severities = (...answers: readonly (readonly Record<string, unknown>[])[]): unknown[] =>
  spareChance(answers)
    .flat()
    .map(({ severity }) => severity);

describe("spareChance", () => {
  it("keeps what is rarer than so many tests explain, and makes the rest indications", () => {
    expect(severities([row(0.001, 20), row(0.04, 20)])).toEqual(["medium", "low"]);
    expect(severities([row(0.001, 1000)])).toEqual(["low"]);
    expect(severities([row(0.04, 1)])).toEqual(["medium"]);
  });

  it("lets many results that are rare together pass (Benjamini and Hochberg, table 1: the first four of fifteen)", () => {
    const published = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];
    const kept = severities(published.map((chance) => row(chance, 15)));
    expect(kept.filter((severity) => severity === "medium")).toHaveLength(4);
  });

  it("counts the tests of all detections on that day, and lets the clear results of one make room for another's", () => {
    expect(severities([row(0.04, 1)], [row(0.2, 9)])).toEqual(["low", "low"]);
    expect(severities([row(0.009, 1)], [row(0.001, 9), row(0.001, 9)])).toEqual(["medium", "medium", "medium"]);
    expect(severities([row(0.009, 10)])).toEqual(["low"]);
  });

  it("judges each day for itself and leaves rows without a chance alone", () => {
    const other = { ts: "1709251200000000000", severity: "high" };
    const answers = [[row(0.03, 1), other], [row(0.03, 1, { ts: "1709351200000000000" })], []];
    expect(spareChance(answers)).toEqual(answers);
  });

  it("says why, and makes nothing more severe", () => {
    const [[one] = []] = spareChance([[row(0.5, 9, { severity: "info", note: "Rare" })]]);
    expect(one).toMatchObject({
      severity: "info",
      note: expect.stringMatching(/^Rare\. Among the 9 such tests/) as unknown,
    });
  });
});
