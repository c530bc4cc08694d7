import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import {
  ADMIN_HOSTS,
  BACKUP_ACTORS,
  BACKUP_COMPONENT_PATTERN,
  doneOrAsked,
  ESTATE,
  GROUP_OUTCOME,
  onlyUnread,
} from "../sql.ts";

export const registryWrite: Detection = {
  id: "BT-LM-018",
  title: "Remote registry write",
  phase: "lateral-movement",
  attack: ["T1112", "T1021.002"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-RRP] 3.1.5: CreateKey 6, DeleteKey 7, DeleteValue 8, LoadKey 13, RestoreKey 19, SetValue 22, DeleteKeyEx 35.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(target_name, ts) AS object, list(DISTINCT operation ORDER BY operation) AS operations,
           coalesce(list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL), ['names sealed']) AS keys,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("changed", "change")} AS did, ${onlyUnread()} AS unread,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low'
                WHEN "id.resp_h" IN ${ESTATE} OR bool_or(regexp_matches(coalesce(target_name, ''), '(?i)(fDenyTSConnections|Control\\\\Terminal Server|Control\\\\Lsa|DisableRestrictedAdmin|UseLogonCredential|LocalAccountTokenFilterPolicy|CurrentVersion\\\\Run|Image File Execution|\\\\Services\\\\)')) THEN 'high'
                ELSE 'medium' END AS severity,
           CASE WHEN "id.orig_h" IN ${BACKUP_ACTORS} AND bool_and(regexp_matches(coalesce(target_name, 'veeam'), '${BACKUP_COMPONENT_PATTERN}'))
                THEN 'A backup server configures its own components' END AS explained
    FROM dce_rpc WHERE endpoint = 'winreg' AND opnum IN (6, 7, 8, 13, 19, 22, 35)
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome
    HAVING bool_or(opnum <> 6)`,
  explanation: "{user} on {source} {did} the registry of {target} in {count} calls ({operations}): {keys}.",
  falsePositives: ["Management products that write the registry remotely"],
  references: ["https://attack.mitre.org/techniques/T1112/", "MS-RRP 3.1.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "registry-write.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "arcserve-at-work.rows", findings: 0 },
  ],
};
