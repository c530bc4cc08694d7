import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DETECTIONS } from "./index.ts";
import { CATALOGUE_IDS, detectionsReference, OWN_DETECTIONS } from "./reference.ts";

describe("detectionsReference", () => {
  it("is what docs/detections.md holds", () => {
    expect(readFileSync(new URL("../../docs/detections.md", import.meta.url), "utf8")).toBe(
      detectionsReference(DETECTIONS),
    );
  });

  it("takes every detection for one of the catalogue or one of our own", () => {
    const ids = new Set(DETECTIONS.map(({ id }) => id));
    expect(OWN_DETECTIONS.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(CATALOGUE_IDS + new Set(OWN_DETECTIONS).size);
  });
});
