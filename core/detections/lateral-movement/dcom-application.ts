import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_SHARE_PATTERN, innerCommand, inOrder, onlyUnread, SEALED } from "../sql.ts";

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
      SELECT source, target, uid, min("user") AS "user", min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:150] AS rids,
             count(*) FILTER (opnum = 6) AS invoked, first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command,
             list(DISTINCT command) FILTER (command IS NOT NULL) AS ran, count(typed) AS commands, coalesce(list(typed ORDER BY ts, rid) FILTER (typed IS NOT NULL AND nth = 1), []) AS typed, list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL) AS names,
             bool_or(outcome = 'confirmed') AS confirmed, ${onlyUnread("hidden")} AS unread, bool_and(outcome = 'refused') AS refused
      FROM (SELECT *, row_number() OVER (PARTITION BY source, target, uid, typed ORDER BY ts, rid) AS nth FROM call) GROUP BY source, target, uid
    ), fetched AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, path, name, bytes_read FROM smb_operations
      WHERE action = 'transfer' AND bytes_read > 0 AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}')
        AND ("id.orig_h", "id.resp_h", path, name) NOT IN (SELECT (source, target, path, name) FROM stored)
    ), said AS (
      SELECT DISTINCT source, target, uid, lower(command) AS text FROM call WHERE command IS NOT NULL
    ), mention AS (
      -- Texts and names, each once.
      SELECT t.source, t.target, t.text, n.name, regexp_matches(t.text, '>\\s*("[^"]*|[^\\s>&|]*)' || regexp_escape(n.name)) AS is_output
      FROM (SELECT DISTINCT source, target, text FROM said) t JOIN (SELECT DISTINCT source, target, lower(name) AS name FROM fetched) n ON n.source = t.source AND n.target = t.target AND contains(t.text, n.name)
    ), wanted AS (
      SELECT u.uid, u.source, u.target, u.ts, u.ts_last, f.path, f.name, bool_or(m.is_output) AS is_output
      FROM said s JOIN mention m ON m.source = s.source AND m.target = s.target AND m.text = s.text JOIN used u ON u.uid = s.uid AND u.source = s.source AND u.target = s.target
      JOIN (SELECT DISTINCT source, target, path, name FROM fetched) f ON f.source = s.source AND f.target = s.target AND lower(f.name) = m.name GROUP BY ALL
    ), moment AS (
      -- The beginning of the calls (0), what was fetched (1), the end of the time after them (2). What lies between two moments is a difference.
      SELECT NULL AS uid, source, target, path, name, ts, 1 AS place, rid, bytes_read FROM fetched
      UNION ALL SELECT uid, source, target, path, name, unnest([ts, ts_last + to_seconds($seconds)]), unnest([0, 2]), NULL, NULL FROM wanted
    ), so_far AS (
      SELECT *, count(rid) OVER before AS nr, sum(bytes_read) OVER before AS octets FROM moment WINDOW before AS (PARTITION BY source, target, path, name ORDER BY ts, place, rid ROWS UNBOUNDED PRECEDING)
    ), gone AS (
      SELECT w.*, b.nr AS nr_before, e.nr AS nr_end, e.octets - coalesce(b.octets, 0) AS octets
      FROM wanted w JOIN so_far b ON b.uid = w.uid AND b.path = w.path AND b.name = w.name AND b.place = 0 JOIN so_far e ON e.uid = w.uid AND e.path = w.path AND e.name = w.name AND e.place = 2 WHERE e.nr > b.nr
    ), gone_rids AS (
      SELECT g.uid, ${inOrder("{ ts: f.ts, rid: f.rid }")}[:50] AS rids
      FROM (SELECT uid, source, target, path, name, unnest(range(nr_before + 1, least(nr_end, nr_before + 50) + 1)) AS nr FROM gone) g
      JOIN so_far f ON f.source = g.source AND f.target = g.target AND f.path = g.path AND f.name = g.name AND f.nr = g.nr AND f.place = 1 GROUP BY g.uid
    ), output AS (
      SELECT uid, min(concat_ws('\\', path, name)) AS file, bool_or(is_output) AS is_output, CAST(sum(nr_end - nr_before) AS BIGINT) AS fetches, sum(octets) AS octets, min(r.rids) AS rids FROM gone JOIN gone_rids r USING (uid) GROUP BY uid
    ), started AS (
      SELECT *, row_number() OVER (PARTITION BY source, target ORDER BY ts, rid) AS nr FROM activation
    ), around AS (
      -- Started within some time of the calls, and the last one before that.
      SELECT * FROM (
        SELECT uid, source, target, min(nr) OVER near AS first, max(nr) OVER near AS last, (min(CASE WHEN target_name IS NOT NULL THEN { ts: ts, rid: rid, name: target_name } END) OVER near).name AS near_class,
               (max(CASE WHEN nr IS NOT NULL THEN { ts: ts, rid: rid } END) OVER earlier).rid AS earlier_rid, (max(CASE WHEN target_name IS NOT NULL THEN { ts: ts, rid: rid, name: target_name } END) OVER earlier).name AS earlier_class
        FROM (SELECT * FROM started UNION ALL BY NAME SELECT uid, source, target, ts FROM used)
        WINDOW near AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN 1000000000 * CAST($seconds AS BIGINT) PRECEDING AND 1000000000 * CAST($seconds AS BIGINT) FOLLOWING),
               earlier AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN UNBOUNDED PRECEDING AND 1 + 1000000000 * CAST($seconds AS BIGINT) PRECEDING)
      ) WHERE uid IS NOT NULL
    ), started_rids AS (
      SELECT a.uid, a.source, a.target, ${inOrder("{ nr: s.nr, rid: s.rid }")} AS rids FROM (SELECT uid, source, target, unnest(range(first, least(last, first + 19) + 1)) AS nr FROM around) a JOIN started s USING (source, target, nr) GROUP BY ALL
    ), told AS (
      SELECT u.*, a.first IS NOT NULL AS is_started, a.near_class, a.earlier_rid, a.earlier_class, s.rids AS started, o.file, o.is_output, o.fetches, o.octets, o.rids AS gone
      FROM used u JOIN around a ON a.uid = u.uid AND a.source = u.source AND a.target = u.target LEFT JOIN started_rids s ON s.uid = u.uid AND s.source = u.source AND s.target = u.target LEFT JOIN output o ON o.uid = u.uid
    )
    SELECT u.ts, u.ts_last, list_concat(CASE WHEN is_started THEN started WHEN earlier_rid IS NOT NULL THEN [earlier_rid] ELSE [] END, u.rids, coalesce(gone, [])) AS records,
           u.source, u.target, u."user", u.invoked AS count, u.ran, coalesce(u.command, near_class) AS object,
           coalesce(near_class, CASE WHEN is_started THEN 'an application whose class is not readable' WHEN earlier_rid IS NOT NULL THEN 'an application that it may have started there earlier' || coalesce(' (' || earlier_class || ')', '') ELSE 'an application whose start was not captured' END || coalesce(' (its methods are those of ' || CASE ${OWNER} END || ')', '')) AS class,
           coalesce(CASE WHEN u.command IS NOT NULL THEN 'it was given' || CASE WHEN u.commands > 1 THEN ' ' || u.commands || ' commands (each told once)' ELSE '' END || ': ' END, CASE WHEN len(u.names) > 0 THEN 'it was used for ' || list_aggregate(u.names, 'string_agg', ', ') END, 'what it asked is not readable') AS what, u.typed,
           coalesce('; ' || CASE WHEN is_output THEN 'what was written to ' || file ELSE file || ', which a command names,' END || ' was fetched (' || CASE WHEN fetches > 1 THEN fetches || ' times, ' ELSE '' END || formatReadableDecimalSize(CAST(octets AS BIGINT)) || ')', '') AS output_text,
           CASE WHEN u.command IS NULL THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN u.command IS NULL THEN 0.6 ELSE 0.8 END AS confidence,
           u.unread, CASE WHEN u.refused THEN 'asked (and was refused) for automation calls of' WHEN u.confirmed THEN 'made automation calls to' ELSE 'asked (success was not seen) for automation calls of' END AS did,
           CASE WHEN u.confirmed THEN 'confirmed' WHEN u.refused THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN u.source IN ${ADMIN_HOSTS} THEN 'low' WHEN NOT is_started AND u.command IS NULL THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN NOT is_started AND u.command IS NULL THEN CASE WHEN earlier_rid IS NULL THEN 'Severity medium: neither the start of the application nor a command was captured' ELSE 'Severity medium: no application was started just before, and no command was captured' END END AS note
    FROM told u WHERE is_started OR u.invoked > 0`,
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
