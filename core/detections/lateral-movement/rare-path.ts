import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_PROTOCOL, ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const rarePath: Detection = {
  id: "BT-LM-025",
  title: "Rare multi-hop log-on path ending in the backup segment",
  phase: "lateral-movement",
  attack: ["T1021", "T1078"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { hours: 6 },
  // Both steps are new, the second begins while the first lasts or soon after, and the middle is no server that many use.
  query: `
    WITH hop AS NOT MATERIALIZED (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, ${ADMIN_PROTOCOL} AS protocol FROM conn
      WHERE proto = 'tcp' AND orig_bytes >= 500 AND resp_bytes >= 500 AND ${ADMIN_PROTOCOL} IN ('SSH', 'RDP', 'WinRM', 'SMB', 'RPC', 'VNC', 'Telnet')
        AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) AND "id.resp_h" IN (SELECT address FROM assets WHERE internal)
    ), edge AS (
      SELECT source, target, protocol, min(ts) AS ts, max(ts) AS ts_last, count(*) AS count FROM hop GROUP BY ALL
    ), fresh AS (
      SELECT * FROM edge WHERE ts > ${LEARNED_UNTIL}
    ), popular AS (
      SELECT target, protocol, count(DISTINCT source) AS sources FROM edge WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), used AS (
      SELECT DISTINCT source, target FROM edge WHERE ts <= ${LEARNED_UNTIL}
    ), path AS (
      SELECT a.source, a.target AS over, b.target, a.protocol AS first_protocol, b.protocol AS last_protocol, a.ts, b.ts AS ts_last, a.count + b.count AS record_count
      FROM fresh a JOIN fresh b ON b.source = a.target AND b.target <> a.source AND b.ts BETWEEN a.ts AND a.ts_last + to_hours(CAST($hours AS INTEGER))
      LEFT JOIN popular p ON p.target = a.target AND p.protocol = a.protocol
      WHERE b.target IN ${ESTATE_OR_HYPERVISOR} AND a.source NOT IN ${ESTATE} AND coalesce(p.sources, 0) < 3
        AND (a.source, a.target) NOT IN (SELECT (source, target) FROM used) AND (b.source, b.target) NOT IN (SELECT (source, target) FROM used)
    ), named AS (
      SELECT h.source, h.target, h.ts, min(h.rid) AS rid
      FROM hop h JOIN (SELECT source, over AS target, ts FROM path UNION SELECT over, target, ts_last FROM path) s ON s.source = h.source AND s.target = h.target AND s.ts = h.ts GROUP BY ALL
    ), listed AS (
      SELECT p.*, [a.rid, b.rid] AS records
      FROM path p JOIN named a ON a.source = p.source AND a.target = p.over AND a.ts = p.ts JOIN named b ON b.source = p.over AND b.target = p.target AND b.ts = p.ts_last
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(records))[:50] AS records, sum(record_count) AS record_count, source, target, over AS over_host, list(DISTINCT first_protocol) AS first_protocols, list(DISTINCT last_protocol) AS last_protocols, over AS object,
           'confirmed' AS outcome, CASE WHEN bool_or(last_protocol IN ('SSH', 'RDP', 'WinRM', 'RPC')) AND source NOT IN ${ADMIN_HOSTS} AND over NOT IN ${ADMIN_HOSTS} THEN 'high' ELSE 'medium' END AS severity
    FROM listed GROUP BY source, over, target`,
  explanation:
    "{source} went to {over_host} ({first_protocols}) and from there on to {target} ({last_protocols}); neither step was seen in {learned}.",
  falsePositives: ["Migrations"],
  references: ["https://attack.mitre.org/techniques/T1021/"],
  blindTo: [],
  samples: [
    { capture: "rare-path.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
