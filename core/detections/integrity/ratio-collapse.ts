import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, upperTail } from "../sql.ts";

export const ratioCollapse: Detection = {
  id: "BT-IN-005",
  title: "Compression or deduplication ratio collapse",
  phase: "integrity",
  attack: ["T1486"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { z: 4, n: 2, jump: 2, runs: 5, least_octets: 1000000 },
  query: `
    WITH night AS (
      SELECT receiver AS host, CAST(CAST(ts AS TIMESTAMP) - INTERVAL 12 HOUR AS DATE) AS night, octets AS came, 0 AS went, records[1] AS rid, NULL AS store, ts, ts_last FROM transfers
      WHERE way IN ('to estate', 'within') AND receiver IN ${BACKUP_ACTORS}
      UNION ALL
      SELECT sender, CAST(CAST(ts AS TIMESTAMP) - INTERVAL 12 HOUR AS DATE), 0, octets, records[1], receiver, ts, ts_last FROM transfers WHERE way IN ('to store', 'to outside') AND sender IN ${BACKUP_ACTORS}
    ), moved AS (
      SELECT host, night, sum(came) AS came, sum(went) AS went, min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY went + came DESC, rid)[:50] AS records, mode(store ORDER BY store) AS store FROM night GROUP BY ALL
      HAVING sum(came) >= $least_octets AND sum(went) > 0
    ), ratio AS (
      SELECT *, ln(came / went) AS r FROM moved
    ), before AS (
      SELECT a.host, a.night, count(*) AS runs, median(b.r) AS middle, greatest(mad(b.r), 0.05) AS spread FROM ratio a JOIN ratio b ON b.host = a.host AND b.night < a.night GROUP BY ALL HAVING count(*) >= $runs
    ), scored AS (
      SELECT r.*, b.middle, b.runs, (b.middle - r.r) / (1.4826 * b.spread) AS z, lead((b.middle - r.r) / (1.4826 * b.spread)) OVER chain AS next_z,
             lag((b.middle - r.r) / (1.4826 * b.spread)) OVER chain AS before_z, count(*) OVER (PARTITION BY r.night) AS tests
      FROM ratio r JOIN before b ON b.host = r.host AND b.night = r.night WINDOW chain AS (PARTITION BY r.host ORDER BY r.night)
    )
    SELECT ts, ts_last, records, host AS source, store AS target, came AS came_octets, went AS went_octets, round(exp(middle), 2) AS usual, round(exp(r), 2) AS now, round(z, 1) AS score, runs AS learned_runs, strftime(night, '%Y-%m-%d') AS night_text, host AS object,
           'observed' AS outcome, ${upperTail("z / (1 + 2 / runs)")} AS chance, tests, CASE WHEN middle - r >= ln($jump) THEN 'high' ELSE 'medium' END AS severity
    FROM scored WHERE z >= $z AND coalesce(before_z, 0) < $z AND (next_z >= $z AND $n = 2 OR middle - r >= ln($jump))`,
  explanation:
    "{source} received {came_octets} in the night of {night_text} and wrote {went_octets} to {target}: {now} to 1, where {usual} to 1 was usual in {learned_runs} nights before (robust score {score}); encrypted sources compress no more.",
  falsePositives: ["A new source full of media", "Another codec after an upgrade"],
  references: ["https://attack.mitre.org/techniques/T1486/"],
  blindTo: [],
  samples: [
    { capture: "ratio-collapse.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
