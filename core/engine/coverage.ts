import type { Case } from "../case/case.ts";
import type { RecordStore } from "../case/store.ts";
import { documentOf, loadDocument, saveDocument, withoutDocument } from "../case/story-tables.ts";
import type { Coverage } from "../contracts/story.ts";
import { jsonRows } from "../records/record-database.ts";
import { rowText } from "../records/row-text.ts";
import type { RunCoverage } from "./run-coverage.ts";

const DOCUMENT = "coverage of run ";
const OPEN_RUN = "coverage of the open run";
const RECORDING = "coverage of the recording";

/** What a recording's own journal says, whatever runs read its segments. */
export type RecordingCoverage = Pick<RunCoverage, "droppedPackets" | "gaps" | "limits">;

/** What was counted with a run that is still open, in place of what its document says. */
interface OpenRun extends RunCoverage {
  readonly run: number;
}

/** Keeps what a run counted with the case, in place of what it had counted before. */
export async function saveRunCoverage(store: RecordStore, run: number, coverage: RunCoverage): Promise<void> {
  await saveDocument(store, `${DOCUMENT}${run}`, coverage);
}

/**
 * Keeps what the analysis of a recording counted so far.
 * @param run The first of its runs: it has the counts of those that follow it, too.
 * @param isSettled No run is open, so that no crash takes anything back.
 */
export async function saveLiveCoverage(
  store: RecordStore,
  run: number,
  coverage: RunCoverage,
  recording: RecordingCoverage,
  isSettled: boolean,
): Promise<void> {
  await store.change([
    ...(isSettled
      ? [...documentOf(`${DOCUMENT}${run}`, coverage), withoutDocument(OPEN_RUN)]
      : documentOf(OPEN_RUN, { ...coverage, run })),
    ...documentOf(RECORDING, recording),
  ]);
}

/** Lets go what a run counted whose end a crash prevented. */
export async function forgetOpenRun(store: RecordStore): Promise<void> {
  await store.change([withoutDocument(OPEN_RUN)]);
}

/** What the runs of a case counted; what an open one counted is taken back where it does not end. */
async function runsOf(store: RecordStore): Promise<readonly RunCoverage[]> {
  const documents = await store.rows(
    `SELECT TRY_CAST(substr(name, len($prefix) + 1) AS INTEGER) AS run, CAST(whole AS VARCHAR) AS whole FROM documents
     WHERE starts_with(name, $prefix) AND run IN (SELECT id FROM ingests) ORDER BY name`,
    { prefix: DOCUMENT },
  );
  const runs = documents.map((row) => ({
    run: Number(row["run"]),
    coverage: JSON.parse(rowText(row["whole"])) as RunCoverage,
  }));
  const open = store.isIngesting ? await loadDocument<OpenRun>(store, OPEN_RUN) : null;
  const settled = runs.filter(({ run }) => run !== open?.run).map(({ coverage }) => coverage);
  return open === null ? settled : [...settled, open];
}

/** Coverage of the whole case: what its runs counted and what its records say. `notEvaluated` is left empty. */
export async function caseCoverage(source: Case): Promise<Coverage> {
  const { store } = source;
  const runs = await runsOf(store);
  const recording = await loadDocument<RecordingCoverage>(store, RECORDING);
  const told: readonly RecordingCoverage[] = recording === null ? runs : [...runs, recording];
  const captures = source.ledger.summaries();
  const [totals] = await jsonRows(store, TOTALS);
  const [weirds] = await jsonRows(store, "SELECT count(*) AS n FROM weird");
  const times = captures.flatMap(({ tsFirst, tsLast }) =>
    tsFirst === null || tsLast === null ? [] : [BigInt(tsFirst), BigInt(tsLast)],
  );
  const number = (name: string) => Number(totals?.[name] ?? 0);
  const payload = number("payload");
  const sum = (of: (run: RunCoverage) => number) => runs.reduce((total, run) => total + of(run), 0);
  const dropCounters = told.map(({ droppedPackets }) => droppedPackets).filter((count) => count !== null);
  return {
    captures,
    tsFirst: times.length === 0 ? null : least(times).toString(),
    tsLast: times.length === 0 ? null : greatest(times).toString(),
    packets: sum((run) => run.packets),
    octets: sum((run) => run.octets),
    connections: number("connections"),
    gaps: longestFirst(told.flatMap(({ gaps }) => gaps)),
    missedOctets: number("missed"),
    droppedPackets: dropCounters.length === 0 ? null : dropCounters.reduce((total, count) => total + count, 0),
    duplicatePackets: sum((run) => run.duplicatePackets),
    cutPackets: sum((run) => run.cutPackets),
    oneWayConnections: number("one_way"),
    midStreamConnections: number("mid_stream"),
    encryptedShare: payload === 0 ? 0 : Math.min(1, number("sealed") / payload),
    unknownShare: payload === 0 ? 0 : Math.min(1, number("unknown") / payload),
    weirds: Number(weirds?.["n"] ?? 0),
    limits: [...new Set(told.flatMap(({ limits }) => limits))],
    notEvaluated: [],
  };
}

/** Equal ones once. */
function longestFirst(gaps: RunCoverage["gaps"]): RunCoverage["gaps"] {
  const unlike = new Map(gaps.map((gap) => [`${gap.from} ${gap.to}`, gap]));
  return [...unlike.values()].sort((a, b) => Number(BigInt(b.to) - BigInt(b.from) - (BigInt(a.to) - BigInt(a.from))));
}

/**
 * Sums over the connections. One-way: TCP in which a side that must have answered was not captured. Mid-stream: TCP
 * whose beginning was not captured.
 */
const TOTALS = `
  SELECT count(*) AS connections,
    sum(coalesce(missed_bytes, 0)) AS missed,
    sum(coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0)) AS payload,
    sum(sealed_bytes) AS sealed,
    sum(CASE WHEN service IS NULL THEN coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) ELSE 0 END) AS unknown,
    count(*) FILTER (proto = 'tcp' AND (orig_pkts = 0 OR resp_pkts = 0) AND greatest(orig_pkts, resp_pkts) > 2
      AND regexp_matches(history, '[ADad]')) AS one_way,
    count(*) FILTER (proto = 'tcp' AND NOT saw_start) AS mid_stream
  FROM conn`;

function least(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (b < a ? b : a));
}

function greatest(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (b > a ? b : a));
}
