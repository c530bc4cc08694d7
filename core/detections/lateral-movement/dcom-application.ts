import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_SHARE_PATTERN, innerCommand, onlyUnread, SEALED } from "../sql.ts";

/** Methods by which an application runs programs, and whose they are. */
const OWNERS = [
  ["ExecuteShellCommand", "MMC20.Application"],
  ["ShellExecute", "ShellWindows or ShellBrowserWindow"],
  ["DDEInitiate|RegisterXLL|ExecuteExcel4Macro", "Excel.Application"],
];
const OWNER = OWNERS.map(
  ([methods, owner]) =>
    `WHEN regexp_matches(list_aggregate(u.names, 'string_agg', ' '), '\\b(${methods})\\b') THEN '${owner}'`,
).join(" ");

/** Starts of applications just before or after that the records of a finding hold. */
const STARTS_NAMED = 20;

/** Files read after the first call that are looked at, the first of them. */
const READS_LOOKED_AT = 100;

export const dcomApplication: Detection = {
  id: "BT-LM-008",
  title: "DCOM application execution",
  phase: "lateral-movement",
  attack: ["T1021.003"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { seconds: 120 },
  // A command in the arguments and the file that it writes its output to are read where the calls are not sealed. IDispatch (GetIDsOfNames 5, Invoke 6) after an activation: MMC20.Application, ShellWindows, Excel and the like. A capture that begins late lacks the activation. [MS-OAUT] 3.1.4
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, ${innerCommand("command")} AS typed, target_name, opnum, outcome, ${SEALED} AS hidden
      FROM dce_rpc WHERE endpoint = 'IDispatch' AND opnum IN (5, 6)
    ), activation AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, target_name FROM dce_rpc
      WHERE endpoint IN ('IRemoteSCMActivator', 'ISystemActivator') AND opnum IN (3, 4)
    ), stored AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, path, name FROM smb_operations WHERE bytes_written > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}')
    ), used AS (
      SELECT source, target, uid, arg_min("user", ts) AS "user", min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:150] AS rids,
             count(*) FILTER (opnum = 6) AS invoked, first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command,
             list(command ORDER BY ts, rid) FILTER (command IS NOT NULL AND nth_command = 1) AS ran, count(typed) AS typed_count, coalesce(list(typed ORDER BY ts, rid) FILTER (typed IS NOT NULL AND nth = 1), []) AS typed, list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL) AS names,
             bool_or(outcome = 'confirmed') AS confirmed, ${onlyUnread("hidden")} AS unread, bool_and(outcome = 'refused') AS refused
      FROM (SELECT *, row_number() OVER (PARTITION BY source, target, uid, typed ORDER BY ts, rid) AS nth, row_number() OVER (PARTITION BY source, target, uid, command ORDER BY ts, rid) AS nth_command FROM call) GROUP BY source, target, uid
    ), span AS (
      SELECT uid, source, target, ran, ts, CAST(ts - to_seconds($seconds) AS TIMESTAMP_NS) AS since, CAST(ts + to_seconds($seconds) AS TIMESTAMP_NS) AS until, CAST(ts_last + to_seconds($seconds) AS TIMESTAMP_NS) AS read_until FROM used
    ), fetched AS (
      SELECT *, row_number() OVER (PARTITION BY source, target ORDER BY ts, rid) AS nr FROM (
        SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, path, name, bytes_read FROM smb_operations
        WHERE action = 'transfer' AND bytes_read > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}'))
      WHERE (source, target, path, name) NOT IN (SELECT (source, target, path, name) FROM stored)
    ), first_read AS (
      SELECT u.*, n.nr FROM span u ASOF JOIN (SELECT source, target, ts, min(nr) AS nr FROM fetched GROUP BY ALL) n ON n.source = u.source AND n.target = u.target AND n.ts >= u.ts
    ), output AS (
      SELECT u.uid, min(concat_ws('\\', s.path, s.name)) AS file, bool_or(len(list_filter(u.ran, lambda c: regexp_matches(lower(c), '>\\s*("[^"]*|[^\\s>&|]*)' || regexp_escape(lower(s.name))))) > 0) AS is_output, count(*) AS fetches, sum(s.bytes_read) AS octets, list(s.rid ORDER BY s.ts, s.rid)[:50] AS rids
      FROM (SELECT * EXCLUDE (nr), unnest(range(nr, nr + ${READS_LOOKED_AT})) AS nr FROM first_read) u JOIN fetched s ON s.source = u.source AND s.target = u.target AND s.nr = u.nr
      WHERE s.ts <= u.read_until AND len(list_filter(coalesce(u.ran, []), lambda c: contains(lower(c), lower(s.name)))) > 0
      GROUP BY u.uid
    ), begun AS (
      SELECT *, row_number() OVER so_far AS nr, last_value(target_name IGNORE NULLS) OVER so_far AS class FROM activation WINDOW so_far AS (PARTITION BY source, target ORDER BY ts, rid ROWS UNBOUNDED PRECEDING)
    ), moment AS (
      SELECT source, target, ts, min(nr) AS first, max(nr) AS last FROM begun GROUP BY ALL
    ), earlier AS (
      SELECT u.uid, b.class, b.rid FROM span u ASOF JOIN moment m ON m.source = u.source AND m.target = u.target AND m.ts < u.since JOIN begun b ON b.source = m.source AND b.target = m.target AND b.nr = m.last
    ), started AS (
      SELECT u.uid, b.ts, b.rid, b.target_name
      FROM (SELECT u.*, unnest(range(m.first, m.first + ${STARTS_NAMED})) AS nr FROM span u ASOF JOIN moment m ON m.source = u.source AND m.target = u.target AND m.ts >= u.since) u
      JOIN begun b ON b.source = u.source AND b.target = u.target AND b.nr = u.nr WHERE b.ts <= u.until
    )
    SELECT u.ts, any_value(u.ts_last) AS ts_last, list_concat(list_concat(coalesce(list(a.rid ORDER BY a.ts) FILTER (a.rid IS NOT NULL), []), CASE WHEN count(a.rid) = 0 AND any_value(e.rid) IS NOT NULL THEN list_prepend(any_value(e.rid), any_value(u.rids)) ELSE any_value(u.rids) END), coalesce(any_value(o.rids), [])) AS records,
           u.source, u.target, any_value(u."user") AS "user", any_value(u.invoked) AS count, any_value(u.ran) AS ran,
           coalesce(any_value(u.command), arg_min(a.target_name, a.ts)) AS object,
           coalesce(arg_min(a.target_name, a.ts), CASE WHEN count(a.rid) = 0 AND any_value(e.rid) IS NOT NULL THEN 'an application that it may have started there earlier' || coalesce(' (' || any_value(e.class) || ')', '') WHEN count(a.rid) = 0 THEN 'an application whose start was not captured' ELSE 'an application whose class is not readable' END || coalesce(any_value(' (its methods are those of ' || CASE ${OWNER} END || ')'), '')) AS class,
           coalesce(CASE WHEN any_value(u.command) IS NOT NULL THEN 'it was given' || CASE WHEN any_value(u.typed_count) > 1 THEN ' ' || any_value(u.typed_count) || ' commands (each told once)' ELSE '' END || ': ' END, CASE WHEN len(any_value(u.names)) > 0 THEN 'it was used for ' || list_aggregate(any_value(u.names), 'string_agg', ', ') END, 'what it asked is not readable') AS what, any_value(u.typed) AS typed,
           coalesce(any_value('; ' || CASE WHEN o.is_output THEN 'what was written to ' || o.file ELSE o.file || ', which a command names,' END || ' was fetched (' || CASE WHEN o.fetches > 1 THEN o.fetches || ' times, ' ELSE '' END || formatReadableDecimalSize(CAST(o.octets AS BIGINT)) || ')'), '') AS output_text,
           CASE WHEN any_value(u.command) IS NULL THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN any_value(u.command) IS NULL THEN 0.6 ELSE 0.8 END AS confidence,
           any_value(u.unread) AS unread, CASE WHEN any_value(u.refused) THEN 'asked (and was refused) for automation calls of' WHEN any_value(u.confirmed) THEN 'made automation calls to' ELSE 'asked (success was not seen) for automation calls of' END AS did,
           CASE WHEN any_value(u.confirmed) THEN 'confirmed' WHEN any_value(u.refused) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN u.source IN ${ADMIN_HOSTS} THEN 'low' WHEN count(a.rid) = 0 AND any_value(u.command) IS NULL THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN count(a.rid) = 0 AND any_value(u.command) IS NULL THEN CASE WHEN any_value(e.rid) IS NULL THEN 'Severity medium: neither the start of the application nor a command was captured' ELSE 'Severity medium: no application was started just before, and no command was captured' END END AS note
    FROM used u LEFT JOIN started a ON a.uid = u.uid
    LEFT JOIN output o ON o.uid = u.uid LEFT JOIN earlier e ON e.uid = u.uid
    WHERE a.rid IS NOT NULL OR u.invoked > 0
    GROUP BY u.source, u.target, u.uid, u.ts`,
  explanation:
    "{user} on {source} {did} {class} on {target} over DCOM, {count} of them to invoke a method; {what}{typed}{output_text}.",
  falsePositives: ["Management consoles"],
  references: ["https://attack.mitre.org/techniques/T1021/003/", "MS-OAUT 3.1.4"],
  blindTo: [],
  samples: [
    { capture: "dcom-mmc20.pcapng", findings: 1 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
  ],
};
