import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, GROUP_OUTCOME, onlyUnread, SEALED } from "../sql.ts";

export const shadowCopies: Detection = {
  id: "BT-TI-031",
  title: "Shadow copies removed remotely",
  phase: "tampering",
  attack: ["T1490"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { instances: 3, minutes: 5 },
  // [MS-FSRVP] 3.1.4 (7, 11), IVssDifferentialSoftwareSnapshotMgmt 4, [MS-WMI] DeleteInstance 16 in a row, and commands that say so.
  query: `
    WITH wmi AS (
      SELECT *, ts - lag(ts, $instances - 1) OVER (PARTITION BY "id.orig_h", "id.resp_h" ORDER BY ts) <= to_minutes($minutes) AS reached
      FROM dce_rpc WHERE endpoint = 'IWbemServices' AND opnum = 16
    ), act AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, ${SEALED} AS hidden, coalesce(command, target_name) AS object,
             'a shadow-copy interface (' || endpoint || ' ' || coalesce(operation, CAST(opnum AS VARCHAR)) || ')' AS means, 0.7 AS confidence,
             endpoint = 'FileServerVssAgent' AND EXISTS (SELECT 1 FROM dce_rpc m WHERE m.endpoint = 'FileServerVssAgent' AND m.opnum IN (2, 4) AND m."id.orig_h" = d."id.orig_h" AND m."id.resp_h" = d."id.resp_h" AND m.ts < d.ts) AS is_own
      FROM dce_rpc d WHERE (endpoint = 'FileServerVssAgent' AND opnum IN (7, 11)) OR (endpoint = 'IVssDifferentialSoftwareSnapshotMgmt' AND opnum = 4)
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", outcome, ${SEALED}, coalesce(command, target_name), 'WMI DeleteInstance', 0.5, false
      FROM wmi WHERE reached OR coalesce(command, target_name) ILIKE '%shadowcopy%'
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", outcome, ${SEALED}, command, 'a remote command', 0.95, false
      FROM dce_rpc WHERE regexp_matches(coalesce(command, ''), '(?i)(vssadmin.{1,40}(delete|resize)|shadowcopy.{1,40}delete|win32_shadowcopy|wbadmin.{1,40}delete|diskshadow|bcdedit.{1,80}recoveryenabled)')
    ), joined AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(DISTINCT rid ORDER BY rid)[:100] AS records, count(*) AS count, source, target, "user",
             min(object) AS object, means, max(confidence) AS confidence, bool_and(is_own) AS is_own,
             means = 'WMI DeleteInstance' AND bool_and(object IS NULL OR object NOT ILIKE '%shadowcopy%') AS is_guess,
             ${GROUP_OUTCOME} AS outcome, ${onlyUnread("hidden")} AS unread
      FROM act GROUP BY source, target, "user", means, outcome
    )
    SELECT ts, ts_last, records, count, source, target, "user", object, means, confidence, outcome, unread,
           CASE WHEN is_own OR is_guess THEN 'low' ELSE 'high' END AS severity, coalesce(object, 'arguments not readable') AS what,
           CASE WHEN is_guess THEN 'Objects deleted over WMI, perhaps shadow copies' END AS title, CASE WHEN is_guess THEN 'inference' ELSE 'fact' END AS basis,
           CASE WHEN is_guess THEN 'delete objects, which is one way to remove shadow copies' ELSE 'remove or shrink shadow copies' END AS aim,
           CASE WHEN source IN ${BACKUP_ACTORS} AND means LIKE 'a shadow-copy interface%' THEN 'Backup software ends its own shadow copies' END AS explained
    FROM joined`,
  explanation: "{user} on {source} asked {target} through {means} to {aim}: {what}.",
  falsePositives: ["Backup software that ends its own shadow copies (set aside for known backup servers)"],
  references: ["https://attack.mitre.org/techniques/T1490/", "MS-FSRVP 3.1.4"],
  blindTo: [],
  samples: [
    { capture: "shadow-copy-delete.pcapng", findings: 1 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
  ],
};
