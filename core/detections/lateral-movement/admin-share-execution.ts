import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, beginningText, SEALED } from "../sql.ts";
import { CONSOLE_PIPES, PROGRAM_PIPES, RUNS_BY_PIPES } from "./console-pipes.ts";

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
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts) AS rid, CAST(ts AS DATE) AS day, bool_or(create_action IN ('OVERWRITTEN', 'SUPERSEDED')) AS was_there
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
    ), lasting AS (
      SELECT e.rid, max(c.until) AS until, bool_or(c.came_back > 0) AS has_console FROM execution e JOIN console c ON c.source = e.source AND c.target = e.target AND c.ts BETWEEN e.ts AND e.ts + to_minutes($minutes)
      WHERE e.method = 'a service' AND e.outcome IS DISTINCT FROM 'refused' GROUP BY e.rid
    ), piped AS (
      SELECT DISTINCT e.rid FROM execution e JOIN pipe p ON p.source = e.source AND p.target = e.target AND p.ts BETWEEN e.ts AND e.ts + to_minutes($minutes)
      WHERE e.method = 'a service' AND e.outcome IS DISTINCT FROM 'refused'
    ), admin_mapping AS (
      SELECT uid, session_id, any_value(path) AS path FROM smb_mapping WHERE encrypted AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}') GROUP BY ALL
    ), sealed_upload AS (
      -- What was written may be more than what is counted here by the framing of its messages only.
      SELECT o.ts, o.rid, o."id.orig_h" AS source, o."id.resp_h" AS target, o."user", o.bytes_written, m.path
      FROM smb_operations o LEFT JOIN admin_mapping m ON m.uid = o.uid AND m.session_id = o.session_id
      WHERE o.action = 'sealed' AND o.bytes_written >= $sealed_octets
    ), beside AS (
      SELECT u.rid AS upload, e.* FROM sealed_upload u JOIN execution e
        ON NOT e.is_start AND e.source = u.source AND e.target = u.target AND e.ts BETWEEN u.ts - to_minutes($minutes) AND u.ts + to_minutes($minutes)
    ), used AS (
      SELECT source, target, method, ${DONE} AS done, list(rid ORDER BY ts, rid) AS rids, ${TECHNIQUE_OF_METHOD} AS technique
      FROM (SELECT DISTINCT * EXCLUDE (upload) FROM beside) GROUP BY source, target, method
    ), beside_pair AS (
      SELECT source, target, min(method) AS method, string_agg(done, ' and ' ORDER BY method) AS done, flatten(list(rids ORDER BY method))[:50] AS rids, list(technique ORDER BY technique) AS techniques FROM used GROUP BY source, target
    ), pair AS (
      SELECT w.source, w.target, coalesce(w."user", e."user") AS "user", w.path, w.name, w.ts AS written_at, w.rid AS written_rid, x.octets, w.was_there, x.text,
             e.method, e.rid, e.ts, e.target_name, e.command, e.outcome, e.hidden, e.creates, e.is_start, l.until, coalesce(l.has_console, false) AS has_console, e.rid IN (SELECT rid FROM piped) AS has_pipe,
             e.method <> 'a service' AND contains(lower(coalesce(e.command, '')), lower(regexp_extract(w.name, '[^\\\\]+$'))) AS names_file
      FROM written w JOIN execution e
        ON e.source = w.source AND e.target = w.target AND e.ts BETWEEN w.ts AND w.ts_last + to_minutes($minutes)
        -- A log-on to WMI or a new object runs nothing by itself, but loads a library that lies where the system looks for it.
        AND (NOT e.is_start OR regexp_matches(w.path || '\\' || w.name, '${SYSTEM_LIBRARY}'))
      LEFT JOIN lasting l ON l.rid = e.rid
      LEFT JOIN content x ON x.source = w.source AND x.target = w.target AND x.path = w.path AND x.name = w.name
    )
    SELECT min(written_at) AS ts, greatest(max(ts), max(until)) AS ts_last,
           list_concat(list(DISTINCT written_rid ORDER BY written_rid)[:50], list(rid ORDER BY ts)[:100]) AS records,
           source, target, any_value("user") AS "user", method,
           list(DISTINCT path || '\\' || name ORDER BY path || '\\' || name) AS files,
           CASE WHEN count(DISTINCT path || '\\' || name) > 1 THEN '' ELSE coalesce(' (' || nullif(trim(concat_ws('', formatReadableDecimalSize(CAST(max(octets) AS BIGINT)), CASE WHEN bool_or(was_there) THEN ' over a file that was there' END, ': \`' || min(text) || '\`')), '') || ')', '') END AS size_text,
           list(DISTINCT command) FILTER (command IS NOT NULL) AS ran, min(path || '\\' || name) AS object,
           -- A library where the system looks for it, and a service that was there is started: it loads the library.
           list_append([${TECHNIQUE_OF_METHOD}], CASE WHEN NOT bool_or(creates) AND (method = 'a service' OR bool_and(is_start)) AND bool_or(regexp_matches(path || '\\' || name, '${SYSTEM_LIBRARY}')) THEN 'T1574.001' END) AS attack,
           'and ' || CASE WHEN min(ts) - min(written_at) < INTERVAL 1 SECOND THEN 'less than a second' WHEN min(ts) - min(written_at) < INTERVAL 2 MINUTE THEN CAST(date_diff('second', min(written_at), min(ts)) AS VARCHAR) || ' s' ELSE CAST(date_diff('minute', min(written_at), min(ts)) AS VARCHAR) || ' min' END
             || ' later ' || ${DONE} || coalesce(': ' || list_aggregate((list(DISTINCT concat_ws(': ', target_name, command)) FILTER (target_name IS NOT NULL OR command IS NOT NULL))[:3], 'string_agg', '; '), CASE WHEN method = 'WMI' THEN '; what it ran is not readable' ELSE '; its name and command are not readable' END)
             || CASE WHEN bool_or(has_console OR has_pipe) AND NOT coalesce(bool_or(NOT creates AND outcome = 'confirmed' AND NOT hidden), false) THEN ${RUNS_BY_PIPES("bool_or(has_console)", "bool_or(has_pipe)")}
                     WHEN bool_or(outcome = 'confirmed') AND NOT ${IS_DONE} THEN '; whether it ran is not known, as the answer is sealed too' ELSE '' END AS then_text,
           -- The file was written, whatever came of the rest: only where that was done too is there one outcome for both.
           CASE WHEN bool_or(outcome = 'confirmed' AND NOT hidden) THEN 'confirmed' ELSE 'observed' END AS outcome, false AS unread, 'fact' AS basis, 0.95 AS confidence,
           CASE WHEN bool_and(outcome = 'refused') THEN 'medium' WHEN bool_or((creates OR names_file) AND outcome IS DISTINCT FROM 'refused') THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN NOT ${IS_DONE} THEN 'Admin-share write, then remote execution asked for' END AS title,
           CASE WHEN bool_and(outcome = 'refused') THEN 'Severity medium: what was to run it was refused'
                WHEN bool_or((creates OR names_file) AND outcome IS DISTINCT FROM 'refused') THEN 'Severity critical: ' || CASE WHEN bool_or(names_file AND outcome IS DISTINCT FROM 'refused') THEN 'what was run names the file that was written' ELSE 'a service or task was created right after it, as tools of remote execution do' END
                ELSE 'Severity high and not critical: that it was the written file which ran was not seen' END AS note,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND bool_and(regexp_matches(name, '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(name)) IN (SELECT (source, name) FROM habit))
                THEN 'A backup server or proxy copies the components of its own software to the machines it protects and starts them' END AS explained
    FROM pair GROUP BY source, target, method
    UNION ALL
    SELECT min(u.ts), max(u.ts), list_concat(list(u.rid ORDER BY u.ts, u.rid)[:50], coalesce(any_value(b.rids), [])), u.source, u.target, min(u."user"), coalesce(any_value(b.method), 'nothing that can be read'),
           ['some ' || CAST(round(sum(u.bytes_written) / 1000) AS BIGINT) || ' kB inside an encrypted session' || coalesce(' (share ' || min(u.path) || ')', '')], '', NULL, NULL, any_value(b.techniques),
           'and ' || coalesce(any_value(b.done), 'nothing else that can be read') || '; this fits a program that is copied and run, but only sizes and order are seen',
           'attempted', NULL, 'inference',
           CASE WHEN count(b.source) > 0 THEN 0.55 ELSE 0.45 END,
           CASE WHEN count(b.source) > 0 THEN 'high' ELSE 'medium' END,
           'Encrypted SMB session shaped like a program copied and run', NULL, CASE WHEN u.source IN ${BACKUP_ACTORS} THEN 'A backup server or proxy copies data to and from the machines it protects' END
    FROM sealed_upload u LEFT JOIN beside_pair b ON b.source = u.source AND b.target = u.target
    WHERE u.rid IN (SELECT upload FROM beside) OR u.path IS NOT NULL
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
