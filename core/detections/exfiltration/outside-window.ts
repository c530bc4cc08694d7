import type { Detection } from "../detection.ts";
import { CONSOLE_PORTS, ESTATE, windowHolds } from "../sql.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const outsideWindow: Detection = {
  id: "BT-EX-008",
  title: "Transfer as large as a backup outside every job window",
  phase: "exfiltration",
  attack: ["T1029", "T1048"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { share: 0.2, slack_minutes: 60, failed_share: 0.25, catch_up_hours: 24, least_octets: 1000000 },
  // From a machine of the estate while no window of the pair is open, as much as a part of what the smallest job usually moves (its fulls, where it has them). Without windows it says
  // nothing. What goes where a job should have gone that failed the night before is that job, caught up with.
  query: `
    WITH smallest AS (
      SELECT min(octets) AS octets FROM (SELECT job, coalesce(median(octets) FILTER (type = 'full'), median(octets)) AS octets FROM job_runs WHERE job IN (SELECT job FROM jobs WHERE way IN ('to store', 'to estate')) GROUP BY job)
    ), pair_window AS (
      SELECT NULL AS host, days, start_minute, end_minute, zone FROM job_windows WHERE source = 'scope'
      UNION ALL
      SELECT unnest(list_append(senders, receiver)), days, window_start, window_end, zone FROM jobs WHERE NOT EXISTS (SELECT 1 FROM job_windows WHERE source = 'scope')
    ), beside AS (
      SELECT * FROM transfers WHERE sender IN ${ESTATE} AND in_window = false AND job IS NULL AND octets > 3 * returned_octets AND octets >= $least_octets
    ), sent AS (
      SELECT * FROM beside t WHERE NOT EXISTS (SELECT 1 FROM pair_window w WHERE (w.host IS NULL OR w.host IN (t.sender, t.receiver))
        AND (${windowHolds("t.ts - to_minutes(CAST($slack_minutes AS BIGINT))")} OR ${windowHolds("t.ts_last + to_minutes(CAST($slack_minutes AS BIGINT))")}))
    ), night AS (
      SELECT j.*, CAST(n.night AS DATE) AS night FROM jobs j, LATERAL (SELECT unnest(generate_series(CAST(CAST(j.ts AS DATE) AS TIMESTAMP), CAST((SELECT max(ts) FROM sent) AS TIMESTAMP), INTERVAL 1 DAY)) AS night) n
      WHERE NOT j.all_day AND list_contains(j.days, CAST(isodow(n.night) AS UTINYINT))
    ), failed AS (
      SELECT n.receiver, n.senders, n.name, timezone('UTC', timezone(n.zone, CAST(n.night AS TIMESTAMP) + to_minutes(CASE WHEN n.window_end < n.window_start OR n.window_start < 720 THEN CAST(n.window_end AS BIGINT) + 1440 ELSE CAST(n.window_end AS BIGINT) END))) AS closed
      FROM night n LEFT JOIN job_runs r ON r.job = n.job AND r.night = n.night WHERE coalesce(r.octets, 0) < $failed_share * n.octets
      UNION ALL
      SELECT j.receiver, j.senders, coalesce(e.object, 'of the product'), CAST(e.ts AS TIMESTAMP)
      FROM ${VEEAM_EVENTS} e, jobs j WHERE e.event IN (151, 190, 451, 490) AND (regexp_matches(e.message, 'JobResult="2"') OR regexp_matches(e.description, '(?i)\\bfail'))
    ), told AS (
      SELECT t.*, a.internal, t.receiver IN ${ESTATE} AS stays, t.port BETWEEN 2500 AND 3300 OR t.port BETWEEN 8500 AND 8600 OR t.port IN (902, 6162, 9103, 9388, 10082, 10102) AS mover,
             (SELECT min(f.name) FROM failed f WHERE f.receiver = t.receiver AND list_contains(f.senders, t.sender) AND f.closed BETWEEN CAST(t.ts AS TIMESTAMP) - to_hours(CAST($catch_up_hours AS BIGINT)) AND CAST(t.ts AS TIMESTAMP)) AS failed_job,
             (SELECT min(e.description) FROM ${VEEAM_EVENTS} e WHERE e.event IN (210, 40210, 250, 251, 290, 40290) AND e.ts BETWEEN t.ts - INTERVAL 15 MINUTE AND t.ts_last + INTERVAL 15 MINUTE) AS restore,
             EXISTS (SELECT 1 FROM estate_conn c WHERE c."id.resp_h" IN ${ESTATE} AND c."id.resp_p" IN (9392, ${CONSOLE_PORTS}) AND c.resp_bytes > 0 AND c."id.orig_h" NOT IN ${ESTATE}
               AND c.ts <= t.ts_last AND c.ts + to_microseconds(CAST(coalesce(c.duration, 0) / 1000 AS BIGINT)) >= t.ts - INTERVAL 15 MINUTE) AS console
      FROM sent t JOIN assets a ON a.address = t.receiver
    )
    SELECT min(t.ts) AS ts, max(t.ts_last) AS ts_last, flatten(list(t.records ORDER BY t.octets DESC))[:50] AS records, CAST(sum(t.connections) AS BIGINT) AS count, t.sender AS source, t.receiver AS target, list(DISTINCT t.port ORDER BY t.port) AS ports, sum(t.octets) AS sent_octets,
           (SELECT array_to_string(list(DISTINCT name ORDER BY name), ', ') FROM job_windows) AS jobs, 'confirmed' AS outcome,
           CASE WHEN min(t.stays) THEN 'low' WHEN NOT min(t.internal) THEN 'critical' WHEN bool_and(t.console OR t.restore IS NOT NULL OR t.mover) THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN min(t.stays) THEN 'It stays inside the estate' WHEN NOT min(t.internal) THEN NULL
                WHEN bool_and(t.restore IS NOT NULL) THEN 'The product told of a restore at that time: ' || min(t.restore) WHEN bool_and(t.console) THEN 'The console was open at that time, as for a restore' WHEN bool_and(t.mover) THEN 'It went over a port on which backup software restores' END AS note,
           CASE WHEN bool_and(t.failed_job IS NOT NULL) THEN 'The job ' || min(t.failed_job) || ', which moves the same way, had failed in the ' || CAST($catch_up_hours AS INTEGER) || ' hours before: it is caught up with' END AS explained
    FROM told t, smallest s
    GROUP BY t.sender, t.receiver, CAST(t.ts AS DATE), s.octets HAVING sum(t.octets) >= $share * s.octets`,
  explanation:
    "{source}, part of the backup estate, sent {sent_octets} to {target} (port {ports}) outside the windows of {jobs}.",
  falsePositives: ["A restore by hand", "A copy to another repository that was started by hand"],
  references: ["https://attack.mitre.org/techniques/T1029/"],
  blindTo: [],
  samples: [
    { capture: "day-export.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
