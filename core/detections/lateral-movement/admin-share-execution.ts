import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, beginningText, SEALED } from "../sql.ts";
import { CONSOLE_PIPES, PIPES_AFTER, PROGRAM_PIPES, RUNS_BY_PIPES } from "./console-pipes.ts";

/** Technique of what was used to run something, by its name in the query. */
const TECHNIQUE_OF_METHOD = `CASE method WHEN 'a service' THEN 'T1569.002' WHEN 'a scheduled task' THEN 'T1053.005' WHEN 'a COM object' THEN 'T1021.003' ELSE 'T1047' END`;

/** Libraries where the system and installed programs look for theirs. */
const SYSTEM_LIBRARY = "(?i)\\\\(admin\\$|windows|program files[^\\\\]*)\\\\.*\\.dll$";

/** What was asked for there. */
const ASKED = `CASE WHEN method NOT IN ('a service', 'a scheduled task') THEN 'use ' ELSE concat_ws(' and ', CASE WHEN bool_or(creates) THEN 'create' END, CASE WHEN bool_or(NOT creates) THEN 'start' END) || ' ' END || method`;

/** What was done with it there: what was answered with success in clear, or only asked for. */
const DONE = `CASE WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) to ' || ${ASKED}
  WHEN NOT coalesce(bool_or(outcome = 'confirmed'), false) THEN 'asked (success was not seen) to ' || ${ASKED}
  WHEN NOT coalesce(bool_or(outcome = 'confirmed' AND NOT hidden), false) THEN 'asked (in sealed calls) to ' || ${ASKED}
  WHEN method NOT IN ('a service', 'a scheduled task') THEN 'used ' || method
  ELSE concat_ws(' and ', CASE WHEN bool_or(creates AND outcome = 'confirmed' AND NOT hidden) THEN 'created' END, CASE WHEN bool_or(NOT creates AND outcome = 'confirmed' AND NOT hidden) THEN 'started' END) || ' ' || method END || ' there'`;

/** Whether what was written is known to have been run, or to have been asked for with success. */
const IS_DONE = `(coalesce(bool_or(outcome = 'confirmed' AND NOT hidden), false) OR coalesce(bool_or(has_console OR has_pipe), false))`;

