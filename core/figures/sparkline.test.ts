import { describe, expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

describe("a sparkline", () => {
  const size = { width: 30, height: 10, slots: 4, least: 10 };

  it("has the newest value at the right edge and leaves the past empty that is not known", () => {
    expect(sparkline([], [], size)).toEqual({ line: "", area: "", marks: [], most: 10 });
    expect(sparkline([0, 20], [0, 3], size)).toEqual({
      line: "M20 10L30 0",
      area: "M20 10L30 0L30 10L20 10Z",
      marks: [{ x: 30, width: 10 }],
      most: 20,
    });
    expect(sparkline([9, 1, 2, 3, 4], [], size).line).toBe("M0 9L10 8L20 7L30 6");
  });
});
