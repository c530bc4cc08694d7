import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

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
  parameters: { share: 0.2, slack_minutes: 60, least_octets: 1000000 },
  // From a machine of the estate to one that is not, while no window is open, as much as a part of the smallest night's backup. Without windows it says nothing.
  query: `
    WITH night AS (
      SELECT CAST(ts - INTERVAL 12 HOUR AS DATE) AS night, "id.resp_h" AS repository, sum(orig_bytes) AS octets FROM conn
      WHERE proto = 'tcp' AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role = 'repository' AND confidence >= 0.6) AND orig_bytes >= 100000 AND orig_bytes > 3 * resp_bytes GROUP BY ALL
    ), smallest AS (
      SELECT quantile_cont(octets, 0.1) AS octets FROM night HAVING count(*) >= 3
    ), flow AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, orig_bytes AS sent, resp_bytes AS received FROM conn WHERE orig_bytes >= $least_octets AND orig_bytes > 3 * resp_bytes AND "id.orig_h" IN ${ESTATE} AND "id.resp_h" NOT IN ${ESTATE}
      UNION ALL
      SELECT rid, ts, "id.resp_h", "id.orig_h", "id.resp_p", resp_bytes, orig_bytes FROM conn WHERE resp_bytes >= $least_octets AND resp_bytes > 3 * orig_bytes AND "id.resp_h" IN ${ESTATE} AND "id.orig_h" NOT IN ${ESTATE}
    ), timed AS (
      SELECT f.rid, bool_or(
               list_contains(w.days, isodow(f.local_ts - CASE WHEN w.end_minute < w.start_minute AND f.minute < w.end_minute + $slack_minutes THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END))
               AND CASE WHEN w.end_minute >= w.start_minute THEN f.minute BETWEEN w.start_minute - $slack_minutes AND w.end_minute + $slack_minutes
                        ELSE f.minute >= w.start_minute - $slack_minutes OR f.minute <= w.end_minute + $slack_minutes END) AS is_open
      FROM (SELECT rid, zone, timezone(zone, timezone('UTC', CAST(ts AS TIMESTAMP))) AS local_ts, hour(timezone(zone, timezone('UTC', CAST(ts AS TIMESTAMP)))) * 60 + minute(timezone(zone, timezone('UTC', CAST(ts AS TIMESTAMP)))) AS minute
            FROM flow, (SELECT DISTINCT zone FROM job_windows)) f
      JOIN job_windows w ON w.zone = f.zone GROUP BY f.rid
    )
    SELECT min(f.ts) AS ts, max(f.ts) AS ts_last, list(f.rid ORDER BY f.ts)[:50] AS records, count(*) AS count, f.source, f.target, list(DISTINCT f.port ORDER BY f.port) AS ports, sum(f.sent) AS sent_octets, any_value((SELECT array_to_string(list(name), ', ') FROM job_windows)) AS jobs,
           'confirmed' AS outcome, CASE WHEN any_value(a.internal) THEN 'medium' ELSE 'high' END AS severity
    FROM flow f JOIN timed t ON t.rid = f.rid JOIN assets a ON a.address = f.target, smallest s
    WHERE NOT t.is_open GROUP BY f.source, f.target, CAST(f.ts AS DATE), s.octets HAVING sum(f.sent) >= $share * s.octets`,
  explanation:
    "{source}, part of the backup estate, sent {sent_octets} to {target} (port {ports}) outside the windows of {jobs}.",
  falsePositives: ["A restore by hand", "A job that was run again after it had failed"],
  references: ["https://attack.mitre.org/techniques/T1029/"],
  blindTo: [],
  samples: [
    { capture: "day-export.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
