import type { Detection } from "../detection.ts";
import { ESTATE, KNOWS_BACKUP_SERVER } from "../sql.ts";

export const credentialTablePostgresql: Detection = {
  id: "BT-CA-007",
  title: "PostgreSQL read of backup credentials",
  phase: "credential-access",
  attack: ["T1555", "T1213.006"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["postgresql"],
  learningDays: 0,
  parameters: {},
  query: `
    WITH asked AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(statement, frontend_arg) AS sql, "rows", success FROM postgresql
      WHERE regexp_matches(coalesce(statement, frontend_arg, ''), '(?i)(\\bfrom\\s+(\\[?VeeamBackup\\w*\\]?\\.)?(\\[?dbo\\]?\\.|public\\.|\"public\"\\.)?[\\[\"]?(credentials|smbsharesinfo|hostcreds|sshcreds|cloudcredentials|dbo_credentials|bpcredentials|app_credentials|encryptionkeys?|ldap_?passwords?|user_credentials)[\\]\"]?\\b|\\[?dbo\\]?\\.\\[?Credentials\\b)')
    ), login AS (
      SELECT uid, min("user") AS "user", min("database") AS "database" FROM postgresql WHERE "database" IS NOT NULL GROUP BY uid
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:100] AS records, count(*) AS count, a.source, a.target, min(l."user") AS "user", coalesce(min(l."database"), 'a database whose name was not seen') AS object,
           min(a.sql) AS statement, sum(a."rows") AS rows_read,
           CASE WHEN ${KNOWS_BACKUP_SERVER} THEN 'critical' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(a.success) THEN 'read' WHEN bool_and(a.success = false) THEN 'asked (and was refused) to read' ELSE 'asked to read' END AS did,
           CASE WHEN bool_or(a.success) THEN 'confirmed' WHEN bool_and(a.success = false) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM asked a LEFT JOIN login l ON l.uid = a.uid
    WHERE (regexp_matches(coalesce(l."database", ''), '(?i)(veeam|backup|bacula|bareos|commserv|nakivo|rubrik)') OR a.target IN ${ESTATE})
      AND a.source NOT IN (SELECT address FROM asset_roles WHERE role = 'backup-server' AND confidence >= 0.6)
    GROUP BY a.source, a.target, a.success`,
  explanation:
    "{user} on {source} {did} the credential table of {object} on {target} ({statement}); rows that came back: {rows_read}.",
  falsePositives: ["Database maintenance"],
  references: ["https://attack.mitre.org/techniques/T1555/"],
  blindTo: [{ text: "statements inside TLS", query: 'SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 5432' }],
  samples: [
    { capture: "credential-table.rows", findings: 1 },
    { capture: "postgresql.pcapng", findings: 0 },
  ],
};
