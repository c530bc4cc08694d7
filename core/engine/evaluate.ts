import type { Case } from "../case/case.ts";
import { replaceFindings, replaceIncidents } from "../case/story-tables.ts";
import type { Asset, Estate } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";
import { isProblem } from "../contracts/result.ts";
import { uncovered } from "../contracts/uncovered.ts";
import type { Coverage, Story } from "../contracts/story.ts";
import { DETECTIONS } from "../detections/index.ts";
import { joinFindings } from "../detections/join.ts";
import type { DetectionOptions, DetectionRun } from "../detections/run.ts";
import { runDetections } from "../detections/run.ts";
import { inferEstate } from "../estate/infer.ts";
import type { Scope } from "../estate/scope.ts";
import { EMPTY_SCOPE, parseScope } from "../estate/scope.ts";
import { withEarlierContacts } from "../incidents/earlier-contacts.ts";
import { withPeaks } from "../incidents/peaks.ts";
import { buildStory } from "../incidents/story.ts";
import { tamperLedger } from "../incidents/tamper-ledger.ts";
import { jsonRows } from "../records/record-database.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { refuseImported } from "./imported.ts";
import type { PlacedReference } from "./reference.ts";
import { referenceOf } from "./reference.ts";
import { caseCoverage } from "./coverage.ts";
import { outsideStorySentences } from "./outside-story.ts";
import type { ProgressMeter } from "./progress.ts";
import { saveStory, storyOf } from "./story-of.ts";
import { TOOL } from "./version.ts";
import { learnedIn, trainingOf } from "./training.ts";
import { rowText } from "../records/row-text.ts";

/** Parameter names of each detection, so that a scope that names a wrong one is told where. */
const DETECTION_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map(
  DETECTIONS.map(({ id, parameters }) => [id, Object.keys(parameters)]),
);

/** Reads a scope's text. @throws ScopeError with every problem and its place. */
export function scopeOf(text: string | null, file: string): Scope {
  return text === null ? EMPTY_SCOPE : parseScope(text, { file, detections: DETECTION_PARAMETERS });
}

/** What a case's records say by its estate and the detections, before it is told. */
export interface Evaluation {
  readonly coverage: Coverage;
  readonly estate: Estate;
  readonly run: DetectionRun;
  /** Bounds that were hit and what could not be used, each a sentence. */
  readonly limits: readonly string[];
  /** True if a reference capture's records stood beside the case's own. */
  readonly hasReference: boolean;
}

/**
 * Works out estate, findings, incidents and story from the records of a case, and keeps them with it. The records stay as
 * they are: a changed scope needs this and no parsing.
 */
export async function evaluate(
  target: Case,
  options: Pick<DetectionOptions, "found"> = {},
  meter?: ProgressMeter,
): Promise<Story> {
  const evaluation = await judgeCase(target, options, meter);
  meter?.stage("story", evaluation.coverage.octets, evaluation.coverage.packets);
  await collectGarbage(evaluation.coverage.octets); // of the rows that detections read
  return tell(target, evaluation);
}

/** Asks estate and all detections. */
export async function judgeCase(
  target: Case,
  options: Pick<DetectionOptions, "signal" | "lanes" | "found" | "progress">,
  meter?: ProgressMeter,
): Promise<Evaluation> {
  refuseImported(target);
  const scope = scopeOf(target.scope(), "scope.yaml");
  const coverage = await caseCoverage(target);
  const { reference, problem } = await referenceOf(target);
  const training = trainingOf(target);
  const trained = training === null ? null : learnedIn(training);
  const estateLimits: string[] = [];
  const work = async (): Promise<{ estate: Estate; run: DetectionRun }> => {
    meter?.stage("estate", coverage.octets, coverage.packets);
    const estate = await inferEstate(target.store, scope, reference, (limit) => estateLimits.push(limit), trained);
    await writeGaps(target, coverage, reference);
    meter?.stage("detections", coverage.octets, coverage.packets);
    const run = await runDetections(target.store, DETECTIONS, { ...optionsOf(scope), ...options });
    return { estate, run };
  };
  const { estate, run } = await (reference === null ? work() : target.store.withReference(reference.shiftNs, work));
  const limits = [...(problem === null ? [] : [problem]), ...estateLimits];
  return { coverage, estate, run, limits, hasReference: reference !== null };
}

/** What a scope says to detections. */
export function optionsOf({ allow, parameters, adminAccounts, changeWindows }: Scope): DetectionOptions {
  return { allow, parameters, adminAccounts, changeWindows };
}

