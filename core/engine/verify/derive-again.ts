import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../../case/case.ts";
import { CASE_FILES } from "../../case/case-file.ts";
import type { Finding } from "../../contracts/finding.ts";
import { DeletedSegments } from "../../case/deleted-segments.ts";
import { countOf } from "../../contracts/text-forms.ts";
import { placesOfRecords } from "../../case/query.ts";
import { INGEST_COLUMN, quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import type { ReadOptions } from "../analyze.ts";
import { openFor, readCaptures } from "../analyze.ts";
import { buildIdentity } from "../build-identity.ts";
import { evaluate } from "../evaluate.ts";
import type { PathMapping } from "../manifests.ts";
import { addManifests } from "../manifests.ts";
import { choicesOf } from "../reading-choices.ts";
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
 * and compares what all records say, those behind findings one by one with the places of their frames, and findings with all they say. Takes as long as the analysis did, and as much disk.
 */
export async function deriveAgain(source: Case, options: ReadOptions): Promise<DerivedAgain> {
  const partial = (await source.store.ingests()).filter(({ state }) => state !== "complete");
  const differences = partial.map(({ id }) => `Run ${id} was ended before its end: it cannot be made again.`);
  const ring = new DeletedSegments(source.journal.entries);
  const deleted = source.ledger.entries.filter((entry) => ring.reason(entry) !== null).length;
  if (deleted > 0) {
    const why = `The ring of the recording deleted ${countOf(deleted, "segment")}: what rests on them cannot be made again.`;
    return { ok: false, records: 0, findings: 0, differences: [...differences, why] };
  }
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
      for (const { id, captures } of await source.store.ingests()) {
        const paths = captures.map((number) => source.ledger.locate(source.ledger.get(number)!));
        const opened = await openFor(target, paths, options);
        try {
          await readCaptures(target, opened, { ...options, ...choicesOf(source, id) });
        } finally {
          await opened.close();
        }
      }
      await giveManifests(source, target, differences);
      const told = await evaluate(target);
      const records = await compareRecords(source, target, differences);
      const { findings } = await storyOf(source);
      await compareEvidence(source, target, findings, differences);
      differences.push(...findingDifferences(findings, told.findings));
      if (differences.length > 0) differences.push(...(await otherBuilds(source)));
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

/** Runs that another build analysed, each a sentence. */
export async function otherBuilds(source: Case): Promise<string[]> {
  const ends = source.journal.entries.filter(({ action }) => action === "analysis-finished");
  return (await source.store.ingests()).flatMap(({ id, toolVersion }) => {
    const build = ends.find(({ detail }) => detail["run"] === id)?.detail["build"];
    if (toolVersion === TOOL.version && build === buildIdentity()) return [];
    const which = typeof build === "string" ? `build ${build.slice(0, 16)}` : "an earlier build";
    return [
      `Run ${id} was analysed by ${which} of version ${toolVersion}: use that build to tell whose difference it is.`,
    ];
  });
}

/** Compares how many records each table has and the sum of what they say. @returns the records made again. */
async function compareRecords(source: Case, again: Case, differences: string[]): Promise<number> {
  let records = 0;
  for (const { name } of source.store.types) {
    const of = async ({ store }: Case) => {
      const [row] = await store.rows(
        `SELECT CAST(count(*) AS VARCHAR) AS n, CAST(bit_xor(hash(r)) AS VARCHAR) AS said
         FROM (SELECT * EXCLUDE (${INGEST_COLUMN}) FROM ${quoteIdentifier(name)}) AS r`,
      );
      return { n: Number(row?.["n"] ?? 0), said: row?.["said"] ?? null };
    };
    const [was, is] = [await of(source), await of(again)];
    records += is.n;
    if (was.n !== is.n) differences.push(`${name}: ${was.n} records in the case, ${is.n} made again.`);
    else if (was.said !== is.said) differences.push(`${name}: as many records, but they do not say the same.`);
  }
  return records;
}

/** Compares the records that each finding lists, one by one, and the places of their frames in the captures. */
async function compareEvidence(
  source: Case,
  again: Case,
  findings: readonly Finding[],
  differences: string[],
): Promise<void> {
  const rids = [...new Set(findings.flatMap(({ records }) => records))];
  const [was, is] = [await saidBy(source, rids), await saidBy(again, rids)];
  for (const { id, records } of findings) {
    const other = records.filter((rid) => was.get(rid) === undefined || was.get(rid) !== is.get(rid));
    const [first] = other;
    if (first !== undefined)
      differences.push(
        `Finding ${id}: ${other.length} of its ${records.length} records are not as made again, the first ${first}.`,
      );
  }
  const places = await placesOfRecords(source.store, rids);
  const [here, there] = [await source.packetIndex(), await again.packetIndex()];
  for (const capture of new Set(places.map((place) => place.capture))) {
    const frames = places.filter((place) => place.capture === capture).map(({ frame }) => frame);
    const [mine, other] = [here.locate(capture, frames), there.locate(capture, frames)];
    const wrong = Array.from(mine.frames).findIndex(
      (frame, i) =>
        other.frames[i] !== frame ||
        other.offsets[i] !== mine.offsets[i] ||
        other.lengths[i] !== mine.lengths[i] ||
        other.times[i] !== mine.times[i],
    );
    if (wrong >= 0 || mine.count !== other.count)
      differences.push(
        `Frame ${mine.frames[Math.max(0, wrong)] ?? "?"} of capture ${capture} lies elsewhere than the case's index says.`,
      );
  }
}

/** A hash of all that each record says, by its id. */
async function saidBy({ store }: Case, rids: readonly string[]): Promise<Map<string, string>> {
  const said = new Map<string, string>();
  const tables = new Set((await placesOfRecords(store, rids)).map(({ table }) => table));
  for (const table of tables) {
    const rows = await store.rows(
      `SELECT rid, CAST(hash(r) AS VARCHAR) AS said FROM (SELECT * EXCLUDE (${INGEST_COLUMN}) FROM ${quoteIdentifier(table)}
       WHERE rid IN (SELECT unnest(CAST($rids::JSON AS VARCHAR[])))) AS r`,
      { rids: JSON.stringify(rids) },
    );
    for (const row of rows) said.set(rowText(row["rid"]), rowText(row["said"]));
  }
  return said;
}

/** What of the findings did not come again as it was, each a sentence. */
export function findingDifferences(was: readonly Finding[], is: readonly Finding[]): string[] {
  const differences: string[] = [];
  const again = new Map(is.map((finding) => [finding.id, finding]));
  for (const finding of was) {
    const other = again.get(finding.id);
    again.delete(finding.id);
    if (other === undefined) differences.push(`Finding ${finding.id} (${finding.title}) did not come again.`);
    else if (textOf(other) !== textOf(finding)) differences.push(`Finding ${finding.id} says something else now.`);
  }
  for (const { id, title } of again.values())
    differences.push(`Finding ${id} (${title}) is new: the case does not have it.`);
  return differences;
}

/** All that a finding says but what people said about it. */
function textOf({ review: _, ...finding }: Finding): string {
  return JSON.stringify(finding);
}
