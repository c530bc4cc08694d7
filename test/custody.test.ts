// One case from its pack to its verification: what it claims holds, and each thing that was changed afterwards is named.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { annotationsOf, journalNote, journalReview } from "../core/case/annotations.ts";
import { makeSigningKey } from "../core/case/signing.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { evaluate } from "../core/engine/evaluate.ts";
import { holdEvidence } from "../core/engine/hold-evidence.ts";
import { importExport } from "../core/engine/import-export.ts";
import { mergeCases } from "../core/engine/merge-cases.ts";
import { signJournal, signReport } from "../core/engine/seal.ts";
import { storyOf } from "../core/engine/story-of.ts";
import { findingDifferences, otherBuilds } from "../core/engine/verify/derive-again.ts";
import { verifyWhole } from "../core/engine/verify-case.ts";
import { withCase } from "../core/engine/workspace.ts";
import type { WrittenPack } from "../core/engine/write-pack.ts";
import { writePack } from "../core/engine/write-pack.ts";
import { writeReport } from "../core/engine/write-report.ts";
import { parseTemplate } from "../core/report/template-file.ts";
import type { ReportModel } from "../core/report/model.ts";
import { FULL_TEMPLATE } from "../core/report/templates.ts";
import { BACKTRAIL, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
const folder = join(scratch.path, "a.case");
const pack = join(scratch.path, "pack");
const capture = join(scratch.path, "capture.pcapng");
const verifier = join(dirname(BACKTRAIL), "verify-pack.mjs");
const page = join(scratch.path, "report.html");
const letter = join(scratch.path, "letter.html");
const short = parseTemplate("title: Letter\nsections: [chain, limits]", "t");
const key = makeSigningKey(join(scratch.path, "investigator.key"));
let written: WrittenPack;

beforeAll(async () => {
  copyFileSync(join(import.meta.dirname, "../samples/recorded/winrm-clear.pcapng"), capture);
  await analyzeIntoCase({ captures: [capture], folder, workers: 1 });
  written = await withCase(folder, (opened) => writePack(opened, pack, { key }));
});
afterAll(() => scratch.remove());

/** Starts the verifier as a person does, from where nobody changed it. */
function start(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [verifier, pack, ...args], (error, stdout) =>
      done({ code: typeof error?.code === "number" ? error.code : 0, text: stdout }),
    );
  });
}

/** Runs the same script as a thread of this process, which is several times quicker than a start. */
const verify = Object.assign((...args: string[]) => verifyPack(pack, ...args), { of: verifyPack });

async function verifyPack(...args: string[]): Promise<{ code: number; text: string }> {
  const worker = new Worker(verifier, { argv: args, stdout: true });
  const code = new Promise<number>((done, fail) => worker.once("exit", done).once("error", fail));
  let text = "";
  for await (const piece of worker.stdout) text += String(piece);
  return { code: await code, text };
}

function files(): string[] {
  return readdirSync(pack, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(pack.length + 1));
}

