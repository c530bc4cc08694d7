import { readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { BacktrailError } from "../../core/contracts/result.ts";
import { analyzeInline } from "../../core/engine/run-inline.ts";
import { corpusDir } from "../corpus.ts";
import { recordedNames } from "../recorded-samples.ts";
import type { Agreement } from "./compare.ts";
import { compareValues } from "./compare.ts";
import { AGREED_FIELDS } from "./index.ts";
import { differencesOf, readLedger, UNEXPLAINED, writeLedger } from "./ledger.ts";
import { writePage } from "./page.ts";
import { HAS_TSHARK, tsharkValues } from "./tshark.ts";

/** `scripts/agreement.js` sets these: where to put what differs, and what to renew. */
const detailFile = process.env["AGREEMENT_DETAIL"];
const renews = process.env["AGREEMENT_WRITE"] === "1";
/** Part of a capture's name: only such captures are compared, and nothing is renewed. */
const only = process.env["AGREEMENT_ONLY"] ?? "";
/** Looks at every capture of the corpus instead of those that the ledger names. */
const scans = process.env["AGREEMENT_SCAN"] === "1";

const corpus = corpusDir();
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SAMPLE = "samples/recorded/";
const pathOf = (capture: string): string => join(capture.startsWith(SAMPLE) ? ROOT : corpus!, capture);

function capturesToCompare(): string[] {
  const samples = recordedNames().map((name) => `${SAMPLE}${name}.pcapng`);
  const known = readLedger().captures.filter((capture) => !capture.startsWith(SAMPLE));
  const all = [...samples, ...(scans || only !== "" ? everyCapture() : known)];
  return all.filter((capture) => capture.includes(only));
}

function everyCapture(): string[] {
  const folders = ["attack", "benign", join("zeek", "Traces")];
  return folders
    .flatMap((folder) => readdirSync(join(corpus!, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|trace)$/i.test(entry.name))
    .map((entry) => relative(corpus!, join(entry.parentPath, entry.name)))
    .sort();
}

async function compareCapture(capture: string): Promise<Agreement[]> {
  try {
    const { rows } = await analyzeInline([pathOf(capture)]);
    return compareValues(AGREED_FIELDS, await tsharkValues(pathOf(capture), AGREED_FIELDS), rows);
  } catch (error) {
    if (error instanceof BacktrailError) return []; // No capture.
    throw error;
  }
}

const skipped = corpus === null ? "without the corpus" : "tshark is not installed";
describe.skipIf(corpus === null || !HAS_TSHARK)(`agrees with tshark (skipped ${skipped})`, () => {
  const found = new Map<string, Agreement[]>();

  beforeAll(async () => {
    for (const capture of capturesToCompare()) {
      const agreements = await compareCapture(capture);
      if (agreements.length > 0) found.set(capture, agreements);
    }
    if (detailFile !== undefined) writeFileSync(detailFile, JSON.stringify([...found], null, 1));
    if (!renews || only !== "") return;
    writeLedger(readLedger(), found);
    writePage(found);
  }, 3_600_000);

  it("differs where the ledger says and nowhere else", () => {
    const known = readLedger().differences.filter(({ capture }) => capture.includes(only));
    const plain = known.map(({ capture, field, missing, extra }) => ({ capture, field, missing, extra }));
    const order = (a: { capture: string; field: string }, b: typeof a) =>
      `${a.capture} ${a.field}` < `${b.capture} ${b.field}` ? -1 : 1;
    expect(differencesOf(found).sort(order)).toEqual(plain.sort(order));
  });

  it("has a reason for every difference", () => {
    const { reasons, differences } = readLedger();
    expect(differences.filter(({ reason }) => reason === UNEXPLAINED || !(reason in reasons))).toEqual([]);
  });
});
