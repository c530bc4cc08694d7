import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE, OUTSIDE } from "../sql.ts";

export const providerCopy: Detection = {
  id: "BT-EX-016",
  title: "Backup copy to an unknown service provider",
  phase: "exfiltration",
  attack: ["T1537"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { hours: 24, octets: 1000000, usual_days: 4 },
  // Gateways of Veeam Cloud Connect and Acronis outside that the scope does not count to the estate. A message of the product that a provider, a tenant or a copy job was added makes it certain.
  query: `
    WITH sent AS (
      SELECT rid, uid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received, count(DISTINCT CAST(ts AS DATE)) OVER (PARTITION BY "id.orig_h", "id.resp_h") AS days
      FROM conn WHERE "id.resp_p" IN (6180, 44445) AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_h" IN ${OUTSIDE} AND "id.orig_h" IN ${INSIDE}
    ), told AS (
      SELECT ts, rid, message FROM syslog WHERE regexp_matches(message, '(?i)(veeam|acronis)') AND regexp_matches(message, '(?i)((cloud|service) ?(provider|gateway|connect)|tenant|backup copy job)[^.]{0,80}(added|created|has been|registered|enabled)')
    ), holder AS (
      SELECT uid, min(subject) AS subject FROM ssl WHERE uid IN (SELECT uid FROM sent) AND subject IS NOT NULL GROUP BY uid
    ), summed AS (
      SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.ts, s.rid)[:50] AS records, count(DISTINCT s.uid) AS count, s.source, s.target, s.port, max(s.sent) AS sent_octets, min(h.subject) AS subject
      FROM sent s LEFT JOIN holder h ON h.uid = s.uid WHERE s.days < $usual_days GROUP BY s.source, s.target, s.port HAVING max(s.sent) >= $octets
    ), around AS (
      -- Told near any of the sessions where it was near the last one up to then.
      SELECT g.source, g.target, g.port, list(g.rid ORDER BY g.ts, g.rid)[:5] AS records
      FROM (SELECT m.source, m.target, m.port, t.ts, t.rid, CAST(t.ts + to_hours(CAST($hours AS INTEGER)) AS TIMESTAMP_NS) AS until FROM summed m CROSS JOIN told t) g
      ASOF JOIN sent s ON s.source = g.source AND s.target = g.target AND s.port = g.port AND s.ts <= g.until
      WHERE s.ts >= g.ts - to_hours(CAST($hours AS INTEGER)) GROUP BY ALL
    )
    SELECT m.* EXCLUDE (records, subject), m.records || coalesce(a.records, []) AS records, coalesce(m.subject, 'certificate not seen') AS certificate, 'confirmed' AS outcome,
           CASE WHEN a.source IS NOT NULL THEN '; shortly before, the product told that a provider or a copy job was added' ELSE '' END AS told_text,
           CASE WHEN m.source IN ${ESTATE} THEN CASE WHEN a.source IS NOT NULL THEN 'critical' ELSE 'high' END ELSE 'medium' END AS severity, CASE WHEN a.source IS NOT NULL THEN 0.9 ELSE 0.6 END AS confidence
    FROM summed m LEFT JOIN around a ON a.source = m.source AND a.target = m.target AND a.port = m.port`,
  explanation:
    "{source} sent up to {sent_octets} in a session to {target} (port {port}, {certificate}), where providers receive backups and which the scope does not name{told_text}.",
  falsePositives: ["A provider that changed the addresses of its gateways"],
  references: ["https://attack.mitre.org/techniques/T1537/"],
  blindTo: [],
  samples: [
    { capture: "backup-tools-out.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