describe("what is imported", () => {
  it("is a case with the findings of an export or of a pack, which exports them again as they were", async () => {
    const [file, again] = ["a.stix.json", "again.stix.json"].map((name) => join(scratch.path, name)) as [
      string,
      string,
    ];
    const source = join(scratch.path, "source.case");
    cpSync(folder, source, { recursive: true });
    await withCase(source, (opened) => writeReport(opened, file));
    const notes = (path: string) =>
      (JSON.parse(readFileSync(path, "utf8")) as { objects: { type: string; extensions?: object }[] }).objects
        .filter(({ type }) => type === "note")
        .map(({ extensions }) => Object.values(extensions ?? {}) as unknown);
    for (const [i, from] of [file, pack, written.zip].entries()) {
      const place = join(scratch.path, `imported-${i}.case`);
      await importExport(from, place);
      await withCase(place, async (opened) => {
        await writeReport(opened, again);
        expect(await verifyWhole(opened)).toMatchObject({ ok: true, frames: null });
        await expect(evaluate(opened)).rejects.toThrow(/were imported and would be lost/);
      });
      expect(notes(again)).toEqual(notes(file));
    }
    const packed = await withCase(join(scratch.path, "imported-0.case"), (opened) =>
      writePack(opened, join(scratch.path, "imported-pack"), { template: short }),
    );
    expect(packed.withoutPackets.map(({ reason }) => reason)[0]).toMatch(/^the findings were imported/);
    expect((await verify.of(packed.folder)).code).toBe(0);
    await expect(importExport(file, folder)).rejects.toThrow(/There is a case/);
    await expect(importExport(capture, join(scratch.path, "none.case"))).rejects.toThrow(/is no export/);
    expect(existsSync(join(scratch.path, "none.case"))).toBe(false);
  });

  it("is of a report all that it holds, with what people said, and a verdict taken back tells the story anew", async () => {
    const [source, file, again, place] = ["said.case", "said.json", "said-again.json", "said-imported.case"].map(
      (name) => join(scratch.path, name),
    ) as [string, string, string, string];
    cpSync(folder, source, { recursive: true });
    const [dismissed, verdict] = await withCase(source, async (opened) => {
      const told = await storyOf(opened);
      const id = told.incidents[0]!.steps[0]!.findings[0]!;
      journalReview(opened.journal, id, "dismissed", "a drill");
      journalNote(opened.journal, "case", "ask Ann");
      await writeReport(opened, file);
      return [id, told.verdict] as const;
    });
    const outcome = await importExport(file, place);
    expect(outcome.held).toEqual(expect.arrayContaining(["1 verdict", "1 note"]));
    const model = (path: string) => {
      const {
        story,
        notes,
        origins,
        custody: _,
        journalHead: __,
        ...rest
      } = JSON.parse(readFileSync(path, "utf8")) as ReportModel;
      const findings = story.findings.map(({ review, ...finding }) => [
        finding,
        review?.verdict,
        review?.reason,
        review?.by,
      ]);
      const { case: ___, unknowns, coverage, ...told } = story;
      return {
        unknowns,
        origins,
        rest: {
          ...rest,
          ...told,
          findings,
          coverage,
          notes: notes.map(({ text }) => text),
        },
      };
    };
    await withCase(place, async (opened) => {
      await writeReport(opened, again);
      journalReview(opened.journal, dismissed, null, null);
      expect((await storyOf(opened)).verdict).toBe(verdict);
    });
    const [before, after] = [model(file), model(again)];
    expect(after.rest).toEqual(before.rest);
    expect(after.unknowns.slice(1)).toEqual(before.unknowns);
    expect(after.origins.map(({ custody }) => custody.at(-1)?.action)).toEqual(["note-added"]);
    writeFileSync(file, readFileSync(file, "utf8").replace('"connections": ', '"connections": -'));
    await expect(importExport(file, join(scratch.path, "none.case"))).rejects.toThrow(
      /story\.coverage\.connections .*export it again/,
    );
  });

  it("is refused whole where a zip would escape its folder, holds a link, or was changed", async () => {
    const place = join(scratch.path, "escaped.case");
    const zip = readFileSync(written.zip);
    const [name, bad] = [Buffer.from("pack/METHOD.md"), join(scratch.path, "bad.zip")];
    for (const evil of ["../../METHOD.md", "/etc/METHOD.md", "pack\\METHOD.m", "pack//ETHOD.md"]) {
      const text = zip
        .toString("latin1")
        .replaceAll(name.toString(), evil.padEnd(name.length, "d").slice(0, name.length));
      writeFileSync(bad, Buffer.from(text, "latin1"));
      await expect(importExport(bad, place), evil).rejects.toThrow(
        /bad\.zip is not unpacked: .*would lead out of the folder/,
      );
    }
    const link = Buffer.from(zip);
    link.writeUInt32LE((0o120777 << 16) >>> 0, link.lastIndexOf(Buffer.from("504b0102", "hex")) + 38);
    writeFileSync(bad, link);
    await expect(importExport(bad, place)).rejects.toThrow(/is a link or a device/);
    writeFileSync(bad, zip.subarray(0, zip.length >> 1));
    await expect(importExport(bad, place)).rejects.toThrow(/is no whole ZIP archive/);
    expect(existsSync(place)).toBe(false);
    expect(existsSync(join(scratch.path, "METHOD.md"))).toBe(false);
  });
});

