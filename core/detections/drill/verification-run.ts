import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const verificationRun: Detection = {
  id: "BT-DR-005",
  title: "Automated verification run (virtual laboratory)",
  phase: "drill",
  attack: [],
  severity: "info",
  confidence: 0.85,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { minutes: 240, probes: 3 },
  query: `
    WITH event AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, regexp_extract(message, 'instanceId="([0-9]+)"', 1) AS number, message FROM syslog
      WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(310|350|351|360|361|390)"')
    ), mount_of AS (
      SELECT rid, ts, "id.orig_h" AS host, "id.resp_h" AS store FROM nfs WHERE "id.resp_h" IN ${ESTATE} AND operation NOT IN ('NULL') AND "id.orig_h" IN (SELECT address FROM asset_roles WHERE role = 'hypervisor' AND confidence >= 0.6)
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h" FROM iscsi WHERE success AND session_type = 'Normal' AND "id.resp_h" IN ${ESTATE} AND "id.orig_h" IN (SELECT address FROM asset_roles WHERE role = 'hypervisor' AND confidence >= 0.6)
    ), mounted AS (
      SELECT host, store, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:20] AS records FROM mount_of GROUP BY ALL
    ), probe AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, ts FROM estate_conn WHERE proto = 'icmp' AND "id.orig_h" IN ${ESTATE} AND "id.resp_h" NOT IN ${ESTATE}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, 'verification' AS object, count(*) FILTER (number IN ('350', '351', '360', '361')) || ' machines were tested, ' ||
           count(*) FILTER (number IN ('350', '351', '360', '361') AND regexp_matches(message, '(?i)(failed|error)')) || ' of them failed, as the events of the backup software say' AS what, 'confirmed' AS outcome, 'fact' AS basis
    FROM event GROUP BY source, target, CAST(ts AS DATE)
    UNION ALL
    SELECT m.ts, max(p.ts), m.records, count(*), m.host, m.store, 'verification', 'the hypervisor mounted the store, then ' || count(DISTINCT p.target) || ' machines were probed from the estate; it looks like a verification run', 'observed', 'inference'
    FROM mounted m JOIN probe p ON p.ts BETWEEN m.ts AND m.ts + to_minutes(CAST($minutes AS BIGINT)) GROUP BY m.host, m.store, m.ts, m.records HAVING count(*) >= $probes`,
  explanation: "A verification run was seen between {source} and {target}: {what}.",
  falsePositives: ["None known"],
  references: ["https://helpcenter.veeam.com/docs/vbr/events/"],
  blindTo: [],
  samples: [
    { capture: "verification-events.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
