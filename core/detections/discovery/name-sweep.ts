import type { Detection } from "../detection.ts";

export const nameSweep: Detection = {
  id: "BT-DI-015",
  title: "Name sweep or zone transfer",
  phase: "discovery",
  attack: ["T1018", "T1590"],
  severity: "low",
  confidence: 0.7,
  basis: "fact",
  needs: ["dns"],
  learningDays: 0,
  parameters: { names: 20, nodes: 10, minutes: 5 },
  // Reverse names that walk through a network, the whole zone (AXFR, IXFR), or the node status (NBSTAT) of many hosts.
  query: `
    WITH reverse AS (
      SELECT "id.orig_h" AS source, min("id.resp_h") AS target, query, regexp_replace(query, '^[0-9]+\\.', '') AS net, min(ts) AS ts, arg_min(rid, ts) AS rid, bool_or(len(coalesce(answers, [])) > 0) AS known
      FROM dns WHERE qtype_name = 'PTR' AND regexp_matches(query, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+\\.in-addr\\.arpa$') GROUP BY source, query
    ), walked AS (
      SELECT *, ts - lag(ts, $names - 1) OVER (PARTITION BY source, net ORDER BY ts) <= to_minutes($minutes) AS reached FROM reverse
    ), node AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, arg_min(rid, ts) AS rid, bool_or(answered_by IS NOT NULL OR len(coalesce(answers, [])) > 0) AS known FROM dns
      WHERE qtype IN (33) AND "id.resp_p" = 137 GROUP BY 1, 2
    ), asked AS (
      SELECT *, ts - lag(ts, $nodes - 1) OVER (PARTITION BY source ORDER BY ts) <= to_minutes($minutes) AS reached FROM node
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target, count(*) AS count, net AS object,
           'asked for the names of ' || count(*) || ' addresses below ' || net AS did, 'low' AS severity, CASE WHEN bool_or(known) THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM walked GROUP BY source, net HAVING bool_or(reached)
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:200], count(*), source, NULL, count(*), NULL, 'asked ' || count(*) || ' hosts for all their NetBIOS names', 'low', CASE WHEN bool_or(known) THEN 'confirmed' ELSE 'attempted' END
    FROM asked GROUP BY source HAVING bool_or(reached)
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:200], count(*), "id.orig_h", "id.resp_h", count(*), min(query), 'asked ' || "id.resp_h" || ' for all names of the zone ' || min(query),
           'low', CASE WHEN bool_or(len(coalesce(answers, [])) > 0) THEN 'confirmed' WHEN bool_or(rcode > 0) THEN 'refused' ELSE 'attempted' END
    FROM dns WHERE qtype IN (251, 252) AND "id.orig_h" NOT IN (SELECT "id.resp_h" FROM dns WHERE "id.resp_p" = 53 AND len(coalesce(answers, [])) > 0)
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation: "{source} {did}.",
  falsePositives: ["Scanners and flow collectors", "Secondary name servers that were not seen to answer"],
  references: ["https://attack.mitre.org/techniques/T1018/", "RFC 5936"],
  blindTo: [],
  samples: [
    { capture: "name-sweep.rows", findings: 2 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
