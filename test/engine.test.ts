import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnalyzeOutcome } from "../core/engine/analyze-into-case.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { reportModel } from "../core/engine/report-model.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { verifyCase } from "../core/engine/verify-case.ts";
import { openWorkspace, withCase } from "../core/engine/workspace.ts";
import { RECORDED } from "./recorded-samples.ts";
import { sampleIncident, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
/** The case of the sample incident; who changes it copies it first. */
const one = join(scratch.path, "one.case");
let capture = "";
let first: AnalyzeOutcome;

beforeAll(async () => {
  capture = sampleIncident(join(scratch.path, "sample"));
  first = await analyzeIntoCase({ captures: [capture], folder: one, workers: 1 });
});
afterAll(() => scratch.remove());

/** SHA-256 over every row of every record table. */
async function recordsHash(folder: string): Promise<string> {
  return withCase(folder, async ({ store }) => {
    const hash = createHash("sha256");
    for (const { name } of RECORD_TYPES) {
      const rows = await store.rows(`SELECT * EXCLUDE (ingest) FROM "${name}" ORDER BY ts, uid, n`);
      hash.update(name);
      for (const row of rows)
        hash.update(JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
    }
    return hash.digest("hex");
  });
}

describe("the same evidence", () => {
  const three = join(scratch.path, "three.case");

  it("gives the same records and the same story with 1 worker and with 3, with other chunks, and looked at early", async () => {
    const early = { leastUnreadOctets: 0 };
    const other = { workers: 3, chunkOctets: 100_000, early };
    const second = await analyzeIntoCase({ captures: [capture], folder: three, ...other });
    expect(await recordsHash(three)).toBe(await recordsHash(one));
    const { case: a, ...story } = first.story;
    const { case: b, ...told } = second.story;
    expect(told).toEqual(story);
    expect(a.id).not.toBe(b.id);
  });

  it("gives the same rows in this thread, whatever the number of shards and the size of chunks", async () => {
    const whole = await analyzeInline([capture]);
    const pieces = await analyzeInline([capture], { shards: 3, chunkOctets: 65_536 });
    expect(pieces.failures).toEqual([]);
    expect([...pieces.rows.keys()].sort()).toEqual([...whole.rows.keys()].sort());
    for (const [table, rows] of whole.rows) expect(pieces.rows.get(table), table).toEqual(rows);
  });

  it("gives the same report twice", async () => {
    const model = () => withCase(one, async (opened) => JSON.stringify(await reportModel(opened)));
    expect(await model()).toBe(await model());
  });

  it("counts every packet of the capture in the index", async () => {
    await withCase(one, async (opened) => {
      const [entry] = opened.ledger.entries;
      const index = await opened.packetIndex();
      expect(index.frameCount(1)).toBe(entry!.packets);
      expect(entry!.sha256).toBe(createHash("sha256").update(readFileSync(capture)).digest("hex"));
    });
  });
});

describe("adding to a case", () => {
  it("goes on with capture numbers, keeps uids apart and refuses what is there already", async () => {
    const folder = join(scratch.path, "added.case");
    const other = join(scratch.path, "other.pcapng");
    copyFileSync(capture, other);
    cpSync(one, folder, { recursive: true });
    await analyzeIntoCase({ captures: [other], folder });
    await withCase(folder, async ({ store, ledger }) => {
      expect(ledger.entries.map(({ number }) => number)).toEqual([1, 2]);
      const [row] = await store.rows("SELECT count(*) AS n, count(DISTINCT uid) AS uids FROM conn");
      expect(row!["uids"]).toBe(row!["n"]);
    });
    await expect(analyzeIntoCase({ captures: [capture], folder })).rejects.toMatchObject({ code: "capture-known" });
  });
});

describe("stopping early", () => {
  it("keeps what was read as a partial run that says so", async () => {
    const stop = new AbortController();
    const folder = join(scratch.path, "stopped.case");
    const outcome = await analyzeIntoCase({
      captures: [capture],
      folder,
      chunkOctets: 65_536,
      signal: stop.signal,
      progress: () => stop.abort(),
    });
    expect(outcome.notes.join(" ")).toContain("stopped early");
    expect(outcome.story.coverage.limits.join(" ")).toContain("cancelled");
    const whole = await withCase(folder, async ({ store }) => (await store.ingests())[0]!.state);
    expect(whole).toBe("partial");
    await withCase(folder, (opened) => {
      expect(opened.notes).toEqual([]);
      expect(opened.ledger.entries[0]).toMatchObject({ octets: readFileSync(capture).length, sha256: "" });
      expect(verifyCase(opened)).toMatchObject({ ok: false, evidence: [{ state: "unhashed" }], journal: { ok: true } });
      return Promise.resolve();
    });
  });
});

describe("bad input", () => {
  const refused = (captures: string[], name: string) =>
    analyzeIntoCase({ captures, folder: join(scratch.path, `${name}.case`) }).then(
      () => expect.unreachable("it was accepted"),
      (error: Error & { code?: string; kind?: string }) => error,
    );

  it("is refused in one sentence that names the file, and leaves no case behind", async () => {
    const text = join(scratch.path, "notes.txt");
    const empty = join(scratch.path, "empty.pcap");
    const folder = join(scratch.path, "no-captures");
    writeFileSync(text, "this is no capture at all, only some words\n");
    writeFileSync(empty, "");
    mkdirSync(folder, { recursive: true });
    for (const path of [text, empty, folder, join(scratch.path, "missing.pcap")]) {
      const error = await refused([path], "refused");
      expect(error.message, path).toContain(path);
      expect(error.message.trim().split("\n")).toHaveLength(1);
      expect(error.kind).toBe("usage");
      expect(() => readFileSync(join(scratch.path, "refused.case", "case.json"))).toThrow();
    }
  });

  it.skipIf(process.getuid?.() === 0)("says that a capture may not be read", async () => {
    const path = join(scratch.path, "forbidden.pcapng");
    copyFileSync(capture, path);
    chmodSync(path, 0);
    expect((await refused([path], "forbidden")).message).toContain(path);
  });

  it("says that a case was made by a newer version", async () => {
    const folder = join(scratch.path, "newer.case");
    cpSync(one, folder, { recursive: true });
    const file = join(folder, "case.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), format: 999 }));
    await expect(openWorkspace(folder)).rejects.toMatchObject({ code: "newer-format" });
  });

  it("says plainly that a capture changed or is gone", async () => {
    const own = join(scratch.path, "own.pcapng");
    copyFileSync(join(RECORDED, "ntp.pcapng"), own);
    const folder = join(scratch.path, "changed.case");
    await analyzeIntoCase({ captures: [own], folder });
    appendFileSync(own, "x");
    await withCase(folder, async (opened) => {
      const { ok, evidence, journal } = verifyCase(opened);
      expect(ok).toBe(false);
      expect(journal.ok).toBe(true);
      expect(evidence[0]).toMatchObject({ state: "changed" });
    });
  });
});
