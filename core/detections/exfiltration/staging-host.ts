import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE_OR_HYPERVISOR, INSIDE, OUTSIDE } from "../sql.ts";

export const stagingHost: Detection = {
  id: "BT-EX-013",
  title: "Machine that collects inside and sends outside",
  phase: "exfiltration",
  attack: ["T1074.002"],
  severity: "high",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 1000000000, hours: 24, share: 0.3, most: 1.5, usual_days: 4 },
  // What the outside got fits what the machine pulled from inside in the hours before: a part of it (compressed), or about all. Machines that send as much outside on several days do so by their work.
  query: `
    WITH flow AS NOT MATERIALIZED (
      SELECT rid, ts, "id.orig_h" AS giver, "id.resp_h" AS taker, orig_bytes AS octets FROM conn WHERE orig_bytes >= 100000 AND orig_bytes > 3 * coalesce(resp_bytes, 0)
      UNION ALL
      SELECT rid, ts, "id.resp_h", "id.orig_h", resp_bytes FROM conn WHERE resp_bytes >= 100000 AND resp_bytes > 3 * coalesce(orig_bytes, 0)
    ), sent AS (
      SELECT giver AS host, taker AS target, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, sum(octets) AS octets, list(rid ORDER BY octets DESC)[:50] AS records
      FROM flow WHERE giver IN ${INSIDE} AND taker IN ${OUTSIDE} AND giver NOT IN ${BACKUP_ACTORS} GROUP BY ALL
    ), sender AS (
      SELECT host FROM sent WHERE octets >= $share * $octets GROUP BY host HAVING count(DISTINCT day) < $usual_days
    ), pulled AS (
      SELECT taker AS host, giver AS origin, ts, octets, rid FROM flow WHERE taker IN (SELECT host FROM sender) AND giver IN ${INSIDE}
    ), joined AS (
      SELECT s.host, s.target, s.ts, s.ts_last, s.octets, s.records, sum(p.octets) AS pulled, count(DISTINCT p.origin) AS origins, min(p.ts) AS began, list(p.rid ORDER BY p.octets DESC)[:50] AS pulled_records, bool_or(p.origin IN ${ESTATE_OR_HYPERVISOR}) AS from_estate,
             list(DISTINCT p.origin)[:4] AS origin_names
      FROM sent s JOIN sender x ON x.host = s.host JOIN pulled p ON p.host = s.host AND p.ts BETWEEN s.ts_last - to_hours(CAST($hours AS INTEGER)) AND s.ts_last
      WHERE s.octets >= $share * $octets GROUP BY ALL
    )
    SELECT began AS ts, ts_last, pulled_records || records AS records, 1 AS count, host AS source, target, pulled AS pulled_octets, octets AS sent_octets, origins, origin_names, 'confirmed' AS outcome,
           CASE WHEN from_estate THEN 'high' ELSE 'medium' END AS severity, CASE WHEN octets BETWEEN 0.8 * pulled AND 1.2 * pulled THEN 0.8 ELSE 0.6 END AS confidence
    FROM joined WHERE pulled >= $octets AND octets BETWEEN $share * pulled AND $most * pulled`,
  explanation:
    "{source} collected {pulled_octets} from {origins} machines inside ({origin_names}) and then sent {sent_octets} to {target}.",
  falsePositives: [
    "Backup proxies and off-site gateways that were not recognised",
    "Servers that publish what others make",
  ],
  references: ["https://attack.mitre.org/techniques/T1074/002/"],
  blindTo: [],
  samples: [
    { capture: "staged-export.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
