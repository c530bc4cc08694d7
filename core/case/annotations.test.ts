import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { annotationsOf, journalNote, journalNoteRemoved, journalReview } from "./annotations.ts";
import { Journal } from "./journal.ts";

it("says after opening again what was decided last, and which notes hold", () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-annotations-"));
  try {
    const path = join(folder, "journal.jsonl");
    const writer = { actor: "ann", host: "desk", tool: "backtrail", version: "0" };
    const journal = Journal.open(path, writer);
    journalReview(journal, "F-1", "confirmed", null);
    journalReview(journal, "F-1", "dismissed", "a scan of our own");
    journalReview(journal, "F-2", "confirmed", null);
    journalReview(journal, "F-2", null, null);
    journalNote(journal, "host:10.0.0.1", "a line\nand \u202e another");
    journalNote(journal, "case", "wrong");
    journalNoteRemoved(journal, annotationsOf(journal.entries).notes[1]!);
    journal.append("finding-dismissed", { detail: { reason: "no object" } });
    const { reviews, notes } = annotationsOf(Journal.open(path, writer).entries);
    expect([...reviews]).toMatchObject([
      ["F-1", { verdict: "dismissed", reason: "a scan of our own", by: "ann", entry: 2 }],
    ]);
    expect(notes).toMatchObject([{ object: "host:10.0.0.1", text: "a line\nand \u202e another", by: "ann" }]);
    expect(Journal.open(path, writer).verify().ok).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
