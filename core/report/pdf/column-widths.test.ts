import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { columnWidths } from "./column-widths.ts";

it("gives the same widths in every release of Node", () => {
  const widths = Array.from({ length: 3000 }, (_, i) =>
    columnWidths(
      {
        kind: "table",
        columns: [
          { title: "Host", kind: "text" },
          { title: "What was done", kind: "wide" },
          { title: "Why it counts", kind: "wide" },
        ],
        rows: [["ab ".repeat(10 + (i % 7)), "cd ".repeat(1 + (i % 131)), "ef ".repeat(1 + ((7 * i) % 113))]],
      },
      480,
    ),
  );
  expect(createHash("sha256").update(JSON.stringify(widths)).digest("hex")).toBe(
    "683d136a11859cc1faecd4c502c30fe4ff84def118cd9a4305b9b345b0648856",
  );
});
