import { describe, expect, it } from "vitest";
import type { Finding } from "../contracts/finding.ts";
import { layoutFlows } from "./flow-layout.ts";
import { lanesBy, packLane, timedFindings } from "./lanes.ts";
import { pathsInto } from "./paths.ts";

const finding = (id: string, at: number, rest: Partial<Finding> = {}) =>
  ({ id, tsFirst: String(at), tsLast: String(at), severity: "high", source: "a", target: "b", ...rest }) as Finding;

describe("lanes", () => {
  it("puts findings near each other below one another, the most severe first, and tells the rest", () => {
    const crowd = Array.from({ length: 6 }, (_, i) =>
      finding(`F-${i}`, (100 + i) * 1e6, { severity: i === 5 ? "critical" : "low" }),
    );
    const packed = packLane(timedFindings([...crowd, finding("far", 9_000_000_000)]), Number, 0, 1000);
    expect(packed.marks.map(({ finding: { id }, row }) => `${id} ${row}`)).toEqual([
      "F-5 0",
      "F-0 1",
      "F-1 2",
      "F-2 3",
    ]);
    expect(packed.crowded).toHaveLength(2);
    expect(packed.rows).toBe(4);
  });

  it("gives a finding a place in the lane of each of its hosts, once", () => {
    const lanes = lanesBy(
      [finding("1", 1), finding("2", 2, { target: "a" })],
      ({ source, target }) => [source!, target!],
      (key) => key.toUpperCase(),
    );
    expect(lanes.map(({ label, findings }) => `${label} ${findings.length}`)).toEqual(["A 2", "B 1"]);
  });
});

describe("paths into the estate", () => {
  const edges = [
    { source: "w", target: "f", step: 1 },
    { source: "f", target: "w", step: 2 },
    { source: "f", target: "j", step: 3 },
    { source: "j", target: "bkp", step: 4 },
    { source: "w", target: "bkp", step: 5 },
    { source: "x", target: "repo", step: 6 },
  ];
  it("tells the earliest and the shortest way, each step later than the one before", () => {
    const { earliest, shortest } = pathsInto(edges, "w", (host) => host === "bkp" || host === "repo");
    expect(earliest?.map(({ step }) => step)).toEqual([1, 3, 4]);
    expect(shortest?.map(({ step }) => step)).toEqual([5]);
  });
  it("takes no step back in time, and says when there is no way", () => {
    expect(pathsInto([...edges].slice(3, 4), "w", () => true)).toEqual({ earliest: null, shortest: null });
    expect(
      pathsInto(
        [
          { source: "j", target: "bkp", step: 1 },
          { source: "w", target: "j", step: 2 },
        ],
        "w",
        (host) => host === "bkp",
      ).earliest,
    ).toBeNull();
  });
});

describe("flows", () => {
  it("gives each end its share of the height and room for its name, heaviest on top", () => {
    const { sources, targets, ribbons, height } = layoutFlows(
      [
        { source: "a", target: "x", weight: 90 },
        { source: "b", target: "x", weight: 9 },
        { source: "b", target: "y", weight: 1 },
      ],
      100,
      400,
      100,
    );
    expect(sources.map(({ key, y, height: size }) => [key, y, size])).toEqual([
      ["a", 0, 90],
      ["b", 98, 16],
    ]);
    expect(targets.map(({ key, height: size }) => [key, size])).toEqual([
      ["x", 99],
      ["y", 16],
    ]);
    expect(ribbons).toHaveLength(3);
    expect(height).toBe(123);
    expect(layoutFlows([{ source: "a", target: "x", weight: 5 }], 0, 10, 400).height).toBe(112);
    expect(layoutFlows([{ source: "a", target: "x", weight: 0 }], 0, 10, 100).ribbons[0]!.d).not.toContain("NaN");
  });
});
