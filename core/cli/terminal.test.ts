import { fstatSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { journalMark, LEVELS, tableText } from "./terminal.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("a line bears its level for the journal of systemd, and for nobody else", () => {
  const { dev, ino } = fstatSync(2);
  vi.stubEnv("JOURNAL_STREAM", `${dev}:${ino}`);
  expect(journalMark(LEVELS.error, 2)).toBe("<3>");
  vi.stubEnv("JOURNAL_STREAM", `${dev}:${ino + 1}`);
  expect(journalMark(LEVELS.error, 2)).toBe("");
  vi.stubEnv("JOURNAL_STREAM", undefined);
  expect(journalMark(LEVELS.error, 2)).toBe("");
});

it("a table is aligned by its widest cells, however many rows it has", () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => [i === 149_999 ? "widest" : "a", "b"]);
  const lines = tableText(["x", "y"], rows, 80).split("\n");
  expect(lines).toHaveLength(150_002);
  expect([lines[0], lines[1], lines.at(-2)]).toEqual(["x       y", "a       b", "widest  b"]);
});
