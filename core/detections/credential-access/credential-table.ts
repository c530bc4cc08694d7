import type { Detection } from "../detection.ts";
import { KNOWS_BACKUP_SERVER } from "../sql.ts";

export const credentialTable: Detection = {
  id: "BT-CA-006",
  title: "SQL read of a backup product's credential table",
  phase: "credential-access",
  attack: ["T1555", "T1213.006"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["tds"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(username) AS "user",
           coalesce(min("database"), 'its database') AS object, min(query) AS statement, sum("rows") AS rows_read,
           CASE WHEN ${KNOWS_BACKUP_SERVER} THEN 'critical' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(success) THEN 'queried' WHEN bool_and(success = false) THEN 'asked (and was refused) to query' ELSE 'asked to query' END AS did,
           CASE WHEN bool_or(success) THEN 'confirmed' WHEN bool_and(success = false) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM tds
    WHERE regexp_matches(query, '(?i)(\\bfrom\\s+(\\[?VeeamBackup\\w*\\]?\\.)?(\\[?dbo\\]?\\.|public\\.|\"public\"\\.)?[\\[\"]?(credentials|smbsharesinfo|hostcreds|sshcreds|cloudcredentials|dbo_credentials|bpcredentials|app_credentials|encryptionkeys?|ldap_?passwords?|user_credentials)[\\]\"]?\\b|\\[?dbo\\]?\\.\\[?Credentials\\b)')
      AND (regexp_matches(query, '(?i)(veeambackup|password|user_name)') OR regexp_matches(coalesce("database", ''), '(?i)(veeam|backup|bedb|commserv|arcserve)'))
      AND "id.orig_h" NOT IN (SELECT address FROM asset_roles WHERE role = 'backup-server' AND confidence >= 0.6)
    GROUP BY "id.orig_h", "id.resp_h", success`,
  explanation:
    "{user} on {source} {did} the credential table of {object} on {target} ({statement}); rows that came back: {rows_read}.",
  falsePositives: ["Vendor support"],
  references: ["https://attack.mitre.org/techniques/T1555/", "MS-TDS 2.2.6"],
  blindTo: [
    {
      text: "statements inside TLS",
      query:
        "SELECT count(*) AS n FROM tds_login WHERE client_encryption IN ('on', 'required') OR server_encryption IN ('on', 'required')",
    },
  ],
  samples: [
    { capture: "credential-table.rows", findings: 1 },
    { capture: "tds.pcapng", findings: 0 },
  ],
};
