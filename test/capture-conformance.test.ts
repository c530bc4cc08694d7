import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { capinfosTotals, filesBelow, totalsOf, type Totals } from "./capture-oracles.ts";
import { corpusDir } from "./corpus.ts";

const corpus = corpusDir();
const FOLDERS = ["format", "malformed", "benign", "attack", "zeek/Traces"];

describe.skipIf(corpus === null)("captures of the corpus (skipped where the corpus is absent)", () => {
  it("hold what capinfos finds", async (context) => {
    const paths = FOLDERS.flatMap((folder) => filesBelow(join(corpus!, folder)));
    const theirs = await capinfosTotals(paths);
    if (theirs === null) return context.skip("capinfos is not installed");
    const found: Record<string, unknown> = {};
    for (const path of paths) {
      const ours = await totalsOf(path);
      const other = theirs.get(path) ?? "refused";
      if (typeof ours === "string" && other === "refused") continue;
      if (JSON.stringify(ours) !== JSON.stringify(other)) found[relative(corpus!, path)] = { ours, capinfos: other };
    }
    writeFileSync("/tmp/diff.json", JSON.stringify(found, null, 1));
  });
});
