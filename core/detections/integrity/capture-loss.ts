import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const captureLoss: Detection = {
  id: "BT-IN-017",
  title: "Capture gap or loss in a period that matters",
  phase: "integrity",
  attack: [],
  severity: "medium",
  confidence: 0.95,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { loss: 0.1, window_minutes: 15, octets: 100_000, one_way: 0.5, connections: 20 },
  // Octets that TCP acknowledged but nobody captured, against all octets of the connections that began in the window. One direction alone is
  // a mirror that copies only that: told as such, once.
  query: `
    WITH quality AS NOT MATERIALIZED (
      SELECT rid, ts, time_bucket(to_minutes($window_minutes), CAST(ts AS TIMESTAMP)) AS slot, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(missed_bytes, 0) AS missed, coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS octets,
             coalesce(orig_pkts, 0) = 0 OR coalesce(resp_pkts, 0) = 0 AS is_one_way
      FROM conn WHERE proto = 'tcp' AND coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) > 0
    ), bad AS (
      SELECT slot, sum(missed) AS missed, sum(octets) AS octets, min(ts) AS ts, max(ts) AS ts_last FROM quality GROUP BY slot HAVING sum(octets) >= $octets AND sum(missed) >= $loss * sum(octets)
    ), slots AS (
      SELECT b.slot, b.missed, b.octets, b.ts, b.ts_last, bool_or(q.source IN ${ESTATE} OR q.target IN ${ESTATE}) AS is_estate, arg_max(q.rid, q.missed) AS worst, arg_max(q.target, q.missed) AS target
      FROM bad b JOIN quality q ON q.slot = b.slot AND q.missed > 0 GROUP BY ALL
    ), paced AS (SELECT *, slot - lag(slot) OVER (ORDER BY slot) > 2 * to_minutes($window_minutes) AS apart FROM slots), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (ORDER BY slot) AS number FROM paced
    ), one_way AS (
      SELECT count(*) AS connections, count(*) FILTER (is_one_way) AS single, min(ts) FILTER (is_one_way) AS ts, max(ts) FILTER (is_one_way) AS ts_last FROM quality
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(worst ORDER BY slot)[:50] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, arg_max(target, missed) AS target, 'capture loss' AS object, 'confirmed' AS outcome,
           'about ' || CAST(round(100.0 * sum(missed) / sum(octets)) AS BIGINT) || ' % of the octets of the connections that began then were acknowledged but never captured' AS what,
           CASE WHEN bool_or(is_estate) THEN 'medium' ELSE 'low' END AS severity
    FROM run GROUP BY number
    UNION ALL BY NAME
    SELECT ts, ts_last, [(SELECT min(rid) FROM quality q WHERE q.ts = (SELECT ts FROM one_way) AND is_one_way)] AS records, single AS count, CAST(NULL AS VARCHAR) AS source, CAST(NULL AS VARCHAR) AS target, 'one direction' AS object, 'confirmed' AS outcome,
           'of ' || single || ' of ' || connections || ' connections with data only one direction was captured' AS what, 'low' AS severity
    FROM one_way WHERE connections >= $connections AND single >= $one_way * connections`,
  explanation: "In this period {what}; statements that something did not happen are not valid there.",
  falsePositives: ["Asymmetric mirror ports (told as one direction only)"],
  references: ["https://attack.mitre.org/techniques/T1562/"],
  blindTo: [{ text: "losses of datagrams, and silence on links that are often silent", query: null }],
  samples: [
    { capture: "capture-loss.rows", findings: 1 },
    { capture: "nfs.pcapng", findings: 0 },
  ],
};
