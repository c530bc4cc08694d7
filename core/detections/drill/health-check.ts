import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const healthCheck: Detection = {
  id: "BT-DR-006",
  title: "Health check or media verification run observed",
  phase: "drill",
  attack: [],
  severity: "info",
  confidence: 0.8,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { share: 0.5, floor_octets: 1000000 },
  query: `
    WITH usual AS (
      SELECT receiver AS store, max(octets) AS octets FROM jobs WHERE way IN ('to store', 'between stores') GROUP BY receiver
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, 'health check' AS object,
           'events ' || array_to_string(list(DISTINCT regexp_extract(message, 'instanceId="([0-9]+)"', 1)), ', ') || ' of the backup software report it' || CASE WHEN bool_or(regexp_matches(message, '(?i)(failed|error)')) THEN ', with a failure' ELSE '' END AS what, 'confirmed' AS outcome, 'fact' AS basis
    FROM syslog WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(118|198|116|196|41700|41710)"') GROUP BY "id.orig_h", "id.resp_h", CAST(ts AS DATE)
    UNION ALL
    SELECT min(t.ts), max(t.ts_last), flatten(list(t.records))[:50], sum(t.connections), t.receiver, t.sender, 'health check', 'a machine of the estate read ' || round(sum(t.octets) / 1e6, 1) || ' MB from the store, and none of it left the estate; it looks like a check', 'observed', 'inference'
    FROM transfers t JOIN usual u ON u.store = t.sender
    WHERE t.way = 'from store' AND t.receiver IN ${ESTATE} AND t.octets >= greatest($floor_octets, $share * u.octets)
      AND NOT EXISTS (SELECT 1 FROM transfers o WHERE o.sender = t.receiver AND o.receiver <> t.sender AND o.way IN ('from estate', 'to outside', 'between stores', 'to store') AND o.octets >= 0.3 * t.octets AND o.ts BETWEEN t.ts - INTERVAL 1 HOUR AND t.ts_last + INTERVAL 1 HOUR)
    GROUP BY t.receiver, t.sender, CAST(CAST(t.ts AS TIMESTAMP) - INTERVAL 12 HOUR AS DATE)`,
  explanation: "{source} checked backups on {target}: {what}.",
  falsePositives: ["Reading before a copy that was not captured"],
  references: ["https://helpcenter.veeam.com/docs/vbr/userguide/backup_health_check.html"],
  blindTo: [],
  samples: [
    { capture: "health-check.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
