import { expect, it } from "vitest";
import { savedSentence } from "./saved-sentence.ts";

it("says what a saved table got, and in what it differs from what is shown", () => {
  const rows = [["a", "b"], ["c"]];
  const of = (total: number, last = total, more: string[][] = []) =>
    savedSentence({ file: "conn.csv", rows: [...rows, ...more], totals: [total, last] });
  expect(of(2)).toBe("conn.csv saved with 2 records");
  expect(of(30_000)).toBe("conn.csv saved with the first 2 of 30,000 records; backtrail query --json writes all");
  expect(of(2, 5)).toBe(
    "conn.csv saved with 2 records; records came while it was written: some may be in it twice or not at all, so save it again when none come",
  );
  expect(of(3, 3, [["x".repeat(4001)]])).toBe(
    "conn.csv saved with 3 records; 1 cell longer than 4,000 characters, of which it has the beginning; backtrail query --json writes all",
  );
});
