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
  parameters: { share: 0.2, least_octets: 1000000 },
  // From a machine of the estate to one that is not, while no window is open, as much as a part of what the smallest job usually moves (its fulls, where it has them). Windows are wider than the jobs by a
  // quarter of their length. Without windows it says nothing.
  query: `
    WITH smallest AS (
      SELECT min(octets) AS octets FROM (SELECT job, coalesce(median(octets) FILTER (type = 'full'), median(octets)) AS octets FROM job_runs WHERE job IN (SELECT job FROM jobs WHERE way IN ('to store', 'to estate')) GROUP BY job)
    ), sent AS (
      SELECT * FROM transfers WHERE sender IN ${ESTATE} AND receiver NOT IN ${ESTATE} AND in_window = false AND job IS NULL AND octets > 3 * returned_octets AND octets >= $least_octets
    )
    SELECT min(t.ts) AS ts, max(t.ts_last) AS ts_last, flatten(list(t.records ORDER BY t.octets DESC))[:50] AS records, CAST(sum(t.connections) AS BIGINT) AS count, t.sender AS source, t.receiver AS target, list(DISTINCT t.port ORDER BY t.port) AS ports, sum(t.octets) AS sent_octets,
           (SELECT array_to_string(list(DISTINCT name ORDER BY name), ', ') FROM job_windows) AS jobs, 'confirmed' AS outcome, CASE WHEN any_value(a.internal) THEN 'medium' ELSE 'high' END AS severity
    FROM sent t JOIN assets a ON a.address = t.receiver, smallest s
    GROUP BY t.sender, t.receiver, CAST(t.ts AS DATE), s.octets HAVING sum(t.octets) >= $share * s.octets`,
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
