import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

/** Ports on which the products call what they installed on the machines they protect. */
const COMPONENT_PORTS =
  "1556, 5555, 5556, 6160, 6162, 6173, 7937, 7938, 8400, 8402, 9102, 9103, 10000, 11731, 12800, 12801, 13724, 13782, 35621, 35623";

export const agentDrivenByStranger: Detection = {
  id: "BT-LM-020",
  title: "Backup component service driven by a stranger",
  phase: "lateral-movement",
  attack: ["T1072", "T1210", "T1570"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: {},
  // By the port, and on any port by what the connection says of itself.
  query: `
    WITH call AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS octets, CASE
          WHEN "id.resp_p" IN (6160, 6162, 6173, 11731) THEN 'Veeam' WHEN "id.resp_p" IN (1556, 13724, 13782) THEN 'NetBackup'
          WHEN "id.resp_p" IN (8400, 8402) THEN 'Commvault' WHEN "id.resp_p" IN (7937, 7938) THEN 'NetWorker'
          WHEN "id.resp_p" = 10000 THEN 'Backup Exec or NDMP' WHEN "id.resp_p" IN (12800, 12801) THEN 'Rubrik'
          WHEN "id.resp_p" IN (9102, 9103) THEN 'Bacula or Bareos' WHEN "id.resp_p" IN (35621, 35623) THEN 'UrBackup' WHEN "id.resp_p" IN (5555, 5556) THEN 'Data Protector' END AS product
      FROM conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0
        AND "id.resp_p" IN (${COMPONENT_PORTS})
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", "id.resp_p", NULL, product FROM backup_product WHERE resp_role = 'protected host' AND confidence >= 0.75 AND "id.resp_p" NOT IN (${COMPONENT_PORTS})
    ), known AS (
      SELECT DISTINCT product, source FROM call WHERE product IS NOT NULL AND ts <= ${LEARNED_UNTIL}
    ), served AS (
      SELECT DISTINCT product, target FROM call WHERE product IS NOT NULL AND ts <= ${LEARNED_UNTIL}
    ), usual AS (
      SELECT product, target, list(DISTINCT source ORDER BY source) AS sources FROM call WHERE product IS NOT NULL AND ts <= ${LEARNED_UNTIL} GROUP BY ALL
    )
    SELECT min(c.ts) AS ts, max(c.ts) AS ts_last, list(c.rid ORDER BY c.ts)[:50] AS records, count(*) AS count, c.source, c.target, c.product,
           list(DISTINCT c.port ORDER BY c.port) AS ports, coalesce(sum(c.octets), 0) AS octets, min(u.sources) AS usual, 'confirmed' AS outcome
    FROM call c JOIN served s ON s.product = c.product AND s.target = c.target JOIN usual u ON u.product = c.product AND u.target = c.target
    WHERE c.ts > ${LEARNED_UNTIL} AND (c.product, c.source) NOT IN (SELECT (product, source) FROM known) AND c.source NOT IN ${ESTATE}
    GROUP BY c.source, c.target, c.product`,
  explanation:
    "{source} talked to the {product} component of {target} on port {ports} ({octets}); until then only {usual} did.",
  falsePositives: ["New media server or proxy"],
  references: ["https://attack.mitre.org/techniques/T1072/"],
  blindTo: [],
  samples: [
    { capture: "agent-called-by-stranger.rows", findings: 1 },
    { capture: "agent-nights.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
