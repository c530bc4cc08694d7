import { expect, it } from "vitest";
import { tableText } from "./terminal.ts";

it("a table is aligned by its widest cells, however many rows it has", () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => [i === 149_999 ? "widest" : "a", "b"]);
  const lines = tableText(["x", "y"], rows, 80).split("\n");
  expect(lines).toHaveLength(150_002);
  expect([lines[0], lines[1], lines.at(-2)]).toEqual(["x       y", "a       b", "widest  b"]);
});
