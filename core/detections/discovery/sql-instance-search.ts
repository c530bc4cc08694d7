import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS } from "../sql.ts";

export const sqlInstanceSearch: Detection = {
  id: "BT-DI-011",
  title: "SQL Server instance discovery",
  phase: "discovery",
  attack: ["T1046"],
  severity: "low",
  confidence: 0.6,
  basis: "fact",
  needs: ["tds_browser|tds_login"],
  learningDays: 0,
  parameters: { hosts: 5, minutes: 10 },
  // [MC-SQLR] 2.2: CLNT_BCAST_EX 02 and CLNT_UCAST_EX 03; or the first message of TDS to many hosts, and no login after it.
  query: `
    WITH asked AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, request = 'broadcast' AS is_broad, coalesce(instances, []) AS instances FROM tds_browser
      WHERE request IN ('broadcast', 'enumerate') OR request IS NULL
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", false, [] FROM tds_login WHERE username IS NULL AND NOT coalesce(uses_sspi, false) AND coalesce(server_encryption, '') <> 'required' AND success IS NULL
    ), host AS (
      SELECT source, target, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:20] AS rids, bool_or(is_broad) AS is_broad, flatten(list(instances)) AS instances
      FROM asked WHERE source NOT IN ${BACKUP_ACTORS} AND source NOT IN ${ADMIN_HOSTS} GROUP BY 1, 2, 3
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM host
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, source, CASE WHEN count(*) = 1 THEN min(target) END AS target, count(*) AS count,
           list_sort(list_distinct(flatten(list(instances)))) AS instances, CASE WHEN len(flatten(list(instances))) > 0 THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM dense GROUP BY source, day HAVING bool_or(is_broad) OR bool_or(reached)`,
  explanation: "{source} searched for SQL Server instances at {count} addresses; told were: {instances}.",
  falsePositives: ["Client tools with a list of servers"],
  references: ["MC-SQLR 2.2"],
  blindTo: [],
  samples: [
    { capture: "sql-instance-search.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
