import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, GROUP_OUTCOME, onlyUnread, SEALED } from "../sql.ts";

export const remoteShutdown: Detection = {
  id: "BT-TI-034",
  title: "Shutdown or restart of a backup machine asked for",
  phase: "tampering",
  attack: ["T1529"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-RSP] 3: InitShutdown 0 and 2, WindowsShutdown 0, winreg 24 and 30; [MS-TSTS] winstation_rpc 15.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count,
           "id.orig_h" AS source, "id.resp_h" AS target, "user", min(operation) AS operation,
           CASE WHEN "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity,
           ${GROUP_OUTCOME} AS outcome, ${onlyUnread()} AS unread,
           CASE WHEN bool_or(outcome = 'confirmed' AND NOT ${SEALED}) THEN 'which accepted the call' WHEN bool_or(outcome = 'confirmed') THEN 'which answered' WHEN bool_and(outcome = 'refused') THEN 'which refused it' ELSE 'whose answer is not in the evidence' END AS answer,
           CASE WHEN "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} THEN NULL ELSE 'Remote shutdown or restart asked for' END AS title
    FROM dce_rpc
    WHERE (endpoint IN ('InitShutdown', 'initshutdown') AND opnum IN (0, 2))
       OR (endpoint IN ('WindowsShutdown', 'winreg_shutdown') AND opnum = 0)
       OR (endpoint = 'winreg' AND opnum IN (24, 30))
       OR (endpoint = 'winstation_rpc' AND opnum = 15)
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation: "{user} on {source} called for the shutdown or restart of {target} ({operation}), {answer}.",
  falsePositives: ["Maintenance"],
  references: ["https://attack.mitre.org/techniques/T1529/", "MS-RSP 3"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "remote-shutdown.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
