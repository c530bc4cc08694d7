import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";
import { RESTORES } from "./restores.ts";

export const drillLeaks: Detection = {
  id: "BT-DR-008",
  title: "Restored machine talks to the Internet or production",
  phase: "drill",
  attack: ["T1078", "T1090"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 200, hours: 72 },
  query: `
${RESTORES}, target AS (
      SELECT DISTINCT unnest(addresses) AS address, plan FROM drill_plans
      UNION ALL SELECT address, NULL FROM lab WHERE address NOT IN (SELECT unnest(addresses) FROM drill_plans)
    ), begun AS (
      SELECT receiver, min(ts) AS ts FROM restore GROUP BY receiver
    ), beyond AS (
      SELECT c.rid, c.ts, c."id.orig_h" AS source, c."id.resp_h" AS target, c."id.resp_p" AS port, c.service, coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS octets, t.plan, c.resp_pkts > 0 AS answered
      FROM conn c JOIN target t ON t.address = c."id.orig_h" JOIN begun b ON b.receiver = c."id.orig_h"
      WHERE c.ts > b.ts AND c."id.resp_h" NOT IN ${ESTATE} AND c."id.resp_h" NOT IN (SELECT address FROM target) AND c."id.resp_p" NOT IN (53, 67, 123, 137, 138, 1900, 5353, 5355) AND (t.plan IS NOT NULL OR c.ts < b.ts + to_hours(CAST($hours AS INTEGER)))
        AND c."id.resp_h" NOT IN (SELECT unnest(addresses) FROM drill_plans)
    )
    SELECT min(b.ts) AS ts, max(b.ts) AS ts_last, list(b.rid ORDER BY b.ts)[:50] AS records, count(*) AS count, b.source, b.target, list(DISTINCT b.port ORDER BY b.port) AS ports, sum(b.octets) AS octets, CASE WHEN min(a.internal) THEN 'in production' ELSE 'outside' END AS place,
           coalesce(min(b.plan), 'restore') AS plan_text, CASE WHEN bool_or(b.answered) THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN min(b.plan) IS NULL THEN 'low' WHEN bool_or(b.answered) AND NOT min(a.internal) THEN 'high' ELSE 'medium' END AS severity
    FROM beyond b JOIN assets a ON a.address = b.target GROUP BY b.source, b.target HAVING sum(b.octets) >= $octets OR NOT bool_or(b.answered)`,
  explanation:
    "{source}, to which the drill {plan_text} restored, contacted {target} {place} ({count} connections, port {ports}, {octets}); a compromised image may have been started.",
  falsePositives: ["A laboratory that may reach the Internet"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "drill-leaks.rows", findings: 1 },
    { capture: "restore-drills.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
