import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordType } from "../records/record-type.ts";
import type { ConnectionKey } from "../records/table-chunk.ts";
import { TableBuilder } from "../records/table-chunk.ts";
import { addressKey } from "./address-key.ts";
import type { CaseOptions } from "./case-file.ts";
import { createCase, openCase } from "./case.ts";
import type { EvidenceEntry } from "./ledger.ts";

const every = recordType({
  name: "every",
  text: "A row with a column of every kind",
  version: 1,
  layout: "connection",
  columns: {
    t: { kind: "time", text: "a" },
    i: { kind: "interval", text: "a" },
    c: { kind: "count", text: "a" },
    z: { kind: "int", text: "a" },
    d: { kind: "double", text: "a" },
    p: { kind: "port", text: "a" },
    b: { kind: "bool", text: "a" },
    a: { kind: "addr", text: "a" },
    s: { kind: "string", text: "a" },
    e: { kind: "enum", text: "a" },
    vs: { kind: "vector[string]", text: "a" },
    vc: { kind: "vector[count]", text: "a" },
    vi: { kind: "vector[interval]", text: "a" },
    va: { kind: "vector[addr]", text: "a" },
    vb: { kind: "vector[bool]", text: "a" },
    ss: { kind: "set[string]", text: "a" },
  },
});

/** Addresses, and what only looks like one. */
const ODD_ADDRESSES = ["::1", "fe80::1%eth0", "255.249.199.9", "01.2.3.004", "256.1.1.1", "1.2.3", "1.2.3.4.5", ""];

const options: CaseOptions = { types: [every], tool: { name: "backtrail", version: "9.9.9" }, actor: "examiner" };
const key: ConnectionKey = { uid: "C0123456789a", origH: "10.0.0.1", origP: 49152, respH: "2001:db8::1", respP: 445 };

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "backtrail-case-")), "c");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

/** Text of row `i`: short, long, multi-octet, empty, with a NUL, with a lone surrogate. */
function text(i: number): string {
  return [
    "",
    "a",
    "twelve_bytes",
    "thirteen byte",
    `${"long ".repeat(20)}${i}`,
    "é€😀",
    "ünïcödé and rather long, as names go",
    "a\0b",
    "nul in a long text \0 here",
    "x\ud800y",
  ][i % 10]!;
}

function chunkOf(rows: number, first = 0) {
  const builder = new TableBuilder(every);
  for (let i = first; i < first + rows; i++) {
    const ref = { ts: 1_700_000_000_123_456_789n + BigInt(i), capture: 1, frame: i + 1 };
    const set = i % 7 !== 0;
    const row = {
      t: set ? -1n * BigInt(i) : null,
      i: set ? -i * 1_000_000_007 : null,
      c: set ? 2 ** 52 + i : null,
      z: set ? -i : null,
      d: set ? i / 3 : null,
      p: set ? i % 65536 : null,
      b: set ? i % 2 === 0 : null,
      a: set ? `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` : null,
      s: set ? text(i) : null,
      e: set ? `e${i % 3}` : null,
      vs: set ? [text(i), text(i + 1)].slice(0, i % 3) : null,
      vc: set ? [i, i + 1] : null,
      vi: set ? [-1, 0, 1] : null,
      va: set ? ODD_ADDRESSES : null,
      vb: set ? [true, false] : null,
      ss: set ? [] : null,
    };
    builder.append(key, i, row, ref, ref);
  }
  return builder.take();
}

function entry(number: number, path: string): EvidenceEntry {
  return {
    number,
    path,
    relativePath: "",
    octets: 3,
    modified: "1",
    sha256: "00",
    format: "pcap",
    packets: 1,
    tsFirst: null,
    tsLast: null,
    damage: [],
    interfaces: [],
    comments: [],
    added: "2026-01-01T00:00:00.000Z",
  };
}

