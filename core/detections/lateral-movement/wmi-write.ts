import { SEALED_WMI_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, doneOrAsked, GROUP_OUTCOME, onlyUnread, SEALED } from "../sql.ts";

export const wmiWrite: Detection = {
  id: "BT-LM-028",
  title: "WMI classes or objects written remotely",
  phase: "lateral-movement",
  attack: ["T1047"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-WMI] 3.1.4.3: PutClass 8 and 9, PutInstance 14 and 15. A filter, a consumer and their binding run something whenever an event happens; where calls are sealed only the numbers are seen.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", target_name, detail, outcome, ${SEALED} AS hidden, opnum IN (8, 9) AS is_class,
             regexp_matches(coalesce(target_name, ''), '(?i)(__EventFilter|EventConsumer|__FilterToConsumerBinding|__IntervalTimerInstruction|__AbsoluteTimerInstruction)') AS is_subscription,
             nullif(regexp_extract(coalesce(detail, ''), '(?i)(?:CommandLineTemplate|ScriptText)=(.*)$', 1), '') AS run
      FROM dce_rpc WHERE endpoint = 'IWbemServices' AND opnum IN (8, 9, 14, 15)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", min(target_name) AS object, list(DISTINCT run) FILTER (run IS NOT NULL) AS ran,
           coalesce(list(DISTINCT concat_ws(': ', target_name, detail) ORDER BY concat_ws(': ', target_name, detail)) FILTER (target_name IS NOT NULL), ['what was written is ' || CASE WHEN bool_or(hidden) THEN 'sealed' ELSE 'not readable' END]) AS what,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("wrote", "write", "hidden")} AS did, ${onlyUnread("hidden")} AS unread,
           CASE WHEN bool_or(is_class) THEN 'WMI classes' ELSE 'WMI objects' END AS kind, CASE WHEN bool_or(is_subscription) THEN ' Event filters with their consumers, by which something is run later, are made so.' WHEN bool_or(hidden) THEN ' Event filters with their consumers, by which something is run later, are made so, and other objects too.' ELSE '' END AS made_text, CASE WHEN bool_or(is_subscription) OR count(*) >= 2 AND bool_or(hidden) THEN ['T1546.003'] END AS attack,
           CASE WHEN bool_or(is_subscription) OR NOT bool_or(hidden) THEN 'fact' ELSE 'inference' END AS basis, CASE WHEN bool_or(is_subscription) THEN 0.9 WHEN bool_or(hidden) THEN 0.45 ELSE 0.6 END AS confidence,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN bool_or(is_subscription) THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN source IN ${BACKUP_ACTORS} AND NOT bool_or(is_subscription) THEN 'A backup server or proxy sets up WMI on the machines it protects' END AS explained
    FROM call GROUP BY source, target, "user", outcome, CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did} {kind} on {target} in {count} calls: {what}.{made_text}",
  falsePositives: ["Management products that set up WMI on the machines they manage"],
  references: [
    "https://attack.mitre.org/techniques/T1546/003/",
    "https://attack.mitre.org/techniques/T1047/",
    "MS-WMI 3.1.4.3",
  ],
  blindTo: [SEALED_WMI_CALLS],
  samples: [
    { capture: "wmi-subscription.rows", findings: 2 },
    { capture: "wmi-exec.pcapng", findings: 0 },
  ],
};
