import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

/** Databases in which backup products keep their configuration and credentials. */
const DATABASE =
  "(?i)^(veeam.*|backupreporting|commserv.*|cvcloud|bedb|bkupexec.*|nbdb.*|nbaz.*|bareos|bacula.*|urbackup|mcdb|avamar.*|nakivo.*|asdb|arcserve.*|dpmdb.*|acronis.*|cohesity.*|vbo.*|ndb_.*|networker.*)$";
/** Programs with which a person asks a database. */
const TOOL =
  "(?i)(sqlcmd|osql|isql|management studio|ssms|azure data studio|azdata|query|dbeaver|heidisql|psql|pgadmin|navicat|toad|datagrip|mssqlclient|impacket|pymssql|python|jdbc|ole ?db|\\.net sqlclient|powershell|invoke-sql|powerupsql|sqlrecon|dbatools|tds)";

export const configurationDatabase: Detection = {
  id: "BT-AD-007",
  title: "Direct access to the configuration database",
  phase: "admin-access",
  attack: ["T1213.006", "T1555"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  query: `
    WITH log_in AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(database, '') AS database, coalesce(appname, '') AS app, username AS "user", hostname AS client_host_name, success FROM tds_login
      UNION ALL
      SELECT min(ts), arg_min(rid, ts), uid, "id.orig_h", "id.resp_h", coalesce(min(database), ''), coalesce(min(application_name), ''), min("user"), NULL, CASE WHEN bool_or(backend = 'auth_ok') THEN true WHEN bool_or(backend = 'error') THEN false END
      FROM postgresql GROUP BY uid, "id.orig_h", "id.resp_h"
      UNION ALL
      SELECT min(ts), arg_min(rid, ts), uid, "id.orig_h", "id.resp_h", min(database), '', min(username), NULL, bool_or(success)
      FROM tds WHERE uid NOT IN (SELECT uid FROM tds_login) GROUP BY uid, "id.orig_h", "id.resp_h"
    ), told AS (
      SELECT l.*, regexp_matches(database, '${DATABASE}') AS is_backup, regexp_matches(app, '${TOOL}') AS is_tool,
             target IN (SELECT address FROM asset_roles WHERE role = 'config-database' AND confidence >= 0.6) AS has_role
      FROM log_in l WHERE source <> target
    ), sealed AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target FROM estate_conn
      WHERE proto = 'tcp' AND "id.resp_p" IN (1433, 5432) AND orig_bytes > 200 AND resp_bytes > 200 AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role = 'config-database' AND confidence >= 0.6)
        AND uid NOT IN (SELECT uid FROM log_in)
    ), access AS (
      SELECT ts, rid, source, target, database, app, "user", success, is_backup, is_tool, 'fact' AS basis FROM told WHERE is_backup OR has_role
      UNION ALL SELECT ts, rid, source, target, '', '', NULL, NULL, false, false, 'inference' FROM sealed
    ), pair AS (
      SELECT source, target, min(ts) AS first_ts FROM access GROUP BY ALL
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:50] AS records, count(*) AS count, a.source, a.target, min(a."user") AS "user",
           min(nullif(a.database, '')) AS object, coalesce(min(nullif(a.database, '')), 'a database whose name is not readable') AS database, coalesce(min(nullif(a.app, '')), 'a program that is not named') AS app,
           max(a.basis) AS basis, CASE WHEN max(a.basis) = 'inference' THEN 0.5 WHEN bool_or(a.is_tool) THEN 0.85 ELSE 0.7 END AS confidence,
           CASE WHEN bool_or(a.success) THEN 'confirmed' WHEN bool_and(a.success = false) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN a.source IN ${ADMIN_HOSTS} OR (${HAS_HISTORY} AND min(p.first_ts) <= ${LEARNED_UNTIL}) THEN 'info'
                WHEN ${HAS_HISTORY} THEN 'high' WHEN bool_or(a.is_backup AND a.is_tool) THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN a.source IN ${BACKUP_ACTORS} AND NOT bool_or(a.is_tool AND regexp_matches(a.app, '(?i)(sqlcmd|osql|management studio|psql|pgadmin|dbeaver|heidisql|azure data)')) THEN 'A backup server uses its own configuration database' END AS explained
    FROM access a JOIN pair p ON p.source = a.source AND p.target = a.target GROUP BY a.source, a.target, a.success`,
  explanation:
    "{user} {connected|to connect} from {source} with {app} to {database} on {target}, where a backup product keeps its configuration.",
  falsePositives: [
    "Database administrators in maintenance",
    "Monitoring and reporting of the backup product on a machine of its own",
  ],
  references: ["https://attack.mitre.org/techniques/T1213/006/", "MS-TDS 2.2.6.4"],
  blindTo: [
    {
      text: "log-ins that TLS hides",
      query: `SELECT count(*) AS n FROM tds_login WHERE username IS NULL AND server_encryption IN ('on', 'required')`,
    },
  ],
  samples: [
    { capture: "database-by-hand.rows", findings: 1 },
    { capture: "database-of-the-server.rows", findings: 0 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