describe("a court pack", () => {
  it("holds report, timeline, findings, packets, custody, hashes, verifier and method, and is journaled", async () => {
    const names = files();
    const slices = names.filter((name) => name.startsWith("slices/"));
    expect(slices.length).toBeGreaterThan(0);
    expect(written.withoutPackets).toEqual([]);
    expect(names.filter((name) => !name.startsWith("slices/")).sort()).toEqual(
      [
        ...["METHOD.md", "SHA256SUMS", "SHA256SUMS.sha256", "SHA256SUMS.sig.json"],
        ...["custody/custody.case.jsonld", "custody/evidence.json"],
        ...[
          "custody/journal.jsonl",
          "findings.csv",
          "pack.json",
          "report.html",
          "report.json",
          "report.pdf",
          "timeline.csv",
          "verify-pack.mjs",
        ],
      ].sort(),
    );
    await withCase(folder, async ({ journal }) => {
      const entries = await Promise.resolve(journal.entries);
      expect(entries.find(({ action }) => action === "pack-written")).toMatchObject({
        object: pack,
        sha256: written.sha256,
      });
    });
    await expect(withCase(folder, (opened) => writePack(opened, pack))).rejects.toThrow(/is not empty/);
    expect(readdirSync(scratch.path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("verifies as it stands, with the script and by hand, and knows its captures", async () => {
    const { code, text } = await start(capture);
    expect(await verify(capture)).toEqual({ code, text });
    expect(text).toContain("Everything is as it was");
    expect(text).toContain(written.sha256);
    expect(text).toMatch(/ok +custody\/journal\.jsonl: \d+ entries/);
    expect(text).toContain(`SHA256SUMS.sig.json: signed by the key ${key.fingerprint}`);
    expect(text).toMatch(/capture\.pcapng: capture 1 of the case/);
    expect(code).toBe(0);
    const [own, all] = [["SHA256SUMS.sha256"], ["SHA256SUMS"]].map((args) =>
      execFileSync("sha256sum", ["-c", "--quiet", ...args], { cwd: pack, encoding: "utf8" }),
    );
    expect([own, all]).toEqual(["", ""]);
    expect((await verify(verifier)).text).toMatch(/UNKNOWN .*verify-pack\.mjs/);
  });

  it("names each file in which one byte was flipped", async () => {
    for (const name of files()) {
      const path = join(pack, name);
      const octets = readFileSync(path);
      const changed = Buffer.from(octets);
      changed[Math.floor(octets.length / 2)]! ^= 0x01;
      writeFileSync(path, changed);
      const { code, text } = await verify();
      writeFileSync(path, octets);
      expect(text, name).toMatch(
        new RegExp(`^(CHANGED|MISSING) +${name.replaceAll(".", "\\.").replace("SUMS\\.sha256", "SUMS")}:`, "m"),
      );
      expect(code, name).toBe(1);
    }
    expect((await verify()).code).toBe(0);
  });

  it("names what was removed, added, and where the journal breaks though its hash was made anew", async () => {
    const journal = join(pack, "custody/journal.jsonl");
    const whole = readFileSync(journal);
    const lines = whole.toString("utf8").split("\n");
    writeFileSync(journal, [...lines.slice(0, 1), ...lines.slice(2)].join("\n"));
    expect((await verify()).text).toMatch(/BROKEN +custody\/journal\.jsonl: line 2: it has number 3/);
    truncateSync(journal, lines[0]!.length + 1);
    expect((await verify()).text).toMatch(/BROKEN +custody\/journal\.jsonl: its last hash is .*lines were cut off/);
    writeFileSync(journal, whole);
    rmSync(join(pack, "findings.csv"));
    writeFileSync(join(pack, "extra\u001b[2J.txt"), "x");
    const seal = join(pack, "SHA256SUMS.sig.json");
    const signature = readFileSync(seal, "utf8");
    const other = makeSigningKey(join(scratch.path, "other.key")).sign("pack", "00".repeat(32)).signature;
    writeFileSync(seal, JSON.stringify({ ...(JSON.parse(signature) as object), signature: other }));
    const { code, text } = await verify();
    expect(text).toMatch(/MISSING +findings\.csv/);
    expect(text).toMatch(/ADDED +extra\\u001b\[2J\.txt/);
    expect(text).toMatch(/CHANGED +SHA256SUMS\.sig\.json: it is not one of its key/);
    writeFileSync(seal, signature);
    expect(code).toBe(1);
  });

  it("is not there, and its zip neither, where the disk was full in the middle of either", async ({ skip }) => {
    const disk = join(scratch.path, "disk");
    mkdirSync(disk);
    const room = files().reduce((sum, name) => sum + Math.ceil(statSync(join(pack, name)).size / 4096) * 4096, 0);
    const entries = () => readFileSync(join(folder, "journal.jsonl"), "utf8").split("\n").length;
    const before = entries();
    for (const [octets, template, told] of [
      [
        statSync(join(pack, "report.json")).size,
        short,
        /^No space left while writing \S+\/disk\/p\/[a-z]+\S*: free some space/,
      ],
      [
        room + statSync(written.zip).size / 2,
        FULL_TEMPLATE,
        /^No space left while writing \S+\/disk\/p\.zip: free some space/,
      ],
    ] as const) {
      if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${Math.round(octets)}`, "tmpfs", disk]).status !== 0)
        return skip("a small disk could not be mounted here: that needs root on Linux");
      try {
        await expect(withCase(folder, (opened) => writePack(opened, join(disk, "p"), { template }))).rejects.toThrow(
          told,
        );
        expect(readdirSync(disk)).toEqual([]);
      } finally {
        spawnSync("umount", [disk]);
      }
    }
    expect(entries()).toBe(before);
  });

  it("is zipped whole, the same octets for the same files", () => {
    const zip = readFileSync(written.zip);
    const end = zip.length - 22;
    expect(zip.readUInt32LE(end)).toBe(0x06054b50);
    expect(zip.readUInt16LE(end + 10)).toBe(written.files);
    let at = zip.readUInt32LE(end + 16);
    for (let i = 0; i < written.files; i++) {
      const nameLength = zip.readUInt16LE(at + 28);
      const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
      expect(name).toMatch(/^pack\/[^/\\]/);
      const local = zip.readUInt32LE(at + 42);
      const data = zip.subarray(local + 30 + nameLength, local + 30 + nameLength + zip.readUInt32LE(at + 20));
      if (name === "pack/verify-pack.mjs") expect(inflateRawSync(data)).toEqual(readFileSync(verifier));
      at += 46 + nameLength;
    }
    expect(at).toBe(end);
  });
});

describe("two copies of a case that were worked on apart", () => {
  const [here, there] = ["here.case", "there.case"].map((name) => join(scratch.path, name)) as [string, string];
  const merged = join(scratch.path, "merged-pack");
  const [extra, usual, list] = ["extra.pcapng", "usual.pcapng", "list.sha256"].map((name) =>
    join(scratch.path, name),
  ) as [string, string, string];

  it("are merged: both chains kept, a signed entry between, conflicts told, and the verifiers follow", async () => {
    for (const copy of [here, there]) cpSync(folder, copy, { recursive: true });
    copyFileSync(join(import.meta.dirname, "../samples/recorded/nbd.pcapng"), extra);
    copyFileSync(join(import.meta.dirname, "../samples/recorded/ntp.pcapng"), usual);
    writeFileSync(list, `${"ab".repeat(32)}  disk.img\n`);
    await analyzeIntoCase({ captures: [extra], folder: there, workers: 1, baseline: [usual], manifests: [list] });
    const [first = ""] = await withCase(there, async (opened) => {
      const ids = (await storyOf(opened)).findings.map(({ id }) => id);
      journalReview(opened.journal, ids[0]!, "dismissed", "a drill");
      journalNote(opened.journal, "case", "seen at the other desk");
      opened.journal.append("signed", {
        object: "journal.jsonl",
        detail: { signature: { ...key.sign("journal", opened.journal.head) } },
      });
      return ids;
    });
    await withCase(here, ({ journal }) => Promise.resolve(journalReview(journal, first, "confirmed", null)));
    const outcome = await mergeCases(here, there, key, { workers: 1 });
    expect(outcome).toMatchObject({
      captures: [extra],
      references: [usual],
      left: [],
      conflicts: [{ kind: "verdict", object: first }],
    });
    await withCase(here, async (opened) => {
      const { journal } = opened;
      expect(annotationsOf(journal.entries).notes).toMatchObject([{ text: "seen at the other desk" }]);
      const { findings } = await storyOf(opened);
      expect(findings.map(({ id }) => id)).toEqual(
        await withCase(there, async (other) => (await storyOf(other)).findings.map(({ id }) => id)),
      );
      expect(journal.entries.slice(-1)).toMatchObject([{ action: "signed" }]);
      const found = await verifyWhole(opened);
      expect(found.merges).toMatchObject([{ ok: true, difference: null, openConflicts: 1, seals: [{ ok: true }] }]);
      await writePack(opened, merged, { key });
    });
    await expect(mergeCases(here, there, key)).rejects.toThrow(/says nothing that this case does not know/);
    await expect(mergeCases(here, here, key)).rejects.toThrow(/is this case itself/);
    const sound = await verify.of(merged);
    expect(sound.text).toMatch(/ok +custody\/merged\/[0-9a-f]{64}\.jsonl: \d+ entries, one with .* 1 conflicts/);
    expect(sound.code).toBe(0);
  });

  it("are told apart when the other journal is changed afterwards", async () => {
    for (const place of [here, join(merged, "custody")]) {
      const [name = ""] = readdirSync(join(place, "merged"));
      const path = join(place, "merged", name);
      writeFileSync(path, readFileSync(path, "utf8").replace("seen at the other desk", "seen at another desk"));
    }
    const { ok, merges } = await withCase(here, (opened) => verifyWhole(opened));
    expect(ok).toBe(false);
    expect(merges[0]).toMatchObject({
      ok: false,
      difference: expect.stringMatching(/does not have the SHA-256/) as string,
    });
    expect((await verify.of(merged)).text).toMatch(
      /BROKEN +custody\/merged\/.*: line \d+: its text does not have the hash/,
    );
  });
});

describe("copies of the captures in the case", () => {
  const held = join(scratch.path, "there.case");
  afterAll(() => spawnSync("chattr", ["-R", "-i", join(held, "evidence", "copies")]));

  it("have the hashes of the originals, are write-once as far as the file system allows, and are said to be", async () => {
    await withCase(held, async (opened) => {
      const copies = await holdEvidence(opened);
      expect(copies.map(({ held: how, original }) => ({ how, original }))).toEqual([
        { how: "copy", original: capture },
        { how: "copy", original: join(scratch.path, "extra.pcapng") },
      ]);
      for (const { path, protection } of copies) {
        expect(statSync(path).mode & 0o222).toBe(0);
        expect(protection.kind).toMatch(/^(immutable|read-only mode)$/);
        if (protection.kind === "immutable") expect(() => appendFileSync(path, "x")).toThrow(/EPERM/);
        else expect(protection.why).not.toBeNull();
      }
      expect(opened.ledger.verify().map(({ state }) => state)).toEqual(["ok", "ok"]);
      expect(opened.journal.entries.filter(({ action }) => action === "evidence-copied")).toHaveLength(2);
      expect(opened.ledger.find({ path: capture })?.number).toBe(1);
      const { length } = opened.journal.entries;
      await holdEvidence(opened);
      expect(opened.journal.entries).toHaveLength(length);
    });
  });
});

const whole = (deep = false) => withCase(folder, (opened) => verifyWhole(opened, deep ? { deep: { workers: 1 } } : {}));

describe("verifying a case", () => {
  beforeAll(async () => {
    await withCase(folder, async (opened) => {
      await writeReport(opened, page);
      await writeReport(opened, letter, { template: short });
      signReport(opened, key, page);
      signJournal(opened, key);
    });
  });

  it("finds captures, journal, signatures, reports, frames, and what is derived from them as they were", async () => {
    const found = await whole(true);
    expect(found.seals.map(({ ok, over, by }) => ({ ok, over, by }))).toEqual([
      { ok: true, over: `the pack ${pack}`, by: key.fingerprint },
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

  it("analyses again as a run was asked to: copies of datagrams kept, checksums looked at, no file hashed", async () => {
    const chosen = join(scratch.path, "chosen.case");
    await analyzeIntoCase({
      captures: [capture],
      folder: chosen,
      workers: 1,
      keepDuplicates: true,
      verifyChecksums: true,
      files: { hashLimit: 0 },
    });
    await withCase(chosen, async (opened) => {
      const start = opened.journal.entries.find(({ action }) => action === "analysis-started");
      expect(start?.detail["options"]).toEqual({ checksums: true, "keep-duplicates": true, "hash-files": 0 });
      expect((await verifyWhole(opened, { deep: { workers: 1 } })).again).toMatchObject({ ok: true, differences: [] });
    });
  });

  it("names a report whose file was changed, and one that is gone or another build's without calling it changed", async () => {
    appendFileSync(page, " ");
    rmSync(letter);
    const [other, unnamed] = ["other.html", "unnamed.html"].map((name) => join(scratch.path, name)) as [string, string];
    await withCase(folder, async ({ journal }) => {
      const { detail } = await Promise.resolve(journal.entries.findLast(({ object }) => object === letter)!);
      const { build: _, ...rest } = detail;
      journal.append("report-written", {
        object: other,
        sha256: "ab".repeat(32),
        detail: { ...rest, build: "cd".repeat(32) },
      });
      journal.append("report-written", { object: unnamed, sha256: "ab".repeat(32), detail: rest });
    });
    const { ok, reports } = await whole();
    expect(ok).toBe(false);
    expect(reports.map(({ path, file, again }) => ({ path, file, again }))).toEqual([
      { path: page, file: "changed", again: "same" },
      { path: letter, file: "missing", again: "same" },
      { path: other, file: "missing", again: "not made" },
      { path: unnamed, file: "missing", again: "not made" },
    ]);
    expect(reports.slice(2).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^build cdcdcdcdcdcdcdcd of version .* wrote it, and this one writes it otherwise/),
      expect.stringMatching(/^an earlier build of version .* wrote it/),
    ]);
    await withCase(folder, (opened) => {
      expect(() => signReport(opened, key, page)).toThrow(/not as any report of this case/);
      return Promise.resolve();
    });
  });

  it("names a finding that was changed, gone or new, and runs of another build", async () => {
    const forged = join(scratch.path, "forged.case");
    cpSync(folder, forged, { recursive: true });
    const journal = join(forged, "journal.jsonl");
    const text = readFileSync(journal, "utf8");
    writeFileSync(journal, text.replace(/("analysis-finished".*?"build":")[0-9a-f]{64}/, `$1${"0".repeat(64)}`));
    await withCase(forged, async (opened) => {
      const [first, second, ...rest] = (await storyOf(opened)).findings;
      const [told, other] = [
        { ...first!, explanation: "Nothing." },
        { ...second!, id: "F-000000000000" },
      ];
      expect(findingDifferences([told, other, ...rest], [first!, second!, ...rest])).toEqual([
        `Finding ${told.id} says something else now.`,
        `Finding ${other.id} (${other.title}) did not come again.`,
        `Finding ${second!.id} (${other.title}) is new: the case does not have it.`,
      ]);
      expect(await otherBuilds(opened)).toEqual([
        expect.stringMatching(/^Run 1 was analysed by build 0{16} of version .*: use that build to tell/),
      ]);
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
