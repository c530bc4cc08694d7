// A case whose captures the ring of its recording deleted: nothing is wrong with it, as its journal says so; what was taken away otherwise is named.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { originOf } from "../core/case/carve.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { verifyWhole } from "../core/engine/verify-case.ts";
import { withCase } from "../core/engine/workspace.ts";
import { scratchFolder } from "./sample-captures.ts";

const NAME = "segment-00000001-20260102T030405Z.pcapng";
const scratch = scratchFolder();
const folder = join(scratch.path, "watch.case");
const segment = join(folder, "evidence/live", NAME);

beforeAll(async () => {
  mkdirSync(dirname(segment), { recursive: true });
  copyFileSync(join(import.meta.dirname, "../samples/recorded/winrm-clear.pcapng"), segment);
  await analyzeIntoCase({ captures: [segment], folder, workers: 1 });
  rmSync(segment);
});
afterAll(() => scratch.remove());

describe("a segment that is not there any more", () => {
  it("is missing, and deleted where the journal has its deletion with the SHA-256 that was read", async () => {
    await withCase(folder, async (opened) => {
      const { journal } = opened;
      expect(await verifyWhole(opened)).toMatchObject({ ok: false, evidence: [{ state: "missing" }] });
      journal.append("segment-deleted", { object: NAME, sha256: "0".repeat(64), detail: {} });
      expect(await verifyWhole(opened)).toMatchObject({ ok: false, evidence: [{ state: "missing" }] });
      const { sha256 } = opened.ledger.entries[0]!;
      journal.append("segment-deleted", { object: NAME, sha256, detail: { recordedAt: "2026-01-02T04:00:00.000Z" } });
      const found = await verifyWhole(opened, { deep: {} });
      expect(found.evidence).toMatchObject([
        {
          state: "deleted",
          difference: "the ring of the recording (--keep) deleted it at 2026-01-02T04:00:00.000Z",
        },
      ]);
      expect(found.frames).toMatchObject({ frames: 0, wrong: [] });
      expect(found.frames!.deleted).toBeGreaterThan(0);
      // What is not there cannot be analysed again: that is said, and not that all is well.
      expect(found.again!.differences).toEqual([
        "The ring of the recording deleted 1 segment: what rests on them cannot be made again.",
      ]);
      expect((await verifyWhole(opened)).ok).toBe(true);
      await expect(originOf(opened, 1)).rejects.toThrow("--keep");
    });
  });
});
