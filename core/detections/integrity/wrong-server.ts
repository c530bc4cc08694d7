import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";
import { CHANGED_IDENTITIES } from "./identities.ts";

export const wrongServer: Detection = {
  id: "BT-IN-021",
  title: "Backup stream answered by the wrong server",
  phase: "integrity",
  attack: ["T1557", "T1565.002"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { seen: 2, window_hours: 1 },
  // A store of the estate keeps its address and shows another key, certificate or card. A card alone may be the other half of a pair; a
  // certificate is told by subject and issuer, so that a renewal is no change.
  query: `
    WITH change AS (SELECT * FROM ${CHANGED_IDENTITIES} WHERE seen >= $seen AND host IN ${ESTATE} AND attribute NOT LIKE 'iSCSI%'), joined AS (
      SELECT *, count(DISTINCT attribute) OVER (PARTITION BY host, time_bucket(to_hours($window_hours), CAST(ts AS TIMESTAMP))) AS together FROM change
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, flatten(list(records ORDER BY ts))[:50] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, host AS target, min(attribute) AS object,
           list(DISTINCT attribute || ' ' || "is" || ' instead of ' || was) AS changes, 'confirmed' AS outcome,
           CASE WHEN count(DISTINCT attribute) >= 2 AND bool_or(attribute = 'network card') THEN 'critical' WHEN bool_and(attribute IN ('network card', 'DHCP name and card')) THEN 'medium' ELSE 'high' END AS severity
    FROM joined GROUP BY host, time_bucket(to_hours($window_hours), CAST(ts AS TIMESTAMP))`,
  explanation: "From then on the address {target} presents {changes}; backups that went there went to whoever that is.",
  falsePositives: ["A certificate of a new authority", "A fail-over pair", "A replaced machine"],
  references: ["https://attack.mitre.org/techniques/T1557/"],
  blindTo: [{ text: "servers on another link, whose network card is not seen", query: null }],
  samples: [
    { capture: "server-exchanged.rows", findings: 1 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
