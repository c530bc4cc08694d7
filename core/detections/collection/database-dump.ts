import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";

/** Databases in which backup products keep their configuration. */
const BACKUP_DATABASE =
  "(?i)(veeam|vbr|backupexec|bedb|commserv|netbackup|nbdb|emm_data|rubrik|cohesity|nakivo|bacula|bareos|avamar|networker|acronis|arcserve|unitrends)";

export const databaseDump: Detection = {
  id: "BT-CO-008",
  title: "Large result set from the configuration database",
  phase: "collection",
  attack: ["T1213.006"],
  severity: "medium",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 5000000, usual_days: 4 },
  // A session of anybody but the backup software with a database of its configuration, known by its role or its name, that brought back much, or that copied out tables.
  query: `
    WITH holder AS (
      SELECT address FROM asset_roles WHERE role = 'config-database' AND confidence >= 0.6
    ), named AS (
      SELECT uid, min(coalesce(username, hostname)) AS "user", min(database) AS database FROM tds_login GROUP BY uid
      UNION ALL SELECT uid, min("user"), min(database) FROM postgresql GROUP BY uid
      UNION ALL SELECT uid, min("user"), min(database) FROM mysql GROUP BY uid
    ), copied AS (
      SELECT uid, list(rid ORDER BY rid)[:10] AS rids, min(statement) AS statement FROM (
        SELECT uid, rid, left(query, 120) AS statement FROM tds WHERE request = 'bulk_load' OR regexp_matches(coalesce(query, ''), '(?i)(\\bbcp\\b|openrowset|bulk\\s+insert|backup\\s+database|for\\s+xml)')
        UNION ALL SELECT uid, rid, left(coalesce(statement, frontend_arg), 120) FROM postgresql WHERE regexp_matches(coalesce(statement, frontend_arg, ''), '(?i)^\\s*copy\\b.*\\bto\\b') OR coalesce(copy_octets, 0) > 0
        UNION ALL SELECT uid, rid, left(arg, 120) FROM mysql WHERE regexp_matches(coalesce(arg, ''), '(?i)(into\\s+outfile|SQL_NO_CACHE \\*)')) GROUP BY uid
    ), session AS (
      SELECT c.ts, c.rid, c.uid, c."id.orig_h" AS source, c."id.resp_h" AS target, coalesce(c.resp_bytes, 0) AS received, n."user", n.database, k.rids, k.statement
      FROM conn c LEFT JOIN named n ON n.uid = c.uid LEFT JOIN copied k ON k.uid = c.uid
      WHERE c.proto = 'tcp' AND (c."id.resp_p" IN (1433, 5432, 3306) OR n.uid IS NOT NULL) AND c."id.orig_h" NOT IN ${BACKUP_ACTORS} AND c."id.orig_h" <> c."id.resp_h" AND (c."id.resp_h" IN (SELECT address FROM holder) OR regexp_matches(coalesce(n.database, ''), '${BACKUP_DATABASE}'))
    ), pair AS (
      SELECT source, target, count(DISTINCT CAST(ts AS DATE)) AS days FROM session GROUP BY ALL
    )
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.received DESC)[:20] || flatten(list(coalesce(s.rids, [])))[:20] AS records, count(*) AS count, s.source, s.target, min(s."user") AS "user", coalesce(min(s.database), 'a configuration database') AS database, min(s.database) AS object, sum(s.received) AS received_octets, 'confirmed' AS outcome,
           CASE WHEN min(s.statement) IS NOT NULL THEN ', with statements that copy tables out (' || min(s.statement) || ')' ELSE '' END AS statement_text, CASE WHEN min(s.statement) IS NOT NULL THEN 'fact' ELSE 'inference' END AS basis
    FROM session s JOIN pair p ON p.source = s.source AND p.target = s.target
    WHERE p.days < $usual_days GROUP BY s.source, s.target, CAST(s.ts AS DATE) HAVING sum(s.received) >= $octets OR min(s.statement) IS NOT NULL`,
  explanation: "{source} pulled {received_octets} from {database} on {target}{statement_text}.",
  falsePositives: ["Reports"],
  references: ["https://attack.mitre.org/techniques/T1213/006/"],
  blindTo: [],
  samples: [
    { capture: "database-pull.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
