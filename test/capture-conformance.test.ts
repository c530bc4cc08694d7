import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  backtrailTotals,
  capinfosTotals,
  capturesOf,
  filesBelow,
  pcapParserTotals,
  type Totals,
} from "./capture-oracles.ts";
import { corpusDir } from "./corpus.ts";
import { readAll } from "./read-captures.ts";

const corpus = corpusDir();
const FOLDERS = ["format", "malformed", "benign", "attack", "zeek/Traces"];

/**
 * Known differences, by reason. The lists are exact: a difference that appears or vanishes fails the test, whose message
 * then shows both sides.
 */
interface Ledger {
  readonly capinfos: readonly { readonly why: string; readonly files: Readonly<Record<string, Difference>> }[];
  readonly pcapParser: readonly { readonly why: string; readonly files: Readonly<Record<string, unknown>> }[];
}

interface Difference {
  readonly ours: Totals | string;
  readonly theirs: Totals | string;
}

const ledger = JSON.parse(readFileSync(join(import.meta.dirname, "ledgers", "capture.json"), "utf8")) as Ledger;

describe.skipIf(corpus === null)("captures of the corpus (skipped: the corpus is absent)", () => {
  const ours = new Map<string, Awaited<ReturnType<typeof backtrailTotals>>>();
  let captures: string[];

  beforeAll(async () => {
    const known = capturesOf(corpus!);
    const paths = FOLDERS.flatMap((folder) => filesBelow(join(corpus!, folder)));
    for (const path of paths) {
      const totals = await backtrailTotals(path);
      // What the manifest calls no capture must be refused as such.
      if (!known.has(relative(corpus!, path)))
        expect([path, totals]).toEqual([path, expect.stringMatching(/^capture\./)]);
      else ours.set(path, totals);
    }
    captures = [...ours.keys()];
  });

  it("hold what capinfos finds, but for the known differences", async (context) => {
    const theirs = await capinfosTotals(captures);
    if (theirs === null) {
      context.skip("capinfos is not installed");
      return;
    }
    const found: Record<string, Difference> = {};
    for (const [path, totals] of ours) {
      const other = theirs.get(path) ?? "refused";
      if (typeof totals === "string") {
        if (other !== "refused") found[relative(corpus!, path)] = { ours: totals, theirs: other };
        continue;
      }
      const { packets, wireOctets, first, last } = totals;
      const mine = { packets, wireOctets, first, last };
      if (JSON.stringify(mine) !== JSON.stringify(other))
        found[relative(corpus!, path)] = { ours: mine, theirs: other };
    }
    expect(found).toEqual(Object.assign({}, ...ledger.capinfos.map((entry) => entry.files)));
  });

  it("hold what pcap-parser finds in classic pcap files, but for the known differences", async () => {
    const found: Record<string, unknown> = {};
    let compared = 0;
    for (const [path, totals] of ours) {
      if (typeof totals === "string" || !isClassic(path)) continue;
      const other = await pcapParserTotals(path);
      if (other === null) continue;
      compared++;
      const mine = { packets: totals.packets, capturedOctets: totals.capturedOctets };
      if (JSON.stringify(mine) !== JSON.stringify(other))
        found[relative(corpus!, path)] = { ours: mine, theirs: other };
    }
    expect(found).toEqual(Object.assign({}, ...ledger.pcapParser.map((entry) => entry.files)));
    expect(compared).toBeGreaterThan(500);
  });

  it("give the same frames and damage whatever is read at once, down to the malformed", async () => {
    for (const path of captures) {
      const name = relative(corpus!, path);
      if (typeof ours.get(path) === "string" || !/^(format|malformed)/.test(name)) continue;
      const whole = await readAll([path]);
      const small = await readAll([path], { chunkOctets: 61 });
      expect([name, small.frames, small.captures]).toEqual([name, whole.frames, whole.captures]);
    }
  });
});

/** The magic numbers that pcap-parser knows. */
function isClassic(path: string): boolean {
  const magic = readFileSync(path).subarray(0, 4).toString("hex");
  return magic === "d4c3b2a1" || magic === "a1b2c3d4";
}
