import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, onlyUnread, SEALED } from "../sql.ts";

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
  // IDispatch (GetIDsOfNames 5, Invoke 6) after an activation: MMC20.Application, ShellWindows, Excel and the like. [MS-OAUT] 3.1.4
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, target_name, opnum, outcome, ${SEALED} AS hidden
      FROM dce_rpc WHERE endpoint = 'IDispatch' AND opnum IN (5, 6)
    ), activation AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, target_name FROM dce_rpc
      WHERE endpoint IN ('IRemoteSCMActivator', 'ISystemActivator') AND opnum IN (3, 4)
    ), used AS (
      SELECT source, target, uid, any_value("user") AS "user", min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:150] AS rids,
             count(*) FILTER (opnum = 6) AS invoked, first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command,
             list(DISTINCT command) FILTER (command IS NOT NULL) AS ran, list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL) AS names,
             bool_or(outcome = 'confirmed') AS confirmed, ${onlyUnread("hidden")} AS unread, bool_and(outcome = 'refused') AS refused
      FROM call GROUP BY source, target, uid
    )
    SELECT u.ts, any_value(u.ts_last) AS ts_last, list_concat(list(a.rid ORDER BY a.ts)[:20], any_value(u.rids)) AS records,
           u.source, u.target, any_value(u."user") AS "user", any_value(u.invoked) AS count, any_value(u.ran) AS ran,
           coalesce(any_value(u.command), any_value(a.target_name)) AS object,
           coalesce(any_value(a.target_name), 'an application whose class is not readable') AS class,
           coalesce('it was given: ' || CASE WHEN any_value(u.command) IS NOT NULL THEN '' END, CASE WHEN len(any_value(u.names)) > 0 THEN 'it was used for ' || list_aggregate(any_value(u.names), 'string_agg', ', ') END, 'what it asked is not readable') AS what, CASE WHEN any_value(u.command) IS NULL THEN [] ELSE [any_value(u.command)] END AS typed,
           any_value(u.unread) AS unread, CASE WHEN any_value(u.refused) THEN 'asked (and was refused) for automation calls of' WHEN any_value(u.confirmed) THEN 'made automation calls to' ELSE 'asked (no answer was seen) for automation calls of' END AS did,
           CASE WHEN any_value(u.confirmed) THEN 'confirmed' WHEN any_value(u.refused) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN u.source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity
    FROM used u JOIN activation a
      ON a.source = u.source AND a.target = u.target AND a.ts BETWEEN u.ts - to_seconds($seconds) AND u.ts + to_seconds($seconds)
    GROUP BY u.source, u.target, u.uid, u.ts`,
  explanation:
    "{user} on {source} {did} {class} on {target} over DCOM, {count} of them to invoke a method; {what}{typed}.",
  falsePositives: ["Management consoles"],
  references: ["https://attack.mitre.org/techniques/T1021/003/", "MS-OAUT 3.1.4"],
  blindTo: [],
  samples: [
    { capture: "dcom-mmc20.pcapng", findings: 1 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
  ],
};
