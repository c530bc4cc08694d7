import { afterAll, describe, expect, it } from "vitest";
import { DetectionSamples } from "../../test/detection-samples.ts";
import { SHOWN_BY_HAND } from "../../test/detection-rows.ts";
import { DETECTIONS } from "./index.ts";

const samples = new DetectionSamples("named");
afterAll(() => samples.remove());

describe("detections on samples", () => {
  it.each(DETECTIONS.map((detection) => [detection.id, detection] as const))(
    "%s finds what it says",
    async (id, detection) => {
      for (const { capture, findings } of detection.samples) {
        const found = (await samples.findings(capture)).filter(
          // Where a detection reports nothing remarkable by design (a restore drill), that is what its samples count.
          (each) => each.detection === id && (each.severity !== "info" || detection.severity === "info"),
        );
        expect(
          found.map(({ explanation }) => explanation),
          capture,
        ).toHaveLength(findings);
      }
      expect(detection.samples.some(({ findings }) => findings > 0) || SHOWN_BY_HAND.has(id)).toBe(true);
    },
  );
});
