// A case checked as a whole: what it claims holds, and each thing that was changed afterwards is named.
import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSigningKey } from "../core/case/signing.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { signJournal, signReport } from "../core/engine/seal.ts";
import { verifyWhole } from "../core/engine/verify-case.ts";
import { withCase } from "../core/engine/workspace.ts";
import { writeReport } from "../core/engine/write-report.ts";
import { parseTemplate } from "../core/report/template-file.ts";
import { scratchFolder } from "./sample-captures.ts";

const RECORDED = fileURLToPath(new URL("../samples/recorded/smb-files.pcapng", import.meta.url));
const scratch = scratchFolder();
const folder = join(scratch.path, "checked.case");
const capture = join(scratch.path, "evidence.pcapng");
const page = join(scratch.path, "report.html");
const letter = join(scratch.path, "letter.html");
const key = makeSigningKey(join(scratch.path, "investigator.key"));

beforeAll(async () => {
  copyFileSync(RECORDED, capture);
  await analyzeIntoCase({ captures: [capture], folder, workers: 1, name: "Checked" });
  await withCase(folder, async (opened) => {
    await writeReport(opened, page);
    await writeReport(opened, letter, { template: parseTemplate("title: Letter\nsections: [chain, limits]", "t") });
    signReport(opened, key, page);
    signJournal(opened, key);
  });
});
afterAll(() => scratch.remove());

const whole = (deep = false) => withCase(folder, (opened) => verifyWhole(opened, deep ? { deep: { workers: 1 } } : {}));

describe("verifying a case", () => {
  it("finds captures, journal, signatures, reports, frames, and what is derived from them as they were", async () => {
    const found = await whole(true);
    expect(found.seals.map(({ ok, over, by }) => ({ ok, over, by }))).toEqual([
      { ok: true, over: `the file ${page}`, by: key.fingerprint },
      { ok: true, over: expect.stringMatching(/^the journal up to entry \d+$/) as string, by: key.fingerprint },
    ]);
    expect(found.reports).toEqual(
      [page, letter].map((path) => expect.objectContaining({ path, file: "same", again: "same" }) as object),
    );
    expect(found.frames).toMatchObject({ wrongCount: 0 });
    expect(found.again).toMatchObject({ ok: true, differences: [] });
    expect(found.again!.records).toBeGreaterThan(50);
    expect(found.ok).toBe(true);
    const last = readFileSync(join(folder, "journal.jsonl"), "utf8").trimEnd().split("\n").at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ action: "verified", detail: { ok: true, again: { ok: true } } });
  });

  it("names a report whose file was changed, and one that is gone without calling it changed", async () => {
    appendFileSync(page, " ");
    rmSync(letter);
    const { ok, reports } = await whole();
    expect(ok).toBe(false);
    expect(reports.map(({ path, file, again }) => ({ path, file, again }))).toEqual([
      { path: page, file: "changed", again: "same" },
      { path: letter, file: "missing", again: "same" },
    ]);
    await withCase(folder, (opened) => {
      expect(() => signReport(opened, key, page)).toThrow(/not as any report of this case/);
      return Promise.resolve();
    });
  });

  it("names an octet changed in a capture, and a journal whose signature was put in place of another", async () => {
    const octets = readFileSync(capture);
    octets[octets.length >> 1]! ^= 1;
    writeFileSync(capture, octets);
    const journal = join(folder, "journal.jsonl");
    const lines = readFileSync(journal, "utf8");
    writeFileSync(journal, lines.replace(key.fingerprint, "00".repeat(32)));
    const { ok, evidence, journal: chain, seals } = await whole();
    expect(ok).toBe(false);
    expect(evidence).toMatchObject([{ state: "changed", check: "sha256" }]);
    expect(chain).toMatchObject({ ok: false, firstBad: { reason: expect.stringContaining("changed") as string } });
    expect(seals[0]).toMatchObject({ ok: false, difference: expect.stringContaining("not one of its key") as string });
  });
});
