import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN } from "../sql.ts";

export const adminShareExecution: Detection = {
  id: "BT-LM-004",
  title: "Admin-share write followed by remote execution",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1570", "T1569.002", "T1047", "T1053.005"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations", "dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 10, habit_hours: 18 },
  query: `
    WITH written AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts) AS rid, CAST(ts AS DATE) AS day
      FROM smb_operations
      WHERE (bytes_written > 0 OR create_action IN ('CREATED', 'OVERWRITTEN', 'SUPERSEDED')) AND outcome = 'confirmed'
        AND coalesce(is_dir, false) = false
        AND name IS NOT NULL AND regexp_matches(path, '${ADMIN_SHARE_PATTERN}')
      GROUP BY ALL
    ), habit AS (
      SELECT source, lower(name) AS name FROM written GROUP BY 1, 2 HAVING max(ts_last) - min(ts) >= to_hours($habit_hours)
    ), execution AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", target_name, command, CASE
          WHEN endpoint = 'svcctl' THEN 'a service'
          WHEN endpoint IN ('ITaskSchedulerService', 'atsvc') THEN 'a scheduled task'
          ELSE 'WMI' END AS method
      FROM dce_rpc
      WHERE (endpoint = 'svcctl' AND opnum IN (12, 19, 24, 31, 44, 45, 60))
         OR (endpoint = 'ITaskSchedulerService' AND opnum IN (1, 12))
         OR (endpoint = 'atsvc' AND opnum = 0)
         OR (endpoint = 'IWbemServices' AND opnum IN (24, 25))
    ), pair AS (
      SELECT w.source, w.target, coalesce(w."user", e."user") AS "user", w.path, w.name, w.ts AS written_at, w.rid AS written_rid,
             e.method, e.rid, e.ts, e.target_name, e.command
      FROM written w JOIN execution e
        ON e.source = w.source AND e.target = w.target AND e.ts BETWEEN w.ts AND w.ts + to_minutes($minutes)
    )
    SELECT min(written_at) AS ts, max(ts) AS ts_last,
           list_concat(list(DISTINCT written_rid ORDER BY written_rid)[:50], list(rid ORDER BY ts)[:100]) AS records,
           source, target, any_value("user") AS "user", method,
           list(DISTINCT path || '\\' || name ORDER BY path || '\\' || name) AS files,
           list(DISTINCT command) FILTER (command IS NOT NULL) AS ran, min(path || '\\' || name) AS object,
           (epoch_ns(min(ts)) - epoch_ns(min(written_at))) / 1e9 AS delay_seconds, 'confirmed' AS outcome,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND bool_and(regexp_matches(name, '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(name)) IN (SELECT (source, name) FROM habit))
                THEN 'A backup server or proxy copies the components of its own software to the machines it protects and starts them' END AS explained
    FROM pair GROUP BY source, target, method`,
  explanation: "{user} on {source} wrote {files} on {target} and {delay_seconds} later used {method} there.",
  falsePositives: ["Software deployment servers"],
  references: ["https://attack.mitre.org/techniques/T1021/002/"],
  blindTo: [
    {
      text: "files and calls inside SMB3 encryption",
      query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'",
    },
  ],
  samples: [
    { capture: "admin-share-write.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
