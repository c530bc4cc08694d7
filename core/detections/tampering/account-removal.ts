import type { Detection } from "../detection.ts";
import { onlyUnread, SEALED } from "../sql.ts";
import { OUTCOME } from "./ledger-sql.ts";

/** Names of accounts that backups run under, or of those who run backups. */
const BACKUP_ACCOUNT =
  "(?i)(backup|veeam|vbr|netbackup|nbu|commvault|rubrik|cohesity|acronis|arcserve|bacula|bareos|restic|(^|[._-])bkp?([._-]|$))";

export const accountRemoval: Detection = {
  id: "BT-TI-039",
  title: "Backup accounts disabled, locked or deleted",
  phase: "tampering",
  attack: ["T1531"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["ldap|dce_rpc|kerberos|ntlm"],
  learningDays: 0,
  parameters: { locked: 2 },
  // Accounts are those that wrote or deleted archives in the evidence, or whose names say backup. userAccountControl bit 2 is ACCOUNTDISABLE
  // [MS-ADTS] 2.2.16; SamrDeleteUser is 35 [MS-SAMR] 3.1.5.7.3.
  query: `
    WITH used AS (
      SELECT DISTINCT lower(regexp_replace(regexp_replace(actor, '^.*\\\\', ''), '@.*$', '')) AS account FROM archive_op WHERE operation IN ('write', 'delete') AND outcome = 'granted' AND actor IS NOT NULL
    ), act AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", CASE WHEN result = 'success' THEN 'confirmed' WHEN result IS NULL THEN 'attempted' ELSE 'refused' END AS outcome,
             lower(regexp_extract(coalesce(dn, object), '^[A-Za-z]+=([^,]+)', 1)) AS account,
             CASE WHEN regexp_matches(opcode, '(?i)^del') THEN 'deleted' ELSE 'disabled' END AS deed, false AS hidden
      FROM ldap
      WHERE regexp_matches(opcode, '(?i)^del') OR (regexp_matches(opcode, '(?i)^modif')
        AND list_bool_or([TRY_CAST(regexp_extract(v, '(?i)^userAccountControl=(\\d+)$', 1) AS BIGINT) & 2 = 2 FOR v IN "values"]))
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", "user", outcome, lower(target_name), 'deleted', ${SEALED} FROM dce_rpc WHERE endpoint = 'samr' AND opnum = 35
    ), locked AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, lower(regexp_extract(client, '^([^/]+)', 1)) AS account FROM kerberos WHERE nt_status = 'STATUS_ACCOUNT_LOCKED_OUT'
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", lower(username) FROM smb_sessions WHERE status = 'STATUS_ACCOUNT_LOCKED_OUT'
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", a.account AS object, ${OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed' AND NOT hidden) THEN deed ELSE 'asked for what would have ' || deed END || ' the account ' || a.account || CASE WHEN bool_and(outcome = 'refused') THEN ', and was refused,' ELSE '' END AS did, ${onlyUnread("hidden")} AS unread, CASE WHEN bool_or(outcome = 'confirmed') THEN 'high' ELSE 'medium' END AS severity
    FROM act a LEFT JOIN used u ON u.account = a.account WHERE u.account IS NOT NULL OR regexp_matches(a.account, '${BACKUP_ACCOUNT}')
    GROUP BY source, target, "user", a.account, deed, outcome
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(DISTINCT l.account) AS count, CASE WHEN count(DISTINCT source) = 1 THEN min(source) END AS source, target, CAST(NULL AS VARCHAR) AS "user",
           min(l.account) AS object, 'confirmed' AS outcome, 'met the locked accounts ' || array_to_string(list(DISTINCT l.account ORDER BY l.account)[:5], ', ') AS did, 'medium' AS severity
    FROM locked l LEFT JOIN used u ON u.account = l.account WHERE u.account IS NOT NULL OR regexp_matches(l.account, '${BACKUP_ACCOUNT}')
    GROUP BY target, CAST(ts AS DATE) HAVING count(DISTINCT l.account) >= $locked`,
  explanation: "{user} on {source} {did} at {target}.",
  falsePositives: ["Provisioning"],
  references: ["https://attack.mitre.org/techniques/T1531/", "MS-ADTS 2.2.16", "MS-SAMR 3.1.5.7.3"],
  blindTo: [
    {
      text: "directory traffic that is sealed",
      query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" IN (636, 3269)`,
    },
  ],
  samples: [
    { capture: "backup-account-disabled.rows", findings: 1 },
    { capture: "ldap-openldap.pcapng", findings: 0 },
  ],
};
