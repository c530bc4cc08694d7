import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE } from "../sql.ts";

export const backupExecAgent: Detection = {
  id: "BT-IA-006",
  title: "Backup Exec agent called by a stranger (CVE-2021-27876, 27877, 27878)",
  phase: "initial-access",
  attack: ["T1190", "T1210", "T1569"],
  severity: "critical",
  confidence: 0.9,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: {},
  // The agent speaks NDMP; authentication type 5 (SHA) and the vendor's messages 0xF308 (open a file by path) and 0xF30F (run a command) are those of the flaws.
  query: `
    WITH asked AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, ts, rid, outcome,
             CASE WHEN operation = 'BACKUP_EXEC_EXECUTE' THEN 'asked for a command to be run'
                  WHEN operation = 'BACKUP_EXEC_OPEN' THEN 'asked for a file to be opened by its path'
                  ELSE 'asked to be let in by the retired SHA scheme' END AS did,
             operation IN ('BACKUP_EXEC_EXECUTE', 'BACKUP_EXEC_OPEN') AS is_act
      FROM ndmp
      WHERE operation IN ('BACKUP_EXEC_EXECUTE', 'BACKUP_EXEC_OPEN') OR (auth_type = '5' AND "id.orig_h" NOT IN ${BACKUP_ACTORS})
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, list_aggregate(list(DISTINCT did ORDER BY did), 'string_agg', ', ') AS did,
           CASE WHEN NOT bool_or(is_act) OR bool_and(outcome = 'refused') FILTER (is_act) THEN 'medium' ELSE 'critical' END AS severity, 'fact' AS basis, CASE WHEN bool_or(is_act) THEN 0.9 ELSE 0.6 END AS confidence,
           CASE WHEN coalesce(bool_or(outcome = 'granted') FILTER (is_act), bool_or(outcome = 'granted')) THEN 'confirmed'
                WHEN coalesce(bool_and(outcome = 'refused') FILTER (is_act), bool_and(outcome = 'refused')) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM asked GROUP BY source, target
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), "id.orig_h", "id.resp_h",
           'opened ' || count(*) || ' connections, which is left to the backup server', 'medium', 'inference', 0.5, 'attempted'
    FROM conn
    WHERE proto = 'tcp' AND "id.resp_p" = 10000 AND orig_bytes > 0 AND resp_bytes > 0 AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      AND uid IN (SELECT uid FROM backup_product WHERE product ILIKE '%backup exec%')
      AND EXISTS (SELECT 1 FROM asset_roles WHERE role = 'backup-server' AND confidence >= 0.6)
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation: "{source} called the Backup Exec agent on {target} and {did}.",
  falsePositives: ["Very old Backup Exec servers that still use SHA"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-27877"],
  blindTo: [{ text: "messages inside the agent's own TLS", query: null }],
  samples: [
    { capture: "backup-exec-agent.rows", findings: 1 },
    { capture: "ndmp.pcapng", findings: 0 },
  ],
};
