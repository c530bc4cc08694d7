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
  parameters: {
    octets: 1000000000,
    delay_hours: 24,
    share: 0.3,
    tol: 0.2,
    n: 5,
    window_hours: 12,
    pause_minutes: 10,
    usual_days: 4,
  },
  // Transfers between two machines, joined over short pauses. An export is what a machine sends one peer outside without a longer pause than `delay_hours`; it fits what the machine pulled
  // before and during it if it is about as much, or a part of it (compressed). Machines that send as much outside on several days do so by their work.
  query: `
    WITH flow AS NOT MATERIALIZED (
      SELECT rid, ts, ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT)) AS ts_last, "id.orig_h" AS giver, "id.resp_h" AS taker, orig_bytes AS octets FROM conn WHERE orig_bytes >= 100000 AND orig_bytes > 3 * coalesce(resp_bytes, 0)
      UNION ALL
      SELECT rid, ts, ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT)), "id.resp_h", "id.orig_h", resp_bytes FROM conn WHERE resp_bytes >= 100000 AND resp_bytes > 3 * coalesce(orig_bytes, 0)
    ), sender AS (
      SELECT giver AS host FROM (
        SELECT giver, CAST(ts AS DATE) AS day, sum(octets) AS octets FROM flow WHERE giver IN ${INSIDE} AND taker IN ${OUTSIDE} AND giver NOT IN ${BACKUP_ACTORS} GROUP BY giver, taker, day)
      WHERE octets >= $share * $octets GROUP BY giver HAVING count(DISTINCT day) < $usual_days
    ), piece AS (
      SELECT *, giver AS host, taker AS peer, true AS is_out FROM flow WHERE giver IN (SELECT host FROM sender) AND taker IN ${OUTSIDE}
      UNION ALL
      SELECT *, taker, giver, false FROM flow WHERE taker IN (SELECT host FROM sender) AND giver IN ${INSIDE}
    ), paused AS (
      SELECT *, ts > max(ts_last) OVER (PARTITION BY host, peer, is_out ORDER BY ts, rid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + to_minutes(CAST($pause_minutes AS BIGINT)) AS is_new FROM piece
    ), transfer AS (
      SELECT host, peer, is_out, min(ts) AS ts, max(ts_last) AS ts_last, sum(octets) AS octets, list(rid ORDER BY octets DESC, rid)[:50] AS records
      FROM (SELECT *, count(*) FILTER (is_new) OVER (PARTITION BY host, peer, is_out ORDER BY ts, rid) AS number FROM paused) GROUP BY host, peer, is_out, number
    ), export AS (
      SELECT host, peer AS target, min(ts) AS ts, max(ts) AS last_begun, max(ts_last) AS ts_last, sum(octets) AS octets, flatten(list(records ORDER BY octets DESC))[:50] AS records
      FROM (SELECT *, count(*) FILTER (apart) OVER (PARTITION BY host, peer ORDER BY ts) AS number
        FROM (SELECT *, ts > max(ts_last) OVER (PARTITION BY host, peer ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + to_hours(CAST($delay_hours AS BIGINT)) AS apart FROM transfer WHERE is_out))
      GROUP BY host, peer, number HAVING sum(octets) >= $share * $octets
    ), fetched AS (
      SELECT e.host, e.target, e.ts AS sent_at, e.ts_last, e.octets, e.records, p.peer AS origin, p.ts AS began, p.ts_last AS pulled_until, p.octets AS pulled, p.records AS pulled_records, max(p.ts_last) OVER (PARTITION BY e.host, e.target, e.ts) AS last_pull
      FROM export e JOIN transfer p ON p.host = e.host AND NOT p.is_out AND p.ts < e.last_begun AND p.ts_last >= e.ts - to_hours(CAST($delay_hours AS BIGINT))
    ), joined AS (
      SELECT host, target, sent_at, ts_last, octets, records, sum(pulled) AS pulled, count(DISTINCT origin) AS origins, count(DISTINCT origin) FILTER (pulled_until >= last_pull - to_hours(CAST($window_hours AS BIGINT))) AS at_once,
             min(began) AS began, flatten(list(pulled_records ORDER BY pulled DESC))[:50] AS pulled_records, list(DISTINCT origin ORDER BY origin)[:4] AS origin_names, bool_or(origin IN ${ESTATE_OR_HYPERVISOR}) AS from_estate,
             bool_or(origin IN (SELECT address FROM asset_roles WHERE role = 'file-server' AND confidence >= 0.6)) AS from_files
      FROM fetched GROUP BY host, target, sent_at, ts_last, octets, records
    )
    SELECT began AS ts, ts_last, pulled_records || records AS records, 1 AS count, host AS source, target, pulled AS pulled_octets, octets AS sent_octets, origins, origin_names, 'confirmed' AS outcome,
           CASE WHEN from_estate AND octets >= (1 - $tol) * pulled THEN 'critical' WHEN from_estate OR from_files THEN 'high' ELSE 'medium' END AS severity, CASE WHEN octets >= (1 - $tol) * pulled THEN 0.75 ELSE 0.6 END AS confidence
    FROM joined WHERE octets BETWEEN $share * pulled AND (1 + $tol) * pulled AND (pulled >= $octets OR at_once >= $n)`,
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
