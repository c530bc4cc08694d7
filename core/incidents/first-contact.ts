import type { Incident, Lead } from "../contracts/story.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows } from "../records/record-database.ts";

/** Less is no program and no document. Octets that the server sealed. */
const LEAST_DOWNLOAD = 4000;
/** How long before its first act a host may have been taken. Hours. */
const HOURS_BEFORE = 4;
/** Without at least a day of evidence before, every host outside looks new. Hours. */
const LEAST_HISTORY = 24;

/**
 * What may have brought the first host of each incident under control, as far as encrypted traffic shows: the largest download of the hours before
 * its first act from a host outside that nobody inside had reached before, under its address or its name. Reading the news does this too, so that it is a lead, never a finding.
 * @returns Leads by the host that acted first.
 */
export async function leadsOf(
  database: RecordDatabase,
  incidents: readonly Incident[],
): Promise<ReadonlyMap<string, Lead>> {
  const asked = incidents.flatMap(({ foothold, steps }) => {
    const source = foothold?.source ?? null;
    if (source === null || steps.some(({ phase }) => phase === "initial-access")) return [];
    return [{ source, ts: foothold!.tsFirst }];
  });
  if (asked.length === 0) return new Map();
  const rows = await jsonRows(database, QUERY, { parameters: { asked: JSON.stringify(asked) }, times: ["ts"] });
  return new Map(
    rows.map((row) => [
      String(row["source"]),
      {
        ts: String(row["ts"]),
        target: String(row["target"]),
        octets: Number(row["octets"]),
        others: Number(row["others"]),
      },
    ]),
  );
}

/** First contacts with the outside, the largest download of each host asked for. */
const QUERY = `
  WITH asked AS (
    SELECT row.source AS source, make_timestamp_ns(CAST(row.ts AS BIGINT)) AS until FROM (
      SELECT unnest(from_json($asked, '[{"source":"VARCHAR","ts":"VARCHAR"}]')) AS row)
  ), fetched AS (
    SELECT a.source, a.until, c."id.resp_h" AS target, min(c.ts) AS ts, sum(s.resp_sealed_octets) AS octets, any_value(s.server_name) AS name
    FROM asked a JOIN conn c ON c."id.orig_h" = a.source AND c.ts BETWEEN a.until - to_hours(${HOURS_BEFORE}) AND a.until JOIN ssl s ON s.uid = c.uid
    WHERE c."id.resp_h" IN (SELECT address FROM assets WHERE NOT internal AND NOT in_estate) AND c.resp_bytes > 3 * c.orig_bytes
      AND a.until >= (SELECT min(ts) FROM conn) + to_hours(${LEAST_HISTORY})
    GROUP BY ALL HAVING sum(s.resp_sealed_octets) >= ${LEAST_DOWNLOAD}
  ), reached AS (
    SELECT "id.resp_h" AS target, min(ts) AS ts FROM conn WHERE "id.resp_h" IN (SELECT target FROM fetched) GROUP BY 1
  ), asked_for AS (
    SELECT server_name AS name, min(ts) AS ts FROM ssl WHERE server_name IN (SELECT name FROM fetched) GROUP BY 1
  ), fresh AS (
    SELECT f.* FROM fetched f JOIN reached r ON r.target = f.target LEFT JOIN asked_for n ON n.name = f.name WHERE r.ts >= f.ts AND coalesce(n.ts >= f.ts, true)
  )
  SELECT source, arg_max(ts, octets) AS ts, arg_max(target, octets) AS target, max(octets) AS octets, count(*) - 1 AS others FROM fresh GROUP BY source ORDER BY source`;
