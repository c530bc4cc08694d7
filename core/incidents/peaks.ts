import type { Finding, Peak } from "../contracts/finding.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { filledTables, jsonRows } from "../records/record-database.ts";

/** Findings whose largest transfers are looked for, the first of them. */
const LOOKED_AT = 100;
/** A transfer stands out from this many octets on, if it is this many times the median. */
const LEAST_OCTETS = 4000;
const TIMES_MEDIAN = 10;
/** When what a longer connection moved went over is not known. */
const SHORT_NS = 60_000_000_000;

/**
 * Calls that went on (beacons, tunnels) with their largest answer and request, where these stand out: what else the host did just then is
 * told beside them. Findings of other phases are given back as they are.
 */
export async function withPeaks(database: RecordDatabase, findings: readonly Finding[]): Promise<Finding[]> {
  const lasting = findings
    .filter(({ phase, source, target }) => phase === "command-and-control" && source !== null && target !== null)
    .filter(({ tsFirst, tsLast }) => tsFirst !== tsLast)
    .slice(0, LOOKED_AT);
  if (lasting.length === 0) return [...findings];
  const tables = await filledTables(database, new Set(["http", "conn"]));
  if (!tables.has("conn")) return [...findings];
  const asked = lasting.map(({ id, source, target, tsFirst, tsLast }) => ({ id, source, target, tsFirst, tsLast }));
  const rows = await jsonRows(database, tables.has("http") ? LARGEST : LARGEST_OF_CONNECTIONS, {
    parameters: { asked: JSON.stringify(asked), least: LEAST_OCTETS, times: TIMES_MEDIAN },
    times: ["ts"],
  });
  const peaks = new Map<string, Peak[]>();
  for (const row of rows) {
    const peak: Peak = {
      ts: String(row["ts"]),
      octets: Number(row["octets"]),
      way: row["way"] === "in" ? "in" : "out",
    };
    peaks.set(String(row["id"]), [...(peaks.get(String(row["id"])) ?? []), peak]);
  }
  return findings.map((finding) => {
    const own = peaks.get(finding.id);
    return own === undefined ? finding : { ...finding, peaks: own };
  });
}

const ASKED = `
  SELECT one->>'id' AS id, one->>'source' AS source, one->>'target' AS target, CAST(one->>'tsFirst' AS BIGINT) AS begins, CAST(one->>'tsLast' AS BIGINT) AS ends
  FROM (SELECT unnest(CAST(CAST($asked AS JSON) AS JSON[])) AS one)`;

/** @param calls Rows of `ts`, `source`, `target`, `sent`, `received`. */
const largestOf = (calls: string): string => `
  WITH asked AS (${ASKED}), call AS (
    SELECT a.id, c.* FROM asked a JOIN (${calls}) c ON c.source = a.source AND c.target = a.target AND epoch_ns(c.ts) BETWEEN a.begins AND a.ends
  ), large AS (
    SELECT id, arg_max(ts, received) AS ts, max(received) AS octets, median(received) AS usual, 'in' AS way FROM call GROUP BY id
    UNION ALL
    SELECT id, arg_max(ts, sent), max(sent), median(sent), 'out' FROM call GROUP BY id
  )
  SELECT id, ts, CAST(octets AS DOUBLE) AS octets, way FROM large WHERE octets >= $least AND octets > $times * usual ORDER BY id, ts, way`;

const CONNECTIONS = `
  SELECT ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received, service FROM conn
  WHERE coalesce(duration, 0) <= ${SHORT_NS}`;

const LARGEST_OF_CONNECTIONS = largestOf(CONNECTIONS);

/** Requests in clear one by one, and connections of everything else. */
const LARGEST = largestOf(`
  SELECT ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(request_body_len, 0) AS sent, coalesce(response_body_len, 0) AS received FROM http
  UNION ALL
  SELECT ts, source, target, sent, received FROM (${CONNECTIONS}) WHERE NOT contains(coalesce(service, ''), 'http')`);
