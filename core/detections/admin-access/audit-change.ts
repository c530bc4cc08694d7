import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const auditChange: Detection = {
  id: "BT-AD-016",
  title: "Firewall, audit or log settings changed remotely",
  phase: "admin-access",
  attack: ["T1562.002", "T1562.004"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-LSAD] LsarSetInformationPolicy 8 and 2 47; [MS-EVEN6] EvtRpcPutChannelConfig 21; registry writes below the log and firewall keys.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           min(target_name) AS object, list(DISTINCT endpoint || ' ' || coalesce(operation, '') ORDER BY endpoint || ' ' || coalesce(operation, '')) AS operations,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("changed", "change")} AS did, ${onlyUnread()} AS unread
    FROM dce_rpc
    WHERE (endpoint = 'lsarpc' AND opnum IN (8, 47)) OR (endpoint IN ('IEventService', 'even6') AND opnum = 21)
       OR (endpoint = 'winreg' AND opnum IN (7, 8, 22, 35) AND regexp_matches(coalesce(target_name, ''), '(?i)(eventlog|firewallpolicy|\\\\audit)'))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation: "{user} on {source} {did} audit, log or firewall settings of {target} ({operations}).",
  falsePositives: ["None known: group policy is applied locally and does not look like this"],
  references: ["https://attack.mitre.org/techniques/T1562/002/", "MS-LSAD 3.1.4.4.6", "MS-EVEN6 3.1.4.21"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "audit-change.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
