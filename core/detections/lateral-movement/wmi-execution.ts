import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, beginningText, innerCommand, onlyUnread, SEALED } from "../sql.ts";

export const wmiExecution: Detection = {
  id: "BT-LM-007",
  title: "Remote WMI execution",
  phase: "lateral-movement",
  attack: ["T1047", "T1021.003"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 15 },
  // [MS-WMI] 3.1.4.3: ExecMethod 24 and ExecMethodAsync 25; the number stays readable when the call is sealed. Without
  // the bind: GetObject 6 and ExecMethod on one sealed object.
  query: `
    WITH unbound AS (
      SELECT uid, object_uuid FROM dce_rpc WHERE endpoint = 'unknown' AND object_uuid IS NOT NULL AND sealed GROUP BY ALL
      HAVING bool_or(opnum = 6) AND bool_or(opnum IN (24, 25)) AND min(opnum) >= 3 AND max(opnum) <= 25
    ), call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, target_name, outcome, sealed, ${SEALED} AS hidden, endpoint = 'unknown' AS is_unbound
      FROM dce_rpc WHERE opnum IN (24, 25) AND (endpoint = 'IWbemServices' OR (endpoint = 'unknown' AND (uid, object_uuid) IN (SELECT (uid, object_uuid) FROM unbound)))
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) AS number FROM paced
    ), said AS (
      SELECT *, target_name ILIKE 'Win32_Process.Create' AND command IS NOT NULL AS is_run, CASE WHEN target_name ILIKE 'Win32_Process.Create' AND command IS NOT NULL THEN ${innerCommand("command")} ELSE nullif(concat_ws(': ', target_name, command), '') END AS method,
             row_number() OVER (PARTITION BY source, target, "user", number, outcome, concat_ws(': ', target_name, command) ORDER BY ts) AS nth FROM run
    ), fetched AS (
      SELECT s."id.orig_h" AS source, s."id.resp_h" AS target, s.ts, s.rid, s.bytes_read, s.name, ${beginningText("s.magic", "s.bytes_read")} AS text, concat_ws('\\', s.path, s.name) AS file FROM smb_operations s
      WHERE s.action = 'transfer' AND s.bytes_read > 0 AND s.name IS NOT NULL AND regexp_matches(coalesce(s.path, ''), '${ADMIN_SHARE_PATTERN}')
        AND (s."id.orig_h", s."id.resp_h", s.path, s.name) NOT IN (SELECT ("id.orig_h", "id.resp_h", path, name) FROM smb_operations WHERE bytes_written > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}'))
    ), joined AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, "user",
             list(method ORDER BY ts) FILTER (method IS NOT NULL AND nth = 1) AS methods,
             first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command, list(DISTINCT command) FILTER (command IS NOT NULL) AS ran,
             bool_or(outcome = 'confirmed') AS confirmed, ${onlyUnread("hidden")} AS unread, bool_and(outcome = 'refused') AS refused, bool_and(is_run) AS is_run, bool_and(regexp_matches(coalesce(target_name, ''), '(?i)StdRegProv[^.]*\\.(Get|Enum)')) AS only_reads, bool_or(sealed) AS sealed, bool_and(is_unbound) AS is_unbound
      FROM said GROUP BY source, target, "user", number, outcome
    ), output AS (
      -- A command that names the file wrote it; where the commands are sealed, the file is one that the caller did not bring.
      SELECT source, target, began AS ts, min(file) AS file, count(DISTINCT file) AS files, count(*) AS fetches, sum(bytes_read) AS fetched_octets, list(rid ORDER BY ts, rid)[:50] AS rids,
             coalesce(list(text ORDER BY ts, rid) FILTER (text IS NOT NULL AND nth = 1), []) AS texts, bool_or(named) AS is_named
      FROM (SELECT *, row_number() OVER (PARTITION BY source, target, began, text ORDER BY ts, rid) AS nth FROM (
        SELECT f.*, j.ts AS began, len(list_filter(coalesce(j.ran, []), lambda c: contains(lower(c), lower(f.name)))) > 0 AS named
        FROM joined j JOIN fetched f ON f.source = j.source AND f.target = j.target AND f.ts BETWEEN j.ts AND j.ts_last + to_minutes(2)
        QUALIFY named OR NOT bool_or(named) OVER (PARTITION BY j.source, j.target, j.ts)
      )) GROUP BY source, target, began
    )
    SELECT j.ts, ts_last, list_concat(records, coalesce(o.rids, [])) AS records, j.source, j.target, "user", count, command AS object, ran,
           coalesce(methods, []) AS typed, CASE WHEN methods IS NULL THEN 'the arguments are ' || CASE WHEN sealed THEN 'sealed' ELSE 'not readable' END || ', so that what was run is not known' ELSE '' END AS hidden_text,
           CASE WHEN is_unbound THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN is_unbound THEN 0.45 ELSE 0.75 END AS confidence,
           CASE WHEN is_unbound THEN 'made calls that look like WMI methods (their bind was not captured) on' WHEN confirmed THEN CASE WHEN NOT is_run THEN 'called WMI methods' WHEN o.is_named THEN 'ran commands' ELSE 'asked for commands to be run' END
             ELSE CASE WHEN refused THEN 'asked (and was refused) to ' ELSE 'asked (success was not seen) to ' END || CASE WHEN is_run THEN 'run commands' ELSE 'call WMI methods' END END
             || CASE WHEN is_unbound THEN '' WHEN is_run THEN ' by WMI (Win32_Process.Create' || CASE WHEN confirmed AND NOT unread AND NOT coalesce(o.is_named, false) THEN ', answered without an error' ELSE '' END || ') on' ELSE ' on' END AS did,
           unread AND NOT coalesce(o.is_named, false) AS unread,
           CASE WHEN confirmed THEN 'confirmed' WHEN refused THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN only_reads THEN 'low' WHEN refused THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN only_reads THEN 'Severity low: the methods only read the registry' WHEN refused THEN 'Severity medium: it was refused' END AS note,
           CASE WHEN o.file IS NULL THEN '' ELSE CASE WHEN o.is_named THEN '; what they wrote was fetched from ' ELSE '; then the same host read, without having written it there, ' END || o.file || CASE WHEN files > 1 THEN ' and ' || (files - 1) || ' more' ELSE '' END
               || ' (' || CASE WHEN fetches > 1 THEN fetches || ' times, ' ELSE '' END || formatReadableDecimalSize(CAST(fetched_octets AS BIGINT)) || ')' || CASE WHEN len(o.texts) > 0 THEN '; what came back begins with ' ELSE '' END END AS output_text, coalesce(o.texts, []) AS output_typed, CASE WHEN o.file IS NOT NULL THEN ['T1021.002'] END AS attack, CASE WHEN len(methods) < count THEN ' (each ' || CASE WHEN is_run THEN 'command' ELSE 'command or method' END || ' told once)' ELSE '' END AS told,
           CASE WHEN j.source IN ${BACKUP_ACTORS} AND command IS NULL
                THEN 'A backup server calls WMI methods on the machines it protects (guest processing, shadow copies); the arguments are not readable' END AS explained
    FROM joined j LEFT JOIN output o ON o.source = j.source AND o.target = j.target AND o.ts = j.ts AND j.confirmed`,
  explanation:
    "{user} on {source} {did} {target}, {count} calls{told}: {typed}{hidden_text}{output_text}{output_typed}.",
  falsePositives: ["Monitoring and inventory products", "Hyper-V backup, which drives shadow copies over WMI"],
  references: ["https://attack.mitre.org/techniques/T1047/", "MS-WMI 3.1.4.3"],
  blindTo: [],
  samples: [
    { capture: "wmi-exec.pcapng", findings: 1 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
    { capture: "backup-exec-at-work.rows", findings: 0 },
    { capture: "wmi-without-bind.rows", findings: 1 },
  ],
};
