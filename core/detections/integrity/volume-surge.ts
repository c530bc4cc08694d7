import type { Detection } from "../detection.ts";
import { upperTail } from "../sql.ts";

export const volumeSurge: Detection = {
  id: "BT-IN-003",
  title: "Backup volume surge (change-rate jump)",
  phase: "integrity",
  attack: ["T1486", "T1565.001"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { z: 5, mult: 3, runs: 5, least_octets: 1000000, relearn_from: "1970-01-01" },
  // Not in the first week, in which a full may not have been seen yet; not where a run of the same weekday or any run was about as large.
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
      FROM pair WHERE own_type IS DISTINCT FROM 'full' OR type = 'full' GROUP BY job, night
    ), scored AS (
      SELECT r.*, u.runs, u.usual_octets, u.same_day_most, u.same_day_least, u.most, u.usual_senders, (r.size - u.middle) / (1.4826 * u.spread) AS z, count(*) OVER (PARTITION BY r.night) AS tests FROM run r JOIN usual u ON u.job = r.job AND u.night = r.night WHERE u.runs >= $runs
    )
    , by_sender AS (
      SELECT job, night, sender, sum(octets) AS octets FROM transfers WHERE job IS NOT NULL GROUP BY ALL
    ), sender_usual AS (
      SELECT job, sender, median(octets) AS octets FROM by_sender GROUP BY ALL
    ), surging AS (
      SELECT b.job, b.night, count(*) FILTER (b.octets >= $mult * u.octets) AS senders, arg_max(b.sender, b.octets / greatest(1, u.octets)) AS sender FROM by_sender b JOIN sender_usual u ON u.job = b.job AND u.sender = b.sender GROUP BY ALL
    ), week AS (
      SELECT job, min(night) AS began FROM job_runs GROUP BY job
    )
    SELECT s.ts, s.ts_last, s.records, s.connections AS record_count, CASE WHEN g.senders = 1 THEN g.sender END AS source, s.receiver AS target, s.name AS job_name, s.name AS object, s.octets, s.usual_octets, s.runs AS learned_runs,
           round(s.octets / s.usual_octets, 1) AS times_usual, round(s.z, 1) AS score, strftime(s.night, '%Y-%m-%d') AS night_text, g.senders, 'observed' AS outcome,
           ${upperTail("s.z / (1 + 2 / s.runs)")} AS chance, s.tests,
           CASE WHEN g.senders >= 3 AND s.octets > 1.5 * s.most THEN 'high' ELSE 'medium' END AS severity
    FROM scored s JOIN surging g ON g.job = s.job AND g.night = s.night JOIN week w ON w.job = s.job
    WHERE s.octets >= $mult * s.usual_octets AND s.z >= $z * (1 + 2 / s.runs) AND s.octets >= $least_octets AND (s.same_day_most IS NULL OR s.octets > 2 * s.same_day_most) AND s.octets > 1.5 * s.most
      AND s.night >= w.began + INTERVAL 7 DAY`,
  explanation:
    "The run of {job_name} in the night of {night_text} moved {octets}, {times_usual} times its usual {usual_octets} (median of {learned_runs} earlier runs, robust score {score}; {senders} hosts sent far more than usual); mass rewriting of the source, such as encryption, has this effect.",
  falsePositives: ["A forced full backup", "Reset of changed-block tracking", "New disks", "A day of patches"],
  references: ["https://attack.mitre.org/techniques/T1486/"],
  blindTo: [],
  samples: [
    { capture: "volume-surge.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
