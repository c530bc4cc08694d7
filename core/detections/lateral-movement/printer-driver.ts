import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const printerDriver: Detection = {
  id: "BT-LM-026",
  title: "Printer driver installed remotely (PrintNightmare)",
  phase: "lateral-movement",
  attack: ["T1210", "T1547.010"],
  severity: "high",
  // The spooler has loaded the library by the time that it answers with an error, unless it refuses the caller (error 5).
  refusedAtMost: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-RPRN] 3.1.4: AddPrinterDriver 9, AddPrintProcessor 14, AddMonitor 46, AddPrinterDriverEx 89; [MS-PAR] 3.1.4: 39, 44, 62. A driver file
  // that lies on another machine's share is what the known attack hands over; print$ is where print servers keep theirs.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(coalesce(command, target_name), ts) AS object, CASE WHEN outcome = 'refused' THEN ' (and was refused)' ELSE '' END AS refused_text, list(DISTINCT operation ORDER BY operation) AS operations,
           coalesce(arg_min(concat_ws('; ', target_name, command, detail), ts), 'arguments not readable') AS what,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' WHEN bool_and(coalesce(status, '') = '0x00000005') THEN 'medium'
                WHEN "id.resp_h" IN ${ESTATE} OR bool_or(regexp_matches(regexp_replace(concat_ws(' ', command, detail), '(?i)\\\\\\\\[^\\\\ ]+\\\\print\\$\\\\', '', 'g'), '(^|[ =])\\\\\\\\[^ ]')) THEN 'high' ELSE 'medium' END AS severity,
           ${GROUP_OUTCOME} AS outcome, ${onlyUnread()} AS unread
    FROM dce_rpc
    WHERE (endpoint = 'spoolss' AND opnum IN (9, 14, 46, 89)) OR (endpoint = 'IRemoteWinspool' AND opnum IN (39, 44, 62))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation:
    "{user} on {source} asked {target}{refused_text} to load a printer driver, processor or monitor ({operations}): {what}.",
  falsePositives: ["Driver installation by a print administrator"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-34527", "MS-RPRN 3.1.4", "MS-PAR 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [{ capture: "smb-file-copy.pcapng", findings: 0 }],
};
