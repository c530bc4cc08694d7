import type { Detection } from "../detection.ts";
import { LEARNED_UNTIL } from "../sql.ts";

/** From when on a job's runs are learned anew, if the investigator confirmed a change; else from the beginning. */
const RELEARNED = `CAST($relearn_from AS DATE)`;

export const volumeDrift: Detection = {
  id: "BT-BL-010",
  title: "Backup volume of a job drifts",
  phase: "integrity",
  attack: ["T1490", "T1485"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  tellsLack: true,
  parameters: { runs: 5, k: 0.5, h: 5, lambda: 0.2, limit: 3, factor: 1.3, least_runs: 5, relearn_from: "1970-01-01" },
  // Changes too small for any single run: the two-sided cumulative sum of robust scores (each cut at 3, so that one night alone is none) dates the change, and the
  // weighted mean of the logarithms must have left its limits too. A job whose change was confirmed is learned anew from `relearn_from` on.
  query: `
    WITH run AS (
      SELECT r.job, r.night, r.ts, r.ts_last, r.octets, r.records, r.connections, coalesce(r.type, '') AS type, j.name, j.receiver, ln(1 + r.octets) AS size
      FROM job_runs r JOIN jobs j ON j.job = r.job
      WHERE j.way IN ('to store', 'between stores', 'to estate', 'to outside') AND r.night >= ${RELEARNED} AND r.missed_octets < 0.1 * r.octets
        AND NOT EXISTS (SELECT 1 FROM coverage_gaps g WHERE g.ts < r.ts_last + INTERVAL 2 HOUR AND g.ts_last > r.ts - INTERVAL 2 HOUR)
    ), learned_until AS (
      SELECT greatest(${LEARNED_UNTIL}, CAST(${RELEARNED} + CAST($learning_days AS INTEGER) AS TIMESTAMP_NS)) AS ts
    ), usual AS (
      SELECT job, type, count(*) AS runs, median(size) AS middle, 1.4826 * greatest(mad(size), 0.05) AS spread, median(octets) AS octets
      FROM run WHERE ts <= (SELECT ts FROM learned_until) GROUP BY job, type HAVING count(*) >= $runs
    ), scored AS (
      SELECT r.*, u.runs, u.middle, u.spread, u.octets AS usual_octets, least(3, greatest(-3, (r.size - u.middle) / u.spread)) AS z, row_number() OVER (PARTITION BY r.job, r.type ORDER BY r.night) AS nth
      FROM run r JOIN usual u ON u.job = r.job AND u.type = r.type WHERE r.ts > (SELECT ts FROM learned_until)
    ), summed AS (
      SELECT *, sum(z - $k) OVER w AS up, sum(-z - $k) OVER w AS down, power(1 - $lambda, nth) * sum($lambda * z * power(1 - $lambda, -nth)) OVER w AS mean_z
      FROM scored WINDOW w AS (PARTITION BY job, type ORDER BY night)
    ), cumulated AS (
      SELECT *, up - least(0, min(up) OVER w) AS grown, down - least(0, min(down) OVER w) AS shrunk,
             CASE WHEN min(up) OVER w < 0 THEN arg_min(night, up) OVER w END AS up_from, CASE WHEN min(down) OVER w < 0 THEN arg_min(night, down) OVER w END AS down_from
      FROM summed WINDOW w AS (PARTITION BY job, type ORDER BY night ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ), ended AS (
      SELECT *, greatest(grown, shrunk) AS score, grown > shrunk AS is_growth, CASE WHEN grown > shrunk THEN up_from ELSE down_from END AS before
      FROM cumulated QUALIFY row_number() OVER (PARTITION BY job, type ORDER BY night DESC) = 1
    ), drifted AS (
      SELECT * FROM ended WHERE score >= $h AND abs(mean_z) > $limit * sqrt($lambda / (2 - $lambda)) AND (mean_z > 0) = is_growth
    )
    SELECT * FROM (SELECT min(r.ts) AS ts, max(r.ts_last) AS ts_last, flatten(list(r.records ORDER BY r.night))[:50] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, d.receiver AS target, d.name AS object, d.name AS job_name,
           strftime(min(r.night), '%Y-%m-%d') AS since_text, list_aggregate(list(r.octets ORDER BY r.night DESC)[:CAST($least_runs AS INTEGER)], 'median') AS octets, d.usual_octets, d.runs AS learned_runs, round(d.score, 1) AS score, round(d.mean_z, 1) AS weighted, CASE WHEN d.is_growth THEN 'more' ELSE 'less' END AS side, 'observed' AS outcome,
           CASE WHEN d.is_growth THEN 'low' ELSE 'medium' END AS severity
    FROM drifted d JOIN run r ON r.job = d.job AND r.type = d.type AND (d.before IS NULL OR r.night > d.before) AND r.ts > (SELECT ts FROM learned_until)
    GROUP BY d.receiver, d.name, d.usual_octets, d.runs, d.score, d.mean_z, d.is_growth HAVING count(*) >= $least_runs)
    WHERE greatest(octets, usual_octets) >= $factor * least(octets, usual_octets)`,
  explanation:
    "Since the night of {since_text} the runs of {job_name} have moved {side} than before: lately {octets} (median of the last {least_runs} of {count} runs) where it was {usual_octets} (median of {learned_runs} runs of {learned}); cumulative score {score}, weighted mean {weighted} standard deviations off.",
  falsePositives: ["Data that grows", "Machines that were added to the job or taken out of it"],
  references: [
    "https://attack.mitre.org/techniques/T1490/",
    "Page, Continuous Inspection Schemes, Biometrika 41 (1954)",
  ],
  blindTo: [],
  samples: [
    { capture: "volume-drift.rows", findings: 1 },
    { capture: "volume-collapse.rows", findings: 0 },
    { capture: "estate-weeks.rows", findings: 0 },
  ],
};
