import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import {
  ADMIN_SHARE_PATTERN,
  BACKUP_ACTORS,
  BACKUP_COMPONENT_PATTERN,
  beginningText,
  inOrder,
  SEALED,
} from "../sql.ts";

/** Whether a task was run or deleted within some time after it was registered; NULL if nobody asked for it. */
const followed = (opnum: string, done: string, todo: string): string =>
  `CASE WHEN bool_or(opnum = ${opnum} AND result = 'confirmed') OVER within THEN '${done} it' WHEN bool_or(opnum = ${opnum} AND result = 'unread') OVER within THEN 'asked to ${todo} it (the answer is sealed)'
    WHEN bool_or(opnum = ${opnum} AND result = 'refused') OVER within THEN 'asked (and was refused) to ${todo} it' WHEN bool_or(opnum = ${opnum}) OVER within THEN 'asked (success was not seen) to ${todo} it' END`;

/** Calls, and files, that the records of a finding hold. */
const NAMED = 50;

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
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY client, server ORDER BY ts, rid) AS nr FROM follow
    ), fetched AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.name, concat_ws('\\', s.path, s.name) AS file, s.bytes_read, ${beginningText("s.magic", "s.bytes_read")} AS text FROM smb_operations s
      WHERE s.action = 'transfer' AND s.bytes_read > 0 AND s.name IS NOT NULL AND regexp_matches(coalesce(s.path, ''), '${ADMIN_SHARE_PATTERN}')
        AND (s."id.orig_h", s."id.resp_h", s.path, s.name) NOT IN (SELECT ("id.orig_h", "id.resp_h", path, name) FROM smb_operations WHERE bytes_written > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}'))
    ), joined AS (
      SELECT r.ts, r.rid, r."id.orig_h" AS source, r."id.resp_h" AS target, r."user", r.outcome, r.target_name, r.command, r.operation, r.endpoint = 'atsvc' AS is_atsvc, r.is_unbound, r.hidden, coalesce(r.outcome = 'confirmed', false) AND r.hidden AS unread,
             lower(coalesce(r.command, '')) AS text, f.* EXCLUDE (task)
      FROM registration r JOIN (
        SELECT task, max(CASE WHEN nr IS NOT NULL THEN ts END) OVER within AS followed, min(nr) OVER within AS first_follow, max(nr) OVER within AS last_follow,
               coalesce(bool_or(opnum = 12) OVER within, false) AS ran, coalesce(bool_or(opnum = 13) OVER within, false) AS deleted,
               ${followed("12", "ran", "run")} AS ran_text, ${followed("13", "deleted", "delete")} AS deleted_text
        FROM (SELECT * FROM numbered UNION ALL BY NAME SELECT rid AS task, ts, "id.orig_h" AS client, "id.resp_h" AS server FROM registration)
        WINDOW within AS (PARTITION BY client, server ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 60000000000 * CAST($minutes AS BIGINT) FOLLOWING)
      ) f ON f.task = r.rid
    ), called AS (
      SELECT c.task, ${inOrder("{ nr: n.nr, rid: n.rid }")} AS follows
      FROM (SELECT rid AS task, source, target, unnest(range(first_follow, least(last_follow, first_follow + ${NAMED - 1}) + 1)) AS nr FROM joined) c
      JOIN numbered n ON n.client = c.source AND n.server = c.target AND n.nr = c.nr GROUP BY c.task
    ), file AS (
      -- Each under its own name, and among all.
      SELECT *, row_number() OVER (PARTITION BY source, target, key ORDER BY ts, rid) AS nr
      FROM (SELECT * EXCLUDE (base), unnest(['=' || base, '*']) AS key FROM (SELECT *, lower(regexp_extract(name, '[^\\\\]+$')) AS base FROM fetched))
    ), mention AS (
      -- Texts and names, each once.
      SELECT t.source, t.target, t.text, k.key FROM (SELECT DISTINCT source, target, text FROM joined WHERE outcome = 'confirmed') t
      JOIN (SELECT DISTINCT source, target, key FROM file WHERE starts_with(key, '=')) k ON k.source = t.source AND k.target = t.target AND contains(t.text, substr(k.key, 2))
    ), brought AS (
      SELECT * FROM (
        SELECT task, source, target, key, min(CASE WHEN nr IS NOT NULL THEN { ts: ts, rid: rid, file: file, text: text } END) OVER within AS first, count(DISTINCT file) OVER within AS files, sum(bytes_read) OVER within AS octets,
               max(CASE WHEN nr IS NOT NULL THEN ts END) OVER within AS ts, min(nr) OVER within AS nr_from, max(nr) OVER within AS nr_to
        FROM (SELECT * FROM file
          UNION ALL BY NAME SELECT j.rid AS task, j.source, j.target, j.ts, m.key FROM joined j JOIN mention m ON m.source = j.source AND m.target = j.target AND m.text = j.text WHERE j.outcome = 'confirmed'
          UNION ALL BY NAME SELECT rid AS task, source, target, ts, '*' AS key FROM joined WHERE outcome = 'confirmed')
        WINDOW within AS (PARTITION BY source, target, key ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 60000000000 * CAST($minutes AS BIGINT) FOLLOWING)
      ) WHERE task IS NOT NULL AND nr_from IS NOT NULL
    ), written AS (
      -- A command that names the file wrote it; where the command is sealed, the file is one that the caller did not bring.
      SELECT *, key <> '*' AS named FROM brought QUALIFY named OR NOT bool_or(named) OVER (PARTITION BY task)
    ), written_rids AS (
      SELECT w.task, ${inOrder("{ ts: f.ts, rid: f.rid }")}[:${NAMED}] AS rids
      FROM (SELECT task, source, target, key, unnest(range(nr_from, least(nr_to, nr_from + ${NAMED - 1}) + 1)) AS nr FROM written) w JOIN file f USING (source, target, key, nr) GROUP BY w.task
    ), output AS (
      SELECT task, min(first).file AS file, min(first).text AS text, CAST(sum(files) AS BIGINT) AS files, sum(octets) AS octets, max(ts) AS ts, min(r.rids) AS rids, bool_or(named) AS is_named FROM written JOIN written_rids r USING (task) GROUP BY task
    )
    SELECT j.ts, coalesce(greatest(followed, o.ts), followed, o.ts, j.ts) AS ts_last, list_concat([j.rid], coalesce(c.follows, []), coalesce(o.rids, [])) AS records, source, target, "user",
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
    FROM joined j LEFT JOIN called c ON c.task = j.rid LEFT JOIN output o ON o.task = j.rid`,
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
