import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Case } from "./case.ts";
import { copyWhole } from "./evidence-copy.ts";
import { refuseEvidence, writeWhole } from "./output-file.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file that is written whole or not at all", () => {
  it("appears under its name with all its pieces, and gives their hash", async () => {
    const path = join(folder, "a.txt");
    const pieces = ["one ", Buffer.from("two "), "x".repeat(300_000), "日本"];
    const sha256 = await writeWhole(path, pieces);
    const octets = readFileSync(path);
    expect(octets.toString("utf8")).toBe(`one two ${"x".repeat(300_000)}日本`);
    expect(sha256).toBe(createHash("sha256").update(octets).digest("hex"));
    expect(readdirSync(folder)).toEqual(["a.txt"]);
  });

  it("leaves what was there, and nothing else, when the disk is full halfway", async () => {
    const path = join(folder, "b.txt");
    writeFileSync(path, "before");
    const full = function* () {
      yield "y".repeat(1_000_000);
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    await expect(writeWhole(path, full())).rejects.toThrow(
      `No space left while writing ${path}: free some space or use another disk, then run the same command again; nothing that was written before is lost.`,
    );
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(folder).sort()).toEqual(["a.txt", "b.txt"]);
  });

  it("does so on a disk that is really full, copies too", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).status !== 0)
      return context.skip("a small disk could not be mounted here: that needs root on Linux");
    try {
      await writeWhole(join(disk, "small.txt"), ["fits"]);
      const large = join(disk, "large.txt");
      const told = (what: string) => `No space left while ${what}: free some space or use another disk`;
      await expect(writeWhole(large, ["z".repeat(200_000), "z".repeat(200_000)])).rejects.toThrow(
        told(`writing ${large}`),
      );
      const from = join(folder, "a.txt");
      const sha256 = createHash("sha256").update(readFileSync(from)).digest("hex");
      await expect(copyWhole(from, large, sha256)).rejects.toThrow(told(`copying ${from} to ${large}`));
      expect(readdirSync(disk)).toEqual(["small.txt"]);
      await expect(copyWhole(from, join(folder, "copy"), "00")).rejects.toThrow(/the case was made from 00/);
      expect(readdirSync(folder)).not.toContain("copy");
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it("says that the folder is missing", async () => {
    await expect(writeWhole(join(folder, "no", "c.txt"), ["x"])).rejects.toThrow(
      /Not found while writing .*c\.txt: check the path\./,
    );
  });
});

describe("files of a case", () => {
  it("are refused as places for output, those set aside too, and nothing else in its folder is", () => {
    const place = join(folder, "a.case");
    for (const name of ["evidence/live", "index", "tmp"]) mkdirSync(join(place, name), { recursive: true });
    const source = { folder: place, ledger: { entries: [] } } as unknown as Case;
    const aside = "records.duckdb.damaged-20260301T060000000Z";
    const own = ["case.json", "journal.jsonl", "journal.torn", "records.duckdb", "records.duckdb.wal", aside];
    for (const name of [...own, `${aside}.wal`, "index", "index/run-1", "evidence", "evidence/live/a.pcapng", "tmp"])
      expect(() => refuseEvidence(source, join(place, name)), name).toThrow(/is a file of the case itself/);
    for (const name of ["report.html", "tmp/slice.pcapng", "records.csv", "evidence.csv"])
      expect(() => refuseEvidence(source, join(place, name)), name).not.toThrow();
  });
});
