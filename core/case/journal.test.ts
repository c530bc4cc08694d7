import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal, JOURNAL_START, verifyJournal } from "./journal.ts";

const WRITER = { actor: "examiner", host: "lab", tool: "backtrail", version: "1" };
const HOSTILE = 'x\n{"seq":99}\u001b[2J\u009b\u202e","hash":"';

let folder: string;
let path: string;
beforeEach(() => {
  // In memory where that is to be had: these tests wait for the disk thousands of times.
  folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "backtrail-journal-"));
  path = join(folder, "journal.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function written(): Journal {
  const journal = Journal.open(path, WRITER);
  journal.append("case-created", { detail: { name: HOSTILE } });
  journal.append("evidence-read", {
    object: HOSTILE,
    sha256: "ab".repeat(32),
    detail: { number: 1, nested: { list: [1, null, true] } },
  });
  journal.append("noted");
  return journal;
}

describe("journal", () => {
  it("chains its entries, each hash being that of the line without it", () => {
    const journal = written();
    expect(journal.verify()).toEqual({ entries: 3, ok: true, firstBad: null, head: journal.head });
    let prev = JOURNAL_START;
    for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) {
      const entry = JSON.parse(line) as { prev: string; hash: string };
      expect(entry.prev).toBe(prev);
      expect(
        createHash("sha256")
          .update(line.replace(/,"hash":"[0-9a-f]{64}"}$/, "}"))
          .digest("hex"),
      ).toBe(entry.hash);
      prev = entry.hash;
    }
    expect(readFileSync(path, "latin1")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u0080-\u00ff]/);
    expect(Journal.open(path, WRITER).entries).toEqual(journal.entries);
    expect(journal.entries[0]?.detail["name"]).toBe(HOSTILE);
  });

  it("cut at any octet opens again, sets the torn line aside and goes on", () => {
    written();
    const whole = readFileSync(path);
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let octets = lastLine - 1; octets <= whole.length; octets++) {
      rmSync(join(folder, "journal.torn"), { force: true });
      writeFileSync(path, whole.subarray(0, octets));
      const lines = whole.subarray(0, octets).toString("latin1").split("\n");
      const torn = lines.pop()!;
      const isWhole = torn !== "" && whole[octets] === 0x0a;
      const read = Journal.open(path, WRITER, { repair: false });
      expect(read.entries).toHaveLength(lines.length + (isWhole ? 1 : 0));
      expect(readFileSync(path)).toEqual(whole.subarray(0, octets));
      const journal = Journal.open(path, WRITER);
      expect(existsSync(join(folder, "journal.torn"))).toBe(torn !== "" && !isWhole);
      if (torn !== "" && !isWhole) {
        expect(readFileSync(join(folder, "journal.torn"), "latin1")).toBe(`${torn}\n`);
        expect(journal.entries.at(-1)).toMatchObject({ action: "journal-repaired", detail: { octets: torn.length } });
      }
      journal.append("noted");
      expect(journal.verify().ok).toBe(true);
    }
  });

  it("shows every change of an octet, and lines removed, doubled or swapped", () => {
    written();
    const whole = readFileSync(path);
    const head = verifyJournal(whole).head;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(whole);
        changed[at] = changed[at]! ^ mask;
        const check = verifyJournal(changed);
        return !check.ok || check.head !== head;
      }),
      { numRuns: 500 },
    );
    const lines = whole.toString("utf8").trimEnd().split("\n");
    for (const order of [
      [0, 2],
      [1, 2],
      [0, 0, 1, 2],
      [1, 0, 2],
      [0, 1, 1, 2],
    ]) {
      expect(verifyJournal(Buffer.from(`${order.map((i) => lines[i]).join("\n")}\n`)).ok).toBe(false);
    }
    // Lines cut off the end leave a shorter chain that holds: only the head noted elsewhere shows it.
    expect(verifyJournal(Buffer.from(`${lines[0]!}\n`))).toMatchObject({ ok: true, entries: 1 });
    expect(verifyJournal(Buffer.from(`${lines[0]!}\n`)).head).not.toBe(head);
  });

  it("goes on behind a broken line without hiding it", () => {
    written();
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines[0]!}\nnonsense\n`);
    const journal = Journal.open(path, WRITER);
    journal.append("noted");
    expect(journal.verify()).toMatchObject({ ok: false, firstBad: { line: 2, reason: "it is no journal entry" } });
    expect(verifyJournal(Buffer.from([0xff, 0x0a, 0x00])).ok).toBe(false);
  });

  it("is as it was where an entry did not fit on the disk, and goes on when there is space again", ({ skip }) => {
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]).status !== 0)
      return skip("a small disk could not be mounted here: that needs root on Linux");
    try {
      const filler = join(folder, "filler");
      writeFileSync(filler, Buffer.alloc(4096));
      const journal = Journal.open(path, WRITER);
      const fill = () => {
        for (let i = 0; i < 10; i++) journal.append("noted", { detail: { text: "x".repeat(3000) } });
      };
      expect(fill).toThrow(/No space left while writing .*journal\.jsonl/);
      const { length } = journal.entries;
      expect(journal.verify()).toMatchObject({ ok: true, entries: length, head: journal.head });
      rmSync(filler);
      journal.append("noted");
      expect(journal.verify()).toMatchObject({ ok: true, entries: length + 1 });
    } finally {
      spawnSync("umount", [folder]);
    }
  });

  it("says why it cannot be written", () => {
    expect(() => Journal.open(folder, WRITER)).toThrow(/journal|folder|reading/i);
    const journal = Journal.open(join(folder, "no", "such", "journal.jsonl"), WRITER);
    expect(() => journal.append("noted")).toThrow(/Not found while writing/);
    expect(journal.entries).toEqual([]);
  });
});
