import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DETECTIONS } from "./index.ts";
import { detectionsReference } from "./reference.ts";

describe("detectionsReference", () => {
  it("is what docs/detections.md holds", () => {
    expect(readFileSync(new URL("../../docs/detections.md", import.meta.url), "utf8")).toBe(
      detectionsReference(DETECTIONS),
    );
  });
});
