import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, beginningText, SEALED } from "../sql.ts";

/** Whether a task was run or deleted after it was registered, over the calls that follow; NULL if none asked for it. */
const followed = (opnum: string, done: string, todo: string): string =>
  `CASE WHEN bool_or(f.opnum = ${opnum} AND f.result = 'confirmed') THEN '${done} it' WHEN bool_or(f.opnum = ${opnum} AND f.result = 'unread') THEN 'asked to ${todo} it (the answer is sealed)'
    WHEN bool_or(f.opnum = ${opnum} AND f.result = 'refused') THEN 'asked (and was refused) to ${todo} it' WHEN bool_or(f.opnum = ${opnum}) THEN 'asked (success was not seen) to ${todo} it' END`;

export const scheduledTask: Detection = {
  id: "BT-LM-006",
  title: "Remote scheduled task",
  phase: "lateral-movement",
  attack: ["T1053.005", "T1021.002"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 2 },
  // [MS-TSCH] 3.2.5: atsvc NetrJobAdd 0; ITaskSchedulerService SchRpcRegisterTask 1, SchRpcRun 12, SchRpcDelete 13, SchRpcEnableTask 19.
  query: `
    WITH unbound AS (
      SELECT uid FROM dce_rpc WHERE endpoint = 'unknown' AND object_uuid IS NULL GROUP BY uid
      HAVING bool_or(opnum = 1 AND request_octets >= 600) AND bool_or(opnum = 12) AND max(opnum) <= 20
    ), registration AS (
      -- NetrJobAdd names the server, not the job.
      SELECT * REPLACE (CASE WHEN endpoint = 'atsvc' THEN NULL ELSE target_name END AS target_name), endpoint = 'unknown' AS is_unbound, ${SEALED} AS hidden FROM dce_rpc
      WHERE (endpoint = 'ITaskSchedulerService' AND opnum = 1) OR (endpoint = 'atsvc' AND opnum = 0)
         OR (endpoint = 'unknown' AND opnum = 1 AND uid IN (SELECT uid FROM unbound))
    ), follow AS (
      SELECT rid, ts, opnum, "id.orig_h" AS client, "id.resp_h" AS server, CASE WHEN outcome = 'confirmed' AND ${SEALED} THEN 'unread' ELSE outcome END AS result FROM dce_rpc
      WHERE opnum IN (12, 13) AND (endpoint = 'ITaskSchedulerService' OR (endpoint = 'unknown' AND uid IN (SELECT uid FROM unbound)))
    ), fetched AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.name, concat_ws('\\', s.path, s.name) AS file, s.bytes_read, ${beginningText("s.magic", "s.bytes_read")} AS text FROM smb_operations s
      WHERE s.action = 'transfer' AND s.bytes_read > 0 AND s.name IS NOT NULL AND regexp_matches(coalesce(s.path, ''), '${ADMIN_SHARE_PATTERN}')
        AND (s."id.orig_h", s."id.resp_h", s.path, s.name) NOT IN (SELECT ("id.orig_h", "id.resp_h", path, name) FROM smb_operations WHERE bytes_written > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}'))
    ), joined AS (
      SELECT r.ts, r.rid, r."id.orig_h" AS source, r."id.resp_h" AS target, r."user", r.outcome, r.target_name, r.command, r.operation, r.endpoint = 'atsvc' AS is_atsvc, r.is_unbound, r.hidden, coalesce(r.outcome = 'confirmed', false) AND r.hidden AS unread,
             max(f.ts) AS followed, list(f.rid ORDER BY f.ts) FILTER (f.rid IS NOT NULL) AS follows,
             coalesce(bool_or(f.opnum = 12), false) AS ran, coalesce(bool_or(f.opnum = 13), false) AS deleted,
             ${followed("12", "ran", "run")} AS ran_text, ${followed("13", "deleted", "delete")} AS deleted_text
      FROM registration r
      LEFT JOIN follow f ON f.client = r."id.orig_h" AND f.server = r."id.resp_h"
                        AND f.ts BETWEEN r.ts AND r.ts + to_minutes($minutes)
      GROUP BY ALL
    ), output AS (
      -- A command that names the file wrote it; where the command is sealed, the file is one that the caller did not bring.
      SELECT task, first(file ORDER BY ts, rid) AS file, first(text ORDER BY ts, rid) AS text, count(DISTINCT file) AS files, sum(bytes_read) AS octets, max(ts) AS ts, list(rid ORDER BY ts, rid)[:50] AS rids, bool_or(named) AS is_named
      FROM (
        SELECT j.rid AS task, f.*, contains(lower(coalesce(j.command, '')), lower(regexp_extract(f.name, '[^\\\\]+$'))) AS named
        FROM joined j JOIN fetched f ON f.source = j.source AND f.target = j.target AND f.ts BETWEEN j.ts AND j.ts + to_minutes($minutes) AND j.outcome = 'confirmed'
        QUALIFY named OR NOT bool_or(named) OVER (PARTITION BY task)
      ) GROUP BY task
    )
    SELECT j.ts, coalesce(greatest(followed, o.ts), followed, o.ts, j.ts) AS ts_last, list_concat([j.rid], coalesce(follows, []), coalesce(o.rids, [])) AS records, source, target, "user",
           CASE WHEN target_name IS NOT NULL THEN 'the task ' || target_name WHEN command IS NULL THEN 'a task (name ' || CASE WHEN hidden THEN 'sealed' ELSE 'not readable' END || ')' ELSE 'a task (unnamed)' END AS task,
           CASE WHEN command IS NULL THEN '' ELSE ', which is to run ' || coalesce(nullif(command, ''), 'an empty command') END AS program, CASE WHEN command IS NULL THEN '; what it is to do is not readable' ELSE '' END AS hidden_text,
           CASE WHEN target_name IS NULL AND command IS NULL THEN NULL ELSE concat_ws(': ', target_name, command) END AS object,
           coalesce(', ' || nullif(concat_ws(', ', ran_text, deleted_text), ''), '') AS after_text, unread AND NOT coalesce(o.is_named, false) AS unread,
           CASE WHEN o.file IS NULL THEN '' ELSE CASE WHEN o.is_named THEN '; what it wrote was fetched from ' ELSE '; then the same host read, without having written it there, ' END || o.file || CASE WHEN o.files > 1 THEN ' and ' || (o.files - 1) || ' more' ELSE '' END || ' (' || formatReadableDecimalSize(CAST(o.octets AS BIGINT)) || coalesce(CASE WHEN o.files > 1 THEN ', the first' ELSE ',' END || ' beginning with \`' || o.text || '\`', '') || ')' END AS output_text,
           CASE WHEN is_unbound THEN 'medium' WHEN ran AND deleted THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN is_unbound THEN 'Severity medium: the interface is concluded from the order of the calls' WHEN ran AND deleted THEN 'Severity critical: registering, running and deleting a task at once is how tools run a command and leave no task' END AS note, CASE WHEN is_unbound THEN 0.45 ELSE 0.85 END AS confidence,
           CASE WHEN is_unbound THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN is_unbound THEN 'by the order of its calls, as their bind was not captured' ELSE operation END AS how, outcome, operation, command AS ran, CASE WHEN is_atsvc THEN ['T1053.002'] END AS attack,
           CASE WHEN unread THEN 'asked to register' WHEN outcome = 'confirmed' AND is_unbound THEN 'seems to have registered' WHEN outcome = 'confirmed' THEN 'registered' WHEN outcome = 'refused' THEN 'asked (and was refused) to register' ELSE 'asked (success was not seen) to register' END AS did,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND regexp_matches(concat_ws(' ', target_name, command), '${BACKUP_COMPONENT_PATTERN}')
                THEN 'A backup server or proxy schedules the tasks of its own software on the machines it protects' END AS explained
    FROM joined j LEFT JOIN output o ON o.task = j.rid`,
  explanation: "{user} on {source} {did} {task} on {target} ({how}){program}{after_text}{hidden_text}{output_text}.",
  falsePositives: ["Central task management"],
  references: ["https://attack.mitre.org/techniques/T1053/005/", "MS-TSCH 3.2.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "scheduled-task.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "task-without-bind.rows", findings: 1 },
  ],
};
