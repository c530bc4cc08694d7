import type { Asset, JobWindow } from "../contracts/estate.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows } from "../records/record-database.ts";

/** Nights that a job must have been seen before its window is inferred. */
const RUNS_NEEDED = 3;

/**
 * Job windows from when the repositories receive data: for each, the span from the 5 % quantile of the nightly starts to the
 * 95 % quantile of the ends, widened by a quarter of the median length and at least 15 minutes. Days are counted from noon to noon, so
 * that a night is one day.
 */
export async function inferJobWindows(
  database: RecordDatabase,
  assets: readonly Asset[],
  zone: string,
): Promise<JobWindow[]> {
  const repositories = assets.filter(({ roles }) =>
    roles.some(({ role, confidence }) => role === "repository" && confidence >= 0.6),
  );
  if (repositories.length === 0) return [];
  const rows = await jsonRows(
    database,
    `WITH moved AS (
       SELECT "id.resp_h" AS address, timezone($zone, timezone('UTC', CAST(ts AS TIMESTAMP))) AS started, coalesce(duration, 0) / 60e9 AS minutes, orig_bytes
       FROM conn WHERE proto = 'tcp' AND orig_bytes >= 100000 AND orig_bytes > 3 * resp_bytes
         AND "id.resp_h" IN (SELECT unnest(from_json($repositories, '["VARCHAR"]')))
     ), placed AS (
       SELECT address, CAST(started - INTERVAL 12 HOUR AS DATE) AS night,
              date_diff('minute', CAST(CAST(started - INTERVAL 12 HOUR AS DATE) AS TIMESTAMP) + INTERVAL 12 HOUR, started) AS begin_minute, minutes
       FROM moved
     ), run AS (
       SELECT address, night, isodow(night) AS day, min(begin_minute) AS began, max(begin_minute + minutes) AS ended FROM placed GROUP BY ALL
     )
     SELECT address, count(*) AS runs, list(DISTINCT day ORDER BY day) AS days, quantile_cont(began, 0.05) AS began, quantile_cont(ended, 0.95) AS ended,
            quantile_cont(began, 0.95) - quantile_cont(began, 0.05) AS spread, median(ended - began) AS length
     FROM run GROUP BY address HAVING count(*) >= ${RUNS_NEEDED} ORDER BY address`,
    { parameters: { zone, repositories: JSON.stringify(repositories.map(({ address }) => address)) } },
  );
  return rows
    .filter((row) => Number(row["spread"]) <= 240)
    .map((row) => {
      const margin = Math.max(15, 0.25 * Number(row["length"]));
      const address = String(row["address"]);
      const name = repositories.find((asset) => asset.address === address)?.name ?? address;
      return {
        name: `backups to ${name}`,
        days: (row["days"] as number[]).map(Number),
        startMinute: clockMinute(Number(row["began"]) - margin),
        endMinute: clockMinute(Number(row["ended"]) + margin),
        zone,
        source: "inferred",
      } satisfies JobWindow;
    });
}

/** Minutes after noon as minutes after midnight. */
function clockMinute(afterNoon: number): number {
  return (((Math.round(afterNoon) + 720) % 1440) + 1440) % 1440;
}