export const adminShareExecution: Detection = {
  id: "BT-LM-004",
  title: "Admin-share write followed by remote execution",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1570"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { minutes: 10, habit_hours: 18, sealed_octets: 20_000 },
  query: `
    WITH written AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts) AS rid, CAST(ts AS DATE) AS day, bool_or(create_action IN ('OVERWRITTEN', 'SUPERSEDED')) AS was_there,
             path || '\\' || name AS file, lower(regexp_extract(name, '[^\\\\]+$')) AS base, regexp_matches(path || '\\' || name, '${SYSTEM_LIBRARY}') AS is_library
      FROM smb_operations
      WHERE (bytes_written > 0 OR create_action IN ('CREATED', 'OVERWRITTEN', 'SUPERSEDED')) AND outcome = 'confirmed'
        AND coalesce(is_dir, false) = false
        AND name IS NOT NULL AND regexp_matches(path, '${ADMIN_SHARE_PATTERN}')
      GROUP BY ALL
    ), content AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, path, name, max(bytes_written) AS octets, min(CASE WHEN coalesce(bytes_read, 0) = 0 THEN ${beginningText("magic", "bytes_written")} END) AS text
      FROM smb_operations WHERE action = 'transfer' AND bytes_written > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}') GROUP BY ALL
    ), habit AS (
      SELECT source, lower(name) AS name FROM written GROUP BY 1, 2 HAVING max(ts_last) - min(ts) >= to_hours($habit_hours)
    ), execution AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", target_name, command, outcome, ${SEALED} AS hidden,
             (endpoint = 'svcctl' AND opnum IN (12, 24, 44, 45, 60)) OR (endpoint = 'ITaskSchedulerService' AND opnum = 1) OR endpoint = 'atsvc' AS creates, endpoint IN ('IWbemLevel1Login', 'IRemoteSCMActivator', 'ISystemActivator') AS is_start, CASE
          WHEN endpoint = 'svcctl' THEN 'a service'
          WHEN endpoint IN ('ITaskSchedulerService', 'atsvc') THEN 'a scheduled task'
          WHEN endpoint IN ('IRemoteSCMActivator', 'ISystemActivator') THEN 'a COM object'
          ELSE 'WMI' END AS method
      FROM dce_rpc
      WHERE (endpoint = 'svcctl' AND opnum IN (12, 19, 24, 31, 44, 45, 60))
         OR (endpoint = 'ITaskSchedulerService' AND opnum IN (1, 12))
         OR (endpoint = 'atsvc' AND opnum = 0)
         OR (endpoint = 'IWbemServices' AND opnum IN (24, 25))
         OR (endpoint = 'IWbemLevel1Login' AND opnum = 6)
         OR (endpoint IN ('IRemoteSCMActivator', 'ISystemActivator') AND opnum IN (3, 4))
    ), console AS (${CONSOLE_PIPES}
    ), pipe AS (${PROGRAM_PIPES}
    ), shown AS (${PIPES_AFTER("SELECT rid, source, target, ts FROM execution WHERE method = 'a service' AND outcome IS DISTINCT FROM 'refused'", "60 * $minutes")}
    ), admin_mapping AS (
      SELECT uid, session_id, min(path) AS path FROM smb_mapping WHERE encrypted AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}') GROUP BY ALL
    ), sealed_upload AS (
      -- What was written may be more than what is counted here by the framing of its messages only.
      SELECT o.ts, o.rid, o."id.orig_h" AS source, o."id.resp_h" AS target, o."user", o.bytes_written, m.path
      FROM smb_operations o LEFT JOIN admin_mapping m ON m.uid = o.uid AND m.session_id = o.session_id
      WHERE o.action = 'sealed' AND o.bytes_written >= $sealed_octets
    ), beside AS (
      SELECT *, count(upload) OVER near > 0 AS has_upload, count(rid) OVER near > 0 AS has_run
      FROM (SELECT * FROM execution WHERE NOT is_start UNION ALL BY NAME SELECT rid AS upload, source, target, ts FROM sealed_upload)
      WINDOW near AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN 60000000000 * CAST($minutes AS BIGINT) PRECEDING AND 60000000000 * CAST($minutes AS BIGINT) FOLLOWING)
    ), used AS (
      SELECT source, target, method, ${DONE} AS done, list(rid ORDER BY ts, rid)[:50] AS rids, ${TECHNIQUE_OF_METHOD} AS technique
      FROM beside WHERE rid IS NOT NULL AND has_upload GROUP BY source, target, method
    ), beside_pair AS (
      SELECT source, target, min(method) AS method, string_agg(done, ' and ' ORDER BY method) AS done, flatten(list(rids ORDER BY method))[:50] AS rids, list(technique ORDER BY technique) AS techniques FROM used GROUP BY source, target
    ), open AS (
      -- Until when something that was written up to then can be what runs: any file, and a library where the system looks for it.
      SELECT source, target, base, ts, max(ts_last + to_minutes($minutes)) AS any_until, max(ts_last + to_minutes($minutes)) FILTER (is_library) AS library_until FROM written GROUP BY source, target, base, ts
    ), open_so_far AS (
      SELECT source, target, ts, max(max(any_until)) OVER up_to AS any_until, max(max(library_until)) OVER up_to AS library_until FROM open GROUP BY source, target, ts WINDOW up_to AS (PARTITION BY source, target ORDER BY ts)
    ), ran AS (
      -- A log-on to WMI or a new object runs nothing by itself, but loads a library that lies where the system looks for it.
      SELECT e.*, lower(coalesce(e.command, '')) AS text, s.until, coalesce(s.has_console, false) AS has_console, coalesce(s.has_pipe, false) AS has_pipe
      FROM execution e ASOF JOIN open_so_far o ON o.source = e.source AND o.target = e.target AND e.ts >= o.ts LEFT JOIN shown s ON s.rid = e.rid
      WHERE e.ts <= CASE WHEN e.is_start THEN o.library_until ELSE o.any_until END
    ), brought AS (
      SELECT w.*, x.octets, x.text
      FROM (SELECT k.method, k.is_start, w.* FROM written w JOIN (SELECT DISTINCT source, target, method, is_start FROM execution) k ON k.source = w.source AND k.target = w.target AND (w.is_library OR NOT k.is_start)) w
      ASOF JOIN (SELECT DISTINCT source, target, method, is_start, ts FROM execution) e ON e.source = w.source AND e.target = w.target AND e.method = w.method AND e.is_start = w.is_start AND e.ts >= w.ts
      LEFT JOIN content x ON x.source = w.source AND x.target = w.target AND x.path = w.path AND x.name = w.name
      WHERE e.ts <= w.ts_last + to_minutes($minutes)
    ), base_so_far AS (
      SELECT source, target, base, ts, max(any_until) OVER up_to AS any_until, max(library_until) OVER up_to AS library_until FROM open WINDOW up_to AS (PARTITION BY source, target, base ORDER BY ts)
    ), mention AS (
      -- Texts and names, each once.
      SELECT t.source, t.target, t.text, b.base FROM (SELECT DISTINCT source, target, text FROM ran WHERE method <> 'a service' AND outcome IS DISTINCT FROM 'refused') t
      JOIN (SELECT DISTINCT source, target, base FROM open WHERE base <> '') b ON b.source = t.source AND b.target = t.target AND contains(t.text, b.base)
    ), named AS (
      SELECT DISTINCT r.source, r.target, r.method
      FROM (SELECT r.*, m.base FROM ran r JOIN mention m ON m.source = r.source AND m.target = r.target AND m.text = r.text WHERE r.method <> 'a service' AND r.outcome IS DISTINCT FROM 'refused') r
      ASOF JOIN base_so_far o ON o.source = r.source AND o.target = r.target AND o.base = r.base AND r.ts >= o.ts
      WHERE r.ts <= CASE WHEN r.is_start THEN o.library_until ELSE o.any_until END
    ), acts AS (
      SELECT source, target, method, min(ts) AS ts, max(ts) AS ts_last, max(until) AS until, list(rid ORDER BY ts, rid)[:100] AS rids, min("user") AS "user", list(DISTINCT command) FILTER (command IS NOT NULL) AS ran,
             list(DISTINCT concat_ws(': ', target_name, command) ORDER BY concat_ws(': ', target_name, command)) FILTER (target_name IS NOT NULL OR command IS NOT NULL) AS what,
             ${DONE} AS done, ${IS_DONE} AS is_done, bool_or(outcome = 'confirmed' AND NOT hidden) AS is_confirmed, bool_or(outcome = 'confirmed') AS is_answered, bool_and(outcome = 'refused') AS is_refused,
             coalesce(bool_or(NOT creates AND outcome = 'confirmed' AND NOT hidden), false) AS is_started, bool_or(creates) AS creates, bool_or(creates AND outcome IS DISTINCT FROM 'refused') AS creates_it, bool_and(is_start) AS is_start,
             bool_or(has_console) AS has_console, bool_or(has_pipe) AS has_pipe
      FROM ran GROUP BY source, target, method
    ), files AS (
      SELECT source, target, method, min(ts) AS ts, list(DISTINCT rid ORDER BY rid)[:50] AS rids, first("user" ORDER BY ts, rid) FILTER ("user" IS NOT NULL) AS "user", list(DISTINCT file ORDER BY file) AS files,
             max(octets) AS octets, bool_or(was_there) AS was_there, min(text) AS text, bool_or(is_library) AS has_library,
             bool_and(regexp_matches(name, '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(name)) IN (SELECT (source, name) FROM habit)) AS is_own
      FROM brought GROUP BY source, target, method
    )
    SELECT f.ts, greatest(e.ts_last, e.until) AS ts_last, list_concat(f.rids, e.rids) AS records,
           f.source, f.target, coalesce(f."user", e."user") AS "user", f.method, f.files,
           CASE WHEN len(f.files) > 1 THEN '' ELSE coalesce(' (' || nullif(trim(concat_ws('', formatReadableDecimalSize(CAST(f.octets AS BIGINT)), CASE WHEN was_there THEN ' over a file that was there' END, ': \`' || f.text || '\`')), '') || ')', '') END AS size_text,
           e.ran, f.files[1] AS object,
           -- A library where the system looks for it, and a service that was there is started: it loads the library.
           list_append([${TECHNIQUE_OF_METHOD}], CASE WHEN NOT creates AND (method = 'a service' OR is_start) AND has_library THEN 'T1574.001' END) AS attack,
           'and ' || CASE WHEN e.ts - f.ts < INTERVAL 1 SECOND THEN 'less than a second' WHEN e.ts - f.ts < INTERVAL 2 MINUTE THEN CAST(date_diff('second', f.ts, e.ts) AS VARCHAR) || ' s' ELSE CAST(date_diff('minute', f.ts, e.ts) AS VARCHAR) || ' min' END
             || ' later ' || done || coalesce(': ' || list_aggregate(what[:3], 'string_agg', '; '), CASE WHEN method = 'WMI' THEN '; what it ran is not readable' ELSE '; its name and command are not readable' END)
             || CASE WHEN (has_console OR has_pipe) AND NOT is_started THEN ${RUNS_BY_PIPES("has_console", "has_pipe")}
                     WHEN is_answered AND NOT is_done THEN '; whether it ran is not known, as the answer is sealed too' ELSE '' END AS then_text,
           -- The file was written, whatever came of the rest: only where that was done too is there one outcome for both.
           CASE WHEN is_confirmed THEN 'confirmed' ELSE 'observed' END AS outcome, false AS unread, 'fact' AS basis, 0.95 AS confidence,
           CASE WHEN is_refused THEN 'medium' WHEN creates_it OR n.method IS NOT NULL THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN NOT is_done THEN 'Admin-share write, then remote execution asked for' END AS title,
           CASE WHEN is_refused THEN 'Severity medium: what was to run it was refused'
                WHEN creates_it OR n.method IS NOT NULL THEN 'Severity critical: ' || CASE WHEN n.method IS NOT NULL THEN 'what was run names the file that was written' ELSE 'a service or task was created right after it, as tools of remote execution do' END
                ELSE 'Severity high and not critical: that it was the written file which ran was not seen' END AS note,
           CASE WHEN f.source IN ${BACKUP_ACTORS} AND is_own THEN 'A backup server or proxy copies the components of its own software to the machines it protects and starts them' END AS explained
    FROM files f JOIN acts e USING (source, target, method) LEFT JOIN named n USING (source, target, method)
    UNION ALL
    SELECT min(u.ts), max(u.ts), list_concat(list(u.rid ORDER BY u.ts, u.rid)[:50], coalesce(min(b.rids), [])), u.source, u.target, min(u."user"), coalesce(min(b.method), 'nothing that can be read'),
           ['some ' || CAST(round(sum(u.bytes_written) / 1000) AS BIGINT) || ' kB inside an encrypted session' || coalesce(' (share ' || min(u.path) || ')', '')], '', NULL, NULL, min(b.techniques),
           'and ' || coalesce(min(b.done), 'nothing else that can be read') || '; this fits a program that is copied and run, but only sizes and order are seen',
           'attempted', NULL, 'inference',
           CASE WHEN count(b.source) > 0 THEN 0.55 ELSE 0.45 END,
           CASE WHEN count(b.source) > 0 THEN 'high' ELSE 'medium' END,
           'Encrypted SMB session shaped like a program copied and run', NULL, CASE WHEN u.source IN ${BACKUP_ACTORS} THEN 'A backup server or proxy copies data to and from the machines it protects' END
    FROM sealed_upload u LEFT JOIN beside_pair b ON b.source = u.source AND b.target = u.target
    WHERE u.rid IN (SELECT upload FROM beside WHERE has_run) OR u.path IS NOT NULL
    GROUP BY u.source, u.target`,
  explanation: "{user} on {source} wrote {files}{size_text} on {target} {then_text}.",
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
    { capture: "commvault-at-work.rows", findings: 0 },
    { capture: "sealed-program-copy.rows", findings: 1 },
  ],
};
