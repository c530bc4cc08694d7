import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Case } from "../case/case.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { RECORDED } from "../../test/recorded-samples.ts";
import { openCaptures } from "../capture/open.ts";
import { readCaptures } from "./analyze.ts";
import { markInterleaved } from "./interleaved-versions.ts";
import { addManifests, compareManifests } from "./manifests.ts";
import { createWorkspace } from "./workspace.ts";

const FS01 = "a6ff87f9c6e835029cfd3d6f265262d6bab455319a5ddaf05bad8f9436c097b7";

describe("manifests of a case", () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-manifests-"));
  let opened: Case;
  beforeAll(async () => {
    opened = await createWorkspace(join(folder, "case"));
    await readCaptures(opened, await openCaptures([join(RECORDED, "nfs.pcapng")]), { workers: 1 });
  });
  afterAll(() => {
    opened.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("are compared with what went by whole, once each, by the paths that the investigator maps", async () => {
    const list = join(folder, "SHA256SUMS");
    const wrong = "b".repeat(64);
    writeFileSync(list, `${FS01}  D:\\Store\\v3\\fs01.vbk\n${wrong}  D:\\Store\\v4\\fs01.vbk\n${wrong}  never.vbk\n`);
    const later = new Date("2026-12-24T00:00:00Z");
    utimesSync(list, later, later);
    const mappings = [{ from: "d:\\store", to: "//10.99.0.1/backup" }];
    const [given] = await addManifests(opened, [list], mappings);
    expect(given).toMatchObject({ format: "checksums (GNU)", entries: 3, isNew: true });
    expect((await addManifests(opened, [list], mappings))[0]).toMatchObject({ isNew: false });
    expect(opened.journal.entries.filter(({ action }) => action === "manifest-given")).toHaveLength(1);
    const { counts, notSeen, comparisons } = await compareManifests(opened);
    expect(counts).toEqual({ same: 2, different: 2, "older manifest": 0, "not comparable": 2 });
    expect(notSeen).toBe(1);
    expect(comparisons.slice(0, 2)).toMatchObject([
      { verdict: "different", direction: "write", listed: wrong, found: FS01, line: 2, algorithm: "SHA-256" },
      { verdict: "different", direction: "read", object: "/backup/v4/fs01.vbk" },
    ]);
    expect(comparisons.at(-1)).toMatchObject({ verdict: "not comparable", why: "size-unknown" });
    expect(opened.journal.entries.at(-1)).toMatchObject({ action: "manifests-compared" });
  });

  it("are kept with what they say of themselves, each file once, with the time of its change", async () => {
    const list = join(folder, "aide.db");
    const digest = Buffer.from(FS01, "hex").toString("base64");
    writeFileSync(
      list,
      `@@begin_db\n@@db_spec name size mtime sha256\n/srv/fs01.vbk 100 1700000000 ${digest}\n@@end_db\n`,
    );
    expect(await addManifests(opened, [list])).toMatchObject([{ format: "AIDE database", entries: 1, isNew: true }]);
    const kept = await opened.store.rows(
      "SELECT m.entries, e.path, e.size, e.mtime, e.sha256 FROM manifests m JOIN manifest_entries e ON e.manifest = m.id WHERE m.path = $list",
      { list },
    );
    const mtime = 1_700_000_000_000_000_000n;
    expect(kept).toEqual([{ entries: 1, path: "/srv/fs01.vbk", size: 100, mtime, sha256: FS01 }]);
  });

  it("that cannot be read say why, and what to give", async () => {
    await expect(addManifests(opened, [join(folder, "none")])).rejects.toThrow(/cannot be read/);
    writeFileSync(join(folder, "letter.txt"), "Dear all");
    await expect(addManifests(opened, [join(folder, "letter.txt")])).rejects.toThrow(/no manifest of a known form/);
  });
});

it("two clients that write one object at the same time are marked, and have no digests", async () => {
  const tables = await RecordTables.create();
  const write = (client: string, from: string, to: string, object = "a.vbk") =>
    tables.add("object_version", {
      ts: `2024-03-01 ${from}`,
      ended: `2024-03-01 ${to}`,
      "id.orig_h": client,
      "id.resp_h": "10.0.5.2",
      direction: "write",
      object,
      state: "complete",
      sha256: FS01,
    });
  await write("10.0.0.1", "01:00:00", "01:10:00");
  await write("10.0.0.2", "01:05:00", "01:06:00");
  await write("10.0.0.2", "02:00:00", "02:06:00");
  await write("10.0.0.3", "01:00:00", "02:00:00", "b.vbk");
  await markInterleaved(tables);
  const rows = await tables.rows("SELECT state, sha256 IS NULL AS bare FROM object_version ORDER BY ts, object");
  expect(rows.map(({ state, bare }) => `${String(state)} ${String(bare)}`)).toEqual([
    "interleaved true",
    "complete false",
    "interleaved true",
    "complete false",
  ]);
  tables.close();
});
