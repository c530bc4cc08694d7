import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";
import { CHANGED_IDENTITIES } from "./identities.ts";

export const clientIdentity: Detection = {
  id: "BT-IN-020",
  title: "Same client backed up with a different machine identity",
  phase: "integrity",
  attack: ["T1565.002", "T1036"],
  severity: "medium",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { n: 2, seen: 2, window_hours: 24 },
  query: `
    WITH client AS (
      SELECT DISTINCT "id.orig_h" AS host FROM archive_op WHERE operation = 'write' AND outcome = 'granted'
      UNION SELECT DISTINCT address FROM asset_roles WHERE role = 'agent' AND confidence >= 0.6
    ), change AS (
      SELECT c.* FROM ${CHANGED_IDENTITIES} c JOIN client l ON l.host = c.host WHERE seen >= $seen AND c.host NOT IN ${ESTATE}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, flatten(list(records ORDER BY ts))[:50] AS records, count(DISTINCT attribute) AS count, CAST(NULL AS VARCHAR) AS source, host AS target, host AS object,
           list(DISTINCT attribute || ' ' || "is" || ' instead of ' || was) AS changes, 'confirmed' AS outcome
    FROM change GROUP BY host HAVING count(DISTINCT attribute) >= $n AND max(ts) - min(ts) <= to_hours($window_hours)`,
  explanation: "The backup client {target} appeared with a different identity: {changes}.",
  falsePositives: ["Reinstallation", "Migration to new hardware"],
  references: ["https://attack.mitre.org/techniques/T1036/"],
  blindTo: [{ text: "clients on another link, whose network card is not seen", query: null }],
  samples: [
    { capture: "client-exchanged.rows", findings: 1 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
