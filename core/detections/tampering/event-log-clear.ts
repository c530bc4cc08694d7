import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const eventLogClear: Detection = {
  id: "BT-TI-032",
  title: "Windows event logs cleared remotely",
  phase: "tampering",
  attack: ["T1070.001"],
  severity: "high",
  confidence: 0.95,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-EVEN] 3.1.4: ElfrClearELFW 0 and ElfrClearELFA 12; [MS-EVEN6] 3.1.4.16: EvtRpcClearLog 6.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count,
           "id.orig_h" AS source, "id.resp_h" AS target, "user", first(target_name ORDER BY ts) FILTER (target_name IS NOT NULL) AS object,
           coalesce(list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL), ['names not readable']) AS logs,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("cleared", "clear")} AS did, ${onlyUnread()} AS unread
    FROM dce_rpc
    WHERE (endpoint = 'eventlog' AND opnum IN (0, 12)) OR (endpoint IN ('IEventService', 'even6') AND opnum = 6)
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation: "{user} on {source} {did} {count} event logs of {target} ({logs}).",
  falsePositives: ["Log management products that clear after export"],
  references: ["https://attack.mitre.org/techniques/T1070/001/", "MS-EVEN 3.1.4", "MS-EVEN6 3.1.4.16"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "event-log-clear.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
