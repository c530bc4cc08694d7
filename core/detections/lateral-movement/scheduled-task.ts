import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN } from "../sql.ts";

export const scheduledTask: Detection = {
  id: "BT-LM-006",
  title: "Remote scheduled task",
  phase: "lateral-movement",
  attack: ["T1053.005", "T1053.002", "T1021.002"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 2 },
  // [MS-TSCH] 3.2.5: atsvc NetrJobAdd 0; ITaskSchedulerService SchRpcRegisterTask 1, SchRpcRun 12, SchRpcDelete 13, SchRpcEnableTask 19.
  query: `
    WITH registration AS (
      SELECT * FROM dce_rpc
      WHERE (endpoint = 'ITaskSchedulerService' AND opnum = 1) OR (endpoint = 'atsvc' AND opnum = 0)
    ), follow AS (
      SELECT rid, ts, opnum, "id.orig_h" AS client, "id.resp_h" AS server FROM dce_rpc
      WHERE endpoint = 'ITaskSchedulerService' AND opnum IN (12, 13)
    ), joined AS (
      SELECT r.ts, r.rid, r."id.orig_h" AS source, r."id.resp_h" AS target, r."user", r.outcome, r.target_name, r.command, r.operation,
             max(f.ts) AS followed, list(f.rid ORDER BY f.ts) FILTER (f.rid IS NOT NULL) AS follows,
             coalesce(bool_or(f.opnum = 12), false) AS ran, coalesce(bool_or(f.opnum = 13), false) AS deleted
      FROM registration r
      LEFT JOIN follow f ON f.client = r."id.orig_h" AND f.server = r."id.resp_h"
                        AND f.ts BETWEEN r.ts AND r.ts + to_minutes($minutes)
      GROUP BY ALL
    )
    SELECT ts, coalesce(followed, ts) AS ts_last, list_concat([rid], coalesce(follows, [])) AS records, source, target, "user",
           coalesce(target_name, CASE WHEN command IS NULL THEN '(name sealed)' ELSE '(unnamed)' END) AS task,
           coalesce(command, 'a command that is not readable') AS program,
           CASE WHEN target_name IS NULL AND command IS NULL THEN NULL ELSE concat_ws(': ', target_name, command) END AS object,
           concat(CASE WHEN ran THEN ', ran it' ELSE '' END, CASE WHEN deleted THEN ' and deleted it' ELSE '' END) AS after_text,
           CASE WHEN ran AND deleted THEN 'critical' ELSE 'high' END AS severity, outcome, operation, command AS ran,
           CASE outcome WHEN 'confirmed' THEN 'registered' WHEN 'refused' THEN 'asked (and was refused) to register' ELSE 'asked to register' END AS did,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND regexp_matches(concat_ws(' ', target_name, command), '${BACKUP_COMPONENT_PATTERN}')
                THEN 'A backup server or proxy schedules the tasks of its own software on the machines it protects' END AS explained
    FROM joined`,
  explanation: "{user} on {source} {did} task {task} on {target} ({operation}), which runs {program}{after_text}.",
  falsePositives: ["Central task management"],
  references: ["https://attack.mitre.org/techniques/T1053/005/", "MS-TSCH 3.2.5"],
  blindTo: [
    { text: "calls inside SMB3 encryption", query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'" },
  ],
  samples: [
    { capture: "scheduled-task.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
