import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, onlyUnread } from "../sql.ts";

/**
 * Of calls that were answered with an error: it refused the caller, and not only what was handed over. Access denied, a privilege not held, elevation
 * required; then faults by which the call never reached the spooler. [MS-ERREF] 2.2, [C706] appendix E
 */
const DENIED = `coalesce(status, '') IN ('0x00000005', '0x80070005', '0xc0000022', '0x00000522', '0xc0000061', '0x000002e4',
  '0x000006c0', '0x000006d1', '0x000006f7', '0x00000721', '0x1c00001a', '0x1c00001c', '0x1c010002', '0x1c010003', '0x1c010006', '0x1c010014')`;

export const printerDriver: Detection = {
  id: "BT-LM-026",
  title: "Printer driver installed remotely (PrintNightmare)",
  phase: "lateral-movement",
  attack: ["T1210", "T1547.010"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-RPRN] 3.1.4: AddPrinterDriver 9, AddPrintProcessor 14, AddMonitor 46, AddPrinterDriverEx 89; [MS-PAR] 3.1.4: 39, 44, 62. A driver file
  // that lies on another machine's share is what the known attack hands over; print$ is where print servers keep theirs. The spooler may have loaded the library
  // by the time that it answers with an error, unless it refuses the caller or was never asked.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(coalesce(command, target_name), ts) AS object, CASE WHEN outcome = 'refused' THEN ' (and was refused)' ELSE '' END AS refused_text, list(DISTINCT operation ORDER BY operation) AS operations,
           coalesce(arg_min(concat_ws('; ', 'name ' || target_name, command, detail), ts), 'arguments not readable') AS what,
           CASE WHEN is_error THEN '. It answered with an error' || coalesce(' (' || min(CASE status WHEN '0x00000002' THEN '2: a file was not found' WHEN '0x00000003' THEN '3: a path was not found' ELSE status END) || ')', '') || ', which is no refusal of the caller; whether it had loaded a file by then is not seen' ELSE '' END AS error_text,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' WHEN outcome = 'refused' THEN 'medium'
                WHEN "id.resp_h" IN ${ESTATE} OR bool_or(regexp_matches(regexp_replace(concat_ws(' ', command, detail), '(?i)\\\\\\\\[^\\\\ ]+\\\\print\\$\\\\', '', 'g'), '(^|[ =])\\\\\\\\[^ ]')) THEN 'high' ELSE 'medium' END AS severity,
           outcome, ${onlyUnread()} AS unread
    FROM (SELECT * REPLACE (CASE WHEN outcome = 'refused' AND NOT ${DENIED} THEN 'attempted' ELSE outcome END AS outcome), outcome = 'refused' AND NOT ${DENIED} AS is_error FROM dce_rpc)
    WHERE (endpoint = 'spoolss' AND opnum IN (9, 14, 46, 89)) OR (endpoint = 'IRemoteWinspool' AND opnum IN (39, 44, 62))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome, is_error`,
  explanation:
    "{user} on {source} asked {target}{refused_text} to load a printer driver, processor or monitor ({operations}): {what}{error_text}.",
  falsePositives: ["Driver installation by a print administrator"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-34527", "MS-RPRN 3.1.4", "MS-PAR 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [{ capture: "smb-file-copy.pcapng", findings: 0 }],
};