describe("a case", () => {
  it("keeps rows of every column kind exactly, over several vectors", async () => {
    const made = await createCase(folder, options);
    const run = await made.beginAnalysis([{ number: 1, path: "/x.pcap" }]);
    made.store.append(chunkOf(5000));
    made.store.append(chunkOf(3, 5000));
    await made.finishAnalysis([entry(1, "/x.pcap")]);
    made.close();
    const opened = await openCase(folder, options);
    expect(opened.notes).toEqual([expect.stringContaining("/x.pcap: there is no such file any more")]);
    const rows = await opened.store.rows("SELECT * FROM every ORDER BY n");
    expect(rows).toHaveLength(5003);
    for (const [i, row] of rows.entries()) {
      const set = i % 7 !== 0;
      expect(row).toEqual({
        ts: 1_700_000_000_123_456_789n + BigInt(i),
        uid: key.uid,
        "id.orig_h": key.origH,
        "id.orig_p": key.origP,
        "id.resp_h": key.respH,
        "id.resp_p": key.respP,
        t: set ? -BigInt(i) : null,
        i: set ? -i * 1_000_000_007 : null,
        c: set ? 2 ** 52 + i : null,
        z: set ? -i : null,
        d: set ? i / 3 : null,
        p: set ? i % 65536 : null,
        b: set ? i % 2 === 0 : null,
        a: set ? `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` : null,
        s: set ? text(i).replace("\ud800", "\ufffd") : null,
        e: set ? `e${i % 3}` : null,
        vs: set ? [text(i), text(i + 1)].slice(0, i % 3).map((item) => item.replace("\ud800", "\ufffd")) : null,
        vc: set ? [i, i + 1] : null,
        vi: set ? [-1, 0, 1] : null,
        va: set ? ODD_ADDRESSES : null,
        vb: set ? [true, false] : null,
        ss: set ? [] : null,
        n: i,
        capture: 1,
        frame: i + 1,
        last_capture: 1,
        last_frame: i + 1,
        ingest: run,
        rid: `${key.uid}.${i}`,
      });
    }
    const hosts = await opened.store.rows("SELECT address, key FROM hosts");
    for (const { address, key: written } of hosts) expect(written).toBe(addressKey(address as string));
    expect(hosts.map(({ address }) => address)).toEqual(
      expect.arrayContaining(["10.0.0.1", "2001:db8::1", ...ODD_ADDRESSES]),
    );
    expect(hosts).toHaveLength(new Set(hosts.map(({ address }) => address)).size);
    expect(await opened.analysedCaptures()).toEqual([1]);
    expect(opened.journal.entries.map(({ action }) => action)).toEqual([
      "case-created",
      "analysis-started",
      "evidence-read",
      "analysis-finished",
    ]);
    opened.close();
  });

  it("takes an unfinished run back when opened, whether or not parts of it were committed", async () => {
    for (const commit of [false, true]) {
      rmSync(folder, { recursive: true, force: true });
      const made = await createCase(folder, options);
      await made.beginAnalysis([{ number: 1, path: "/x.pcap" }]);
      made.store.append(chunkOf(100));
      await made.finishAnalysis([entry(1, "/x.pcap")]);
      await made.beginAnalysis([{ number: 2, path: "/y.pcap" }]);
      made.store.append(chunkOf(50));
      if (commit) await made.store.commit();
      made.close();
      const opened = await openCase(folder, options);
      expect(opened.notes).toEqual([expect.stringContaining("interrupted"), expect.stringContaining("no such file")]);
      expect((await opened.store.rows("SELECT count(*) AS c FROM every"))[0]).toEqual({ c: 100 });
      expect(opened.journal.entries.at(-1)?.action).toBe("analysis-interrupted");
      expect(opened.journal.verify().ok).toBe(true);
      expect(await opened.analysedCaptures()).toEqual([1]);
      await opened.beginAnalysis([{ number: 2, path: "/y.pcap" }]);
      opened.store.append(chunkOf(50));
      await opened.discardAnalysis("test");
      expect((await opened.store.rows("SELECT count(*) AS c FROM every"))[0]).toEqual({ c: 100 });
      opened.close();
    }
  });

  it("begins damaged or missing records anew and says so", async () => {
    const made = await createCase(folder, options);
    await made.beginAnalysis([{ number: 1, path: "/x.pcap" }]);
    await made.finishAnalysis([entry(1, "/x.pcap")]);
    made.close();
    writeFileSync(join(folder, "records.duckdb"), "no database at all, but something else entirely".repeat(1000));
    const opened = await openCase(folder, options);
    expect(opened.ledger.entries).toEqual([]);
    expect(opened.journal.entries.at(-1)).toMatchObject({
      action: "evidence-set-back",
      object: "/x.pcap",
      sha256: "00",
    });
    expect(opened.notes.join()).toContain("set aside as records.duckdb.damaged-");
    opened.close();
    rmSync(join(folder, "records.duckdb"));
    const again = await openCase(folder, options);
    expect(again.notes.join()).toContain("missing");
    again.close();
  });

  it("is one process's at a time, and released when closed", async () => {
    const made = await createCase(folder, options);
    await expect(openCase(folder, options)).rejects.toMatchObject({ code: "case-locked" });
    made.close();
    expect(existsSync(join(folder, "case.lock"))).toBe(false);
    (await openCase(folder, options)).close();
    const reader = await openCase(folder, { ...options, readOnly: true });
    reader.close();
  });

  it("begins a run where the journal has the entries of years", async () => {
    (await createCase(folder, options)).close();
    const texts = {
      at: "",
      actor: "",
      host: "",
      tool: "",
      version: "",
      action: "analysis-finished",
      prev: "",
      hash: "",
    };
    const line = `${JSON.stringify({ seq: 1, ...texts, detail: { run: 130_000 } })}\n`;
    writeFileSync(join(folder, "journal.jsonl"), line.repeat(130_000));
    const opened = await openCase(folder, options);
    expect(await opened.beginAnalysis([])).toBe(130_001);
    opened.close();
  });

  it("says when it opens that a capture is missing or changed, and copes with one that was only touched", async () => {
    const capture = join(folder, "..", "x.pcap");
    const bytes = "octets of a capture";
    writeFileSync(capture, bytes);
    const made = await createCase(folder, options);
    await made.beginAnalysis([{ number: 1, path: capture }]);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await made.finishAnalysis([{ ...entry(1, capture), octets: bytes.length, modified: "1", sha256 }]);
    made.close();
    const notes = async () => {
      const opened = await openCase(folder, options);
      opened.close();
      return opened.notes.join();
    };
    expect(await notes()).toBe("");
    writeFileSync(capture, bytes.replace("o", "O"));
    expect(await notes()).toContain(`Capture 1, ${capture}: its SHA-256 is`);
    rmSync(capture);
    expect(await notes()).toContain(`Capture 1, ${capture}: there is no such file any more`);
  });

  it("notices that its journal, or the beginning of it, was taken away", async () => {
    const made = await createCase(folder, options);
    made.journal.append("note", {});
    expect(made.checkJournal().ok).toBe(true);
    made.close();
    rmSync(join(folder, "journal.jsonl"));
    const opened = await openCase(folder, options);
    expect(opened.notes.join()).toContain("journal");
    opened.journal.append("note", {});
    expect(opened.journal.verify().ok).toBe(true);
    expect(opened.checkJournal()).toMatchObject({ ok: false, firstBad: { line: 1 } });
    opened.close();
  });

  it("names what is wrong with a folder", async () => {
    await expect(openCase(folder, options)).rejects.toMatchObject({ code: "no-case", kind: "usage" });
    const made = await createCase(folder, options);
    made.close();
    await expect(createCase(folder, options)).rejects.toMatchObject({ code: "case-exists" });
    await expect(createCase(join(folder, ".."), options)).rejects.toMatchObject({ code: "folder-not-empty" });
    const file = join(folder, "case.json");
    const info = JSON.parse(readFileSync(file, "utf8")) as { format: number };
    writeFileSync(file, JSON.stringify({ ...info, format: 99 }));
    await expect(openCase(folder, options)).rejects.toMatchObject({ code: "newer-format" });
    writeFileSync(file, "{");
    await expect(openCase(folder, options)).rejects.toMatchObject({ code: "case-damaged" });
  });
});
