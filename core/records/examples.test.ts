import { describe, expect, it } from "vitest";
import { examplesOf } from "./examples.ts";

describe("examples of columns", () => {
  it("are the first value that says something, cut to a line's length", () => {
    const text = ["#path\tzz", "#fields\ta\tb\tc\td", "-\t0\tF\t(empty)", `x\t5\tF\t${"y".repeat(200)}`, "z\t6\tF\t-"];
    const examples = examplesOf([
      { table: "zz", text: text.join("\n") },
      { table: "zz", text: "#fields\tc\te\nT\t-\n" },
    ]);
    expect([...examples].sort()).toEqual([
      ["zz.a", "x"],
      ["zz.b", "5"],
      ["zz.c", "T"],
      ["zz.d", `${"y".repeat(79)}…`],
    ]);
  });
});
