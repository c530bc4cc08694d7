import { describe, expect, it } from "vitest";
import { octetsOf, wishOf } from "./arguments.ts";

describe("the command line", () => {
  it("reads sizes", () => {
    expect(octetsOf("3MB")).toBe(3_000_000);
    expect(octetsOf("1.5 gb")).toBe(1_500_000_000);
    expect(["", "3", "0MB", "-1MB", "3XB", "MB"].map(octetsOf)).toEqual([null, null, null, null, null, null]);
  });

  it("says what is wrong in a sentence", () => {
    expect(wishOf([])).toMatch(/--out FILE/);
    expect(wishOf(["--out", "x", "--size", "huge"])).toMatch(/is no size/);
    expect(wishOf(["--out", "x", "--scenario", "none"])).toMatch(/incident, quiet/);
    expect(wishOf(["--out", "x", "--profile", "mixed", "--scenario", "quiet"])).toMatch(/not both/);
    expect(typeof wishOf(["--what"])).toBe("string");
  });

  it("takes the incident of 3 MB if nothing else is said", () => {
    expect(wishOf(["--out", "x"])).toEqual({
      kind: "capture",
      out: "x",
      truth: null,
      sizeOctets: 3e6,
      seed: "1",
      scenario: "incident",
      profile: null,
    });
  });
});