/**
 * Tells the story of an evaluation and keeps it with the case.
 * @param isNews Whether the journal should say so: a recording is evaluated every few seconds, and mostly finds the same.
 */
export async function tell(
  target: Case,
  { coverage, estate, run, limits: further }: Evaluation,
  isNews: (story: Story) => boolean = () => true,
): Promise<Story> {
  const joined = joinFindings(run.findings);
  const outside = await outsideStorySentences(target.store, [...run.findings, ...joined]);
  const ofRun = new Set(run.limits.map(({ sentence }) => sentence));
  const limits = [...coverage.limits, ...outside, ...further, ...ofRun];
  const findings = await unlessShort(joined, limits, "the largest transfers beside findings", () =>
    withPeaks(target.store, joined),
  );
  const parts = {
    case: { name: target.info.name, id: target.info.id, version: TOOL.version },
    findings,
    setAside: run.setAside,
    estate: await withNamedHosts(target, estate, findings),
    coverage: { ...coverage, limits, baseline: run.learned, notEvaluated: run.notEvaluated },
    detectionsRun: DETECTIONS.length - run.notEvaluated.length,
    partlyBlind: run.partlyBlind,
    hosts: run.hosts,
  };
  const plain = buildStory(parts);
  const incidents = await unlessShort(plain.incidents, limits, "what came before incidents", () =>
    withEarlierContacts(target.store, plain.incidents, plain.estate),
  );
  const told = { ...plain, incidents };
  const ledger = await unlessShort(null, limits, "what else the ledger of tampering has", () =>
    tamperLedger(target.store, told),
  );
  const story = ledger === null ? told : { ...told, ledger };
  await replaceFindings(target.store, story.findings);
  await replaceIncidents(target.store, story.incidents);
  await saveStory(target, story);
  if (isNews(story)) {
    target.journal.append("evaluated", {
      detail: { findings: story.findings.length, incidents: story.incidents.length, setAside: story.setAside.length },
    });
  }
  return storyOf(target); // with what was decided about its findings before
}

/** What a question adds; without it, and with a sentence that says so, where the database's memory does not suffice. */
async function unlessShort<T>(without: T, limits: string[], what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isProblem(error, "out-of-memory")) throw error;
    limits.push(`There are so many records that memory did not suffice to look for ${what}: it is not told.`);
    return without;
  }
}

/** Tells the detections when nothing was captured, so that silence then is no evidence. */
async function writeGaps(target: Case, coverage: Coverage, reference: PlacedReference | null): Promise<void> {
  const gaps = uncovered(coverage).map(({ from, to }) => ({ from, to }));
  await target.store.change([
    { sql: "DELETE FROM coverage_gaps" },
    {
      sql: `INSERT INTO coverage_gaps SELECT make_timestamp_ns(CAST(g."from" AS BIGINT)), make_timestamp_ns(CAST(g."to" AS BIGINT)) FROM (SELECT unnest(from_json($gaps, '[{"from":"VARCHAR","to":"VARCHAR"}]')) AS g)`,
      parameters: { gaps: JSON.stringify(gaps) },
    },
    ...(reference === null
      ? []
      : [
          {
            sql: "INSERT INTO coverage_gaps SELECT max(ts), make_timestamp_ns(CAST($first AS BIGINT)) FROM conn WHERE ts < make_timestamp_ns(CAST($first AS BIGINT)) HAVING count(*) > 0",
            parameters: { first: reference.evidenceFirst.toString() },
          },
        ]),
  ]);
}

/** The estate with every host that a finding names, so that names and inside or outside are known for all of them. */
async function withNamedHosts(target: Case, estate: Estate, findings: readonly Finding[]): Promise<Estate> {
  const known = new Set(estate.assets.map(({ address }) => address));
  const wanted = new Set(
    findings.flatMap(({ source, target: to }) => [source, to]).filter((address) => address !== null),
  );
  const missing = [...wanted].filter((address) => !known.has(address));
  if (missing.length === 0) return estate;
  const rows = await jsonRows(
    target.store,
    `SELECT address, name, internal FROM assets WHERE address IN (SELECT unnest(CAST(CAST($list AS JSON) AS VARCHAR[]))) ORDER BY address`,
    { parameters: { list: JSON.stringify(missing) } },
  );
  const named = rows.map((row): Asset => ({
    address: rowText(row["address"]),
    name: row["name"] === null ? null : rowText(row["name"]),
    roles: [],
    inEstate: false,
    internal: row["internal"] === true,
  }));
  return { ...estate, assets: [...estate.assets, ...named] };
}
