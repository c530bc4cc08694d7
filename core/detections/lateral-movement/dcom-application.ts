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
      SELECT source, target, uid, any_value("user") AS "user", min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:150] AS rids,
             count(*) FILTER (opnum = 6) AS invoked, first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command,
             list(DISTINCT command) FILTER (command IS NOT NULL) AS ran, coalesce(list(typed ORDER BY ts, rid) FILTER (typed IS NOT NULL), []) AS all_typed, list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL) AS names,
             bool_or(outcome = 'confirmed') AS confirmed, ${onlyUnread("hidden")} AS unread, bool_and(outcome = 'refused') AS refused
      FROM call GROUP BY source, target, uid
    ), output AS (
      SELECT u.uid, min(concat_ws('\\', s.path, s.name)) AS file, bool_or(len(list_filter(u.ran, lambda c: regexp_matches(lower(c), '>\\s*("[^"]*|[^\\s>&|]*)' || regexp_escape(lower(s.name))))) > 0) AS is_output, count(*) AS fetches, sum(s.bytes_read) AS octets, list(s.rid ORDER BY s.ts, s.rid)[:50] AS rids
      FROM used u JOIN smb_operations s ON s."id.orig_h" = u.source AND s."id.resp_h" = u.target AND s.ts BETWEEN u.ts AND u.ts_last + to_seconds($seconds)
      WHERE s.action = 'transfer' AND s.bytes_read > 0 AND s.name IS NOT NULL AND regexp_matches(coalesce(s.path, ''), '${ADMIN_SHARE_PATTERN}')
        AND len(list_filter(coalesce(u.ran, []), lambda c: contains(lower(c), lower(s.name)))) > 0
        AND (u.source, u.target, s.path, s.name) NOT IN (SELECT (source, target, path, name) FROM stored)
      GROUP BY u.uid
    ), earlier AS (
      SELECT u.uid, arg_max(a.target_name, a.ts) AS class, arg_max(a.rid, a.ts) AS rid FROM used u JOIN activation a ON a.source = u.source AND a.target = u.target AND a.ts < u.ts - to_seconds($seconds) GROUP BY u.uid
    )
    SELECT u.ts, any_value(u.ts_last) AS ts_last, list_concat(list_concat(coalesce(list(a.rid ORDER BY a.ts) FILTER (a.rid IS NOT NULL), [])[:20], CASE WHEN count(a.rid) = 0 AND any_value(e.rid) IS NOT NULL THEN list_prepend(any_value(e.rid), any_value(u.rids)) ELSE any_value(u.rids) END), coalesce(any_value(o.rids), [])) AS records,
           u.source, u.target, any_value(u."user") AS "user", any_value(u.invoked) AS count, any_value(u.ran) AS ran,
           coalesce(any_value(u.command), any_value(a.target_name)) AS object,
           coalesce(any_value(a.target_name), CASE WHEN count(a.rid) = 0 AND any_value(e.rid) IS NOT NULL THEN 'an application that it may have started there earlier' || coalesce(' (' || any_value(e.class) || ')', '') WHEN count(a.rid) = 0 THEN 'an application whose start was not captured' ELSE 'an application whose class is not readable' END || coalesce(any_value(' (its methods are those of ' || CASE ${OWNER} END || ')'), '')) AS class,
           coalesce(CASE WHEN any_value(u.command) IS NOT NULL THEN 'it was given' || CASE WHEN any_value(len(u.all_typed)) > 1 THEN ' ' || any_value(len(u.all_typed)) || ' commands (each told once)' ELSE '' END || ': ' END, CASE WHEN len(any_value(u.names)) > 0 THEN 'it was used for ' || list_aggregate(any_value(u.names), 'string_agg', ', ') END, 'what it asked is not readable') AS what, any_value(list_filter(u.all_typed, lambda t, i: NOT list_contains(u.all_typed[:i - 1], t))) AS typed,
           coalesce(any_value('; ' || CASE WHEN o.is_output THEN 'what was written to ' || o.file ELSE o.file || ', which a command names,' END || ' was fetched (' || CASE WHEN o.fetches > 1 THEN o.fetches || ' times, ' ELSE '' END || formatReadableDecimalSize(CAST(o.octets AS BIGINT)) || ')'), '') AS output_text,
           CASE WHEN any_value(u.command) IS NULL THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN any_value(u.command) IS NULL THEN 0.6 ELSE 0.8 END AS confidence,
           any_value(u.unread) AS unread, CASE WHEN any_value(u.refused) THEN 'asked (and was refused) for automation calls of' WHEN any_value(u.confirmed) THEN 'made automation calls to' ELSE 'asked (success was not seen) for automation calls of' END AS did,
           CASE WHEN any_value(u.confirmed) THEN 'confirmed' WHEN any_value(u.refused) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN u.source IN ${ADMIN_HOSTS} THEN 'low' WHEN count(a.rid) = 0 AND any_value(u.command) IS NULL THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN count(a.rid) = 0 AND any_value(u.command) IS NULL THEN CASE WHEN any_value(e.rid) IS NULL THEN 'Severity medium: neither the start of the application nor a command was captured' ELSE 'Severity medium: no application was started just before, and no command was captured' END END AS note
    FROM used u LEFT JOIN activation a
      ON a.source = u.source AND a.target = u.target AND a.ts BETWEEN u.ts - to_seconds($seconds) AND u.ts + to_seconds($seconds)
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
