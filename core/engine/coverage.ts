import type { Case } from "../case/case.ts";
import type { RecordStore } from "../case/store.ts";
import type { Coverage } from "../contracts/story.ts";
import { jsonRows } from "../records/record-database.ts";
import type { RunCoverage } from "./run-coverage.ts";
import { rowText } from "../records/row-text.ts";

const DOCUMENT = "coverage of run ";

/** Keeps what a run counted with the case, in place of what it had counted before. */
export async function saveRunCoverage(store: RecordStore, run: number, coverage: RunCoverage): Promise<void> {
  await store.change([
    { sql: "DELETE FROM documents WHERE name = $name", parameters: { name: `${DOCUMENT}${run}` } },
    {
      sql: "INSERT INTO documents VALUES ($name, $whole)",
      parameters: { name: `${DOCUMENT}${run}`, whole: JSON.stringify(coverage) },
    },
  ]);
}

/** Coverage of the whole case: what its runs counted and what its records say. `notEvaluated` is left empty. */
export async function caseCoverage(source: Case): Promise<Coverage> {
  const { store } = source;
  const documents = await store.rows(
    `SELECT name, CAST(whole AS VARCHAR) AS whole FROM documents
     WHERE starts_with(name, $prefix) AND CAST(substr(name, len($prefix) + 1) AS INTEGER) IN (SELECT id FROM ingests) ORDER BY name`,
    {
      prefix: DOCUMENT,
    },
  );
  const runs = documents.map((row) => JSON.parse(rowText(row["whole"])) as RunCoverage);
  const captures = source.ledger.summaries();
  const [totals] = await jsonRows(store, TOTALS);
  const [weirds] = await jsonRows(store, "SELECT count(*) AS n FROM weird");
  const times = captures.flatMap(({ tsFirst, tsLast }) =>
    tsFirst === null || tsLast === null ? [] : [BigInt(tsFirst), BigInt(tsLast)],
  );
  const number = (name: string) => Number(totals?.[name] ?? 0);
  const payload = number("payload");
  const sum = (of: (run: RunCoverage) => number) => runs.reduce((total, run) => total + of(run), 0);
  const dropCounters = runs.map((run) => run.droppedPackets).filter((count) => count !== null);
  return {
    captures,
    tsFirst: times.length === 0 ? null : least(times).toString(),
    tsLast: times.length === 0 ? null : greatest(times).toString(),
    packets: sum((run) => run.packets),
    octets: sum((run) => run.octets),
    connections: number("connections"),
    gaps: runs
      .flatMap((run) => run.gaps)
      .sort((a, b) => Number(BigInt(b.to) - BigInt(b.from) - (BigInt(a.to) - BigInt(a.from)))),
    missedOctets: number("missed"),
    droppedPackets: dropCounters.length === 0 ? null : dropCounters.reduce((total, count) => total + count, 0),
    duplicatePackets: sum((run) => run.duplicatePackets),
    cutPackets: sum((run) => run.cutPackets),
    oneWayConnections: number("one_way"),
    midStreamConnections: number("mid_stream"),
    encryptedShare: payload === 0 ? 0 : Math.min(1, number("sealed") / payload),
    unknownShare: payload === 0 ? 0 : Math.min(1, number("unknown") / payload),
    weirds: Number(weirds?.["n"] ?? 0),
    limits: [...new Set(runs.flatMap((run) => run.limits))],
    notEvaluated: [],
  };
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
