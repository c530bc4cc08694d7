import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE } from "../sql.ts";

export const databaseDestruction: Detection = {
  id: "BT-TI-042",
  title: "Destructive statement on the configuration database",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["tds|postgresql|mysql"],
  learningDays: 0,
  parameters: {},
  // A backup service deletes single rows all day, with a condition. Whole tables and databases, or a table emptied without one, are another matter.
  query: `
    WITH program AS (SELECT uid, min(appname) AS appname FROM tds_login GROUP BY uid), statement AS (
      SELECT t.rid, t.ts, t."id.orig_h" AS source, t."id.resp_h" AS target, username AS "user", t.database, query AS text, success, appname FROM tds t LEFT JOIN program p ON p.uid = t.uid WHERE query IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", "user", database, coalesce(frontend_arg, statement), success, application_name FROM postgresql WHERE coalesce(frontend_arg, statement) IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", "user", database, coalesce(statement, arg), success, NULL FROM mysql WHERE cmd IN ('query', 'stmt_execute', 'drop_db') AND coalesce(statement, arg) IS NOT NULL
    ), destructive AS (
      SELECT *, CASE
        WHEN regexp_matches(text, '(?i)\\bDROP\\s+(DATABASE|SCHEMA|TABLE)\\s') AND NOT regexp_matches(text, '(?i)\\bDROP\\s+TABLE\\s+(IF\\s+EXISTS\\s+)?[\\[\`"]?(#|tmp|temp|batch\\b|del)') THEN 'drop'
        WHEN regexp_matches(text, '(?i)(^|;)\\s*TRUNCATE\\s') THEN 'truncate'
        WHEN regexp_matches(text, '(?i)\\bALTER\\s+DATABASE\\b.*\\bSET\\s+(OFFLINE|EMERGENCY)') THEN 'offline'
        WHEN regexp_matches(text, '(?i)(^|;)\\s*DELETE\\s+FROM\\s') AND NOT regexp_matches(text, '(?i)\\bWHERE\\b') THEN 'delete all' END AS kind,
        regexp_matches(coalesce(database, '') || ' ' || text, '(?i)(veeam|backup|bareos|bacula|netbackup|nbdb|commvault|commserv|bedb|arcserve|nakivo|urbackup|restore_?points?|\\boibs?\\b|repositor|\\b(b?jobs?|storages?|media|volumes?)\\b)') AS is_backup
      FROM statement
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", coalesce(database, 'the server') AS object, list(trim(regexp_replace(text[:160], '\\s+', ' ', 'g')) ORDER BY ts)[:5] AS statements,
           CASE WHEN bool_or(success) THEN 'confirmed' WHEN bool_and(success = false) THEN 'refused' ELSE 'attempted' END AS outcome, CASE WHEN bool_or(success) THEN 'ran' ELSE 'tried to run' END AS did,
           CASE WHEN target IN ${ESTATE} AND bool_or(success) THEN 'critical' WHEN bool_or(is_backup AND kind IN ('drop', 'offline') AND regexp_matches(coalesce(database, '') || ' ' || regexp_extract(text, '(?i)\\bDATABASE\\s+(?:IF\\s+EXISTS\\s+)?(\\S+)', 1), '(?i)veeam|backup|bareos|bacula|commvault|netbackup')) THEN 'high'
                WHEN bool_or(is_backup) THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN source IN ${BACKUP_ACTORS} AND bool_and(kind IN ('delete all', 'truncate')) AND NOT bool_or(regexp_matches(coalesce(appname, ''), '(?i)sqlcmd|management studio|psql|dbeaver|azure data|heidi|osql'))
                THEN 'The backup service empties tables of its own' END AS explained
    FROM destructive WHERE kind IS NOT NULL AND (is_backup OR target IN ${ESTATE})
    GROUP BY source, target, "user", database, CAST(ts AS DATE), success`,
  explanation: "{user} from {source} {did} on {object} of {target}: {statements}.",
  falsePositives: ["Repair directed by the vendor"],
  references: ["https://attack.mitre.org/techniques/T1485/", "MS-TDS", "PostgreSQL protocol 3.0"],
  blindTo: [
    {
      text: "logins after which the database traffic is encrypted",
      query: "SELECT count(*) AS n FROM tds_login WHERE server_encryption IN ('on', 'required')",
    },
  ],
  samples: [
    { capture: "tds.pcapng", findings: 2 },
    { capture: "mysql.pcapng", findings: 1 },
    { capture: "ldap-openldap.pcapng", findings: 0 },
  ],
};
