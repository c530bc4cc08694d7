import type { Detection } from "../detection.ts";
import { upperTail } from "../sql.ts";

export const volumeCollapse: Detection = {
  id: "BT-IN-002",
  title: "Backup volume collapse",
  phase: "integrity",
  attack: ["T1490", "T1485"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { z: 4, frac: 0.25, runs: 5, relearn_from: "1970-01-01" },
  // Robust score of the logarithm against all earlier runs of the job; a run that is like one of the same weekday is none.
  query: `
    WITH run AS (
      SELECT r.*, j.name, j.receiver, j.way, j.all_day, ln(1 + r.octets) AS size, isodow(r.night) AS day, len(r.senders) AS sender_count FROM job_runs r JOIN jobs j ON j.job = r.job
      WHERE j.way IN ('to store', 'between stores', 'to estate', 'to outside')
    ), pair AS (
      SELECT a.job, a.night, b.size, b.octets, b.day = a.day AS same_day, b.type, a.type AS own_type, b.senders, b.sender_count FROM run a JOIN run b ON b.job = a.job AND b.night < a.night
        AND (a.night < CAST($relearn_from AS DATE) OR b.night >= CAST($relearn_from AS DATE))
    ), usual AS (
      SELECT job, night, count(*) AS runs, median(size) AS middle, greatest(mad(size), 0.05) AS spread, median(octets) AS usual_octets, max(octets) FILTER (same_day) AS same_day_most, min(octets) FILTER (same_day) AS same_day_least,
             max(octets) AS most, median(sender_count) AS usual_senders
      FROM pair WHERE true GROUP BY job, night
    ), scored AS (
      SELECT r.*, u.runs, u.usual_octets, u.same_day_most, u.same_day_least, u.most, u.usual_senders, (r.size - u.middle) / (1.4826 * u.spread) AS z, count(*) OVER (PARTITION BY r.night) AS tests FROM run r JOIN usual u ON u.job = r.job AND u.night = r.night WHERE u.runs >= $runs
    )
    , last AS (
      SELECT max(ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT))) AS ended FROM conn
    )
    SELECT s.ts, s.ts_last, s.records, s.connections AS record_count, CASE WHEN len(s.senders) = 1 THEN s.senders[1] END AS source, s.receiver AS target, s.name AS job_name, s.name AS object, s.octets, s.usual_octets, s.runs AS learned_runs,
           round(100 * s.octets / s.usual_octets, 1) AS percent, round(s.z, 1) AS score, strftime(s.night, '%Y-%m-%d') AS night_text, s.sender_count AS senders, s.usual_senders, 'observed' AS outcome,
           ${upperTail("-s.z / (1 + 2 / s.runs)")} AS chance, s.tests,
           CASE WHEN s.octets <= 0.5 * $frac * s.usual_octets THEN 'high' ELSE 'medium' END AS severity
    FROM scored s, last l
    WHERE s.octets <= $frac * s.usual_octets AND s.z <= -$z * (1 + 2 / s.runs) AND (s.same_day_least IS NULL OR s.octets < 0.5 * s.same_day_least) AND s.missed_octets < 0.1 * s.octets
      AND s.ts_last < l.ended - INTERVAL 10 MINUTE
      AND NOT EXISTS (SELECT 1 FROM coverage_gaps g WHERE g.ts < s.ts_last + INTERVAL 2 HOUR AND g.ts_last > s.ts - INTERVAL 2 HOUR)`,
  explanation:
    "The run of {job_name} in the night of {night_text} moved {octets}, {percent} % of its usual {usual_octets} (median of {learned_runs} earlier runs, robust score {score}; {senders} of usually {usual_senders} hosts sent).",
  falsePositives: ["Machines taken out of the job", "A change of deduplication", "The first increment after a full"],
  references: ["https://attack.mitre.org/techniques/T1490/"],
  blindTo: [],
  samples: [
    { capture: "volume-collapse.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
