import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../../case/case.ts";
import { CASE_FILES } from "../../case/case-file.ts";
import type { Finding } from "../../contracts/finding.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { ReadOptions } from "../analyze.ts";
import { openFor, readCaptures } from "../analyze.ts";
import { evaluate } from "../evaluate.ts";
import type { PathMapping } from "../manifests.ts";
import { addManifests } from "../manifests.ts";
import { storyOf } from "../story-of.ts";
import { TOOL } from "../version.ts";
import { createWorkspace, openWorkspace } from "../workspace.ts";

/** What came of analysing the evidence again. */
export interface DerivedAgain {
  readonly ok: boolean;
  readonly records: number;
  readonly findings: number;
  /** What is not the same, each a sentence. */
  readonly differences: readonly string[];
}

const SENTENCES = 20;

/**
 * Analyses the captures again into a case that is thrown away, run by run with the same scope and reference captures,
 * and compares the ids of all records, and findings with all they say. Takes as long as the analysis did, and as much disk.
 */
export async function deriveAgain(source: Case, options: ReadOptions): Promise<DerivedAgain> {
  const partial = (await source.store.ingests()).filter(({ state }) => state !== "complete");
  const differences = partial.map(({ id }) => `Run ${id} was ended before its end: it cannot be made again.`);
  const folder = mkdtempSync(join(tmpdir(), "backtrail-verify-"));
  try {
    const again = join(folder, "again.case");
    (await createWorkspace(again, source.info.name)).close();
    const baseline = join(source.folder, CASE_FILES.baseline);
    if (existsSync(baseline)) cpSync(baseline, join(again, CASE_FILES.baseline), { recursive: true });
    const target = await openWorkspace(again);
    try {
      const scope = source.scope();
      if (scope !== null) target.setScope(scope);
      for (const { captures } of await source.store.ingests()) {
        const paths = captures.map((number) => source.ledger.locate(source.ledger.get(number)!));
        const opened = await openFor(target, paths, options);
        try {
          await readCaptures(target, opened, options);
        } finally {
          await opened.close();
        }
      }
      await giveManifests(source, target, differences);
      const told = await evaluate(target);
      const records = await compareRecords(source, target, differences);
      compareFindings((await storyOf(source)).findings, told.findings, differences);
      const others = (await source.store.ingests()).filter(({ toolVersion }) => toolVersion !== TOOL.version);
      for (const { id, toolVersion } of differences.length === 0 ? [] : others)
        differences.push(
          `Run ${id} was analysed by version ${toolVersion}, this is ${TOOL.version}: use that version.`,
        );
      const { length } = told.findings;
      return { ok: differences.length === 0, records, findings: length, differences: differences.slice(0, SENTENCES) };
    } finally {
      target.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives the manifests of the case again, from where they were read. */
async function giveManifests(source: Case, again: Case, differences: string[]): Promise<void> {
  for (const { action, object, sha256, detail } of source.journal.entries) {
    if (action !== "manifest-given" || object === null) continue;
    const isSame = existsSync(object) && createHash("sha256").update(readFileSync(object)).digest("hex") === sha256;
    if (isSame) await addManifests(again, [object], (detail["mappings"] ?? []) as unknown as readonly PathMapping[]);
    else differences.push(`The manifest ${object} is not there as it was: what rests on it cannot be made again.`);
  }
}

/** Compares how many records each table has and the sum of what their ids amount to. @returns the records made again. */
async function compareRecords(source: Case, again: Case, differences: string[]): Promise<number> {
  let records = 0;
  for (const { name } of source.store.types) {
    const of = async ({ store }: Case) => {
      const [row] = await store.rows(
        `SELECT CAST(count(*) AS VARCHAR) AS n, CAST(bit_xor(hash(rid)) AS VARCHAR) AS ids FROM ${quoteIdentifier(name)}`,
      );
      return { n: Number(row?.["n"] ?? 0), ids: row?.["ids"] ?? null };
    };
    const [was, is] = [await of(source), await of(again)];
    records += is.n;
    if (was.n !== is.n) differences.push(`${name}: ${was.n} records in the case, ${is.n} made again.`);
    else if (was.ids !== is.ids) differences.push(`${name}: as many records, but not the same ones.`);
  }
  return records;
}

function compareFindings(was: readonly Finding[], is: readonly Finding[], differences: string[]): void {
  const again = new Map(is.map((finding) => [finding.id, finding]));
  for (const finding of was) {
    const other = again.get(finding.id);
    again.delete(finding.id);
    if (other === undefined) differences.push(`Finding ${finding.id} (${finding.title}) did not come again.`);
    else if (textOf(other) !== textOf(finding)) differences.push(`Finding ${finding.id} says something else now.`);
  }
  for (const { id, title } of again.values())
    differences.push(`Finding ${id} (${title}) is new: the case does not have it.`);
}

/** All that a finding says but what people said about it. */
function textOf({ review: _, ...finding }: Finding): string {
  return JSON.stringify(finding);
}
