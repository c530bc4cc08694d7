import { afterAll, describe, expect, it } from "vitest";
import { DetectionSamples, HARMLESS } from "../../test/detection-samples.ts";

const samples = new DetectionSamples("all");
afterAll(() => samples.remove());

describe("all detections on harmless samples", () => {
  it.each(HARMLESS)("%s gives nothing severe", async (name) => {
    const severe = (await samples.findings(name)).filter(
      ({ severity }) => severity === "high" || severity === "critical",
    );
    expect(severe.map(({ explanation }) => explanation)).toEqual([]);
  });
});
