import { SEALED_WMI_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, GROUP_OUTCOME, NOT_GRANTED, onlyUnread, SEALED } from "../sql.ts";

export const wmiQuery: Detection = {
  id: "BT-DI-021",
  title: "Another machine asked about itself over WMI",
  phase: "discovery",
  attack: ["T1047", "T1082", "T1018", "T1033", "T1057"],
  severity: "low",
  confidence: 0.5,
  basis: "fact",
  needs: ["dce_rpc|winrm"],
  learningDays: 0,
  parameters: { sealed_calls: 3 },
  // [MS-WMI] 3.1.4.3: GetObject 6 and 7, CreateInstanceEnum 18 and 19, ExecQuery 20 and 21; enumerations of WinRM. Where calls are sealed only their number is seen.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(command, target_name) AS text, ${SEALED} AS hidden, outcome FROM dce_rpc
      WHERE endpoint = 'IWbemServices' AND opnum IN (6, 7, 18, 19, 20, 21)
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif("domain", ''), "user"), coalesce(filter, resource_uri), false, CASE WHEN status_code < 300 THEN 'confirmed' WHEN status_code >= 400 THEN 'refused' ELSE 'attempted' END FROM winrm
      WHERE operation IN ('Enumerate', 'Get') AND regexp_matches(coalesce(filter, resource_uri, ''), '(?i)(win32_|cim_|msft_|antivirusproduct)')
    ), wanted AS (
      SELECT *, regexp_matches(coalesce(text, ''), '(?i)(win32_(operatingsystem|computersystem|bios|processor|service|useraccount|group|loggedonuser|logonsession|networkadapter|networklogin|product|quickfix|share|logicaldisk|diskdrive|startupcommand|environment|systemdriver|ntdomain|desktop|pingstatus)|antivirusproduct|cim_datafile|msft_net|from\\s+win32_process)') AS is_about FROM call
      WHERE source NOT IN ${BACKUP_ACTORS} AND source NOT IN ${ADMIN_HOSTS}
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(*) AS count, source, target, min("user") AS "user",
           min(text) FILTER (is_about) AS object, coalesce(list(DISTINCT text ORDER BY text) FILTER (is_about), ['the arguments are sealed']) AS queries,
           CASE WHEN bool_or(is_about) THEN 'fact' ELSE 'inference' END AS basis, ${GROUP_OUTCOME} AS outcome, ${onlyUnread("hidden")} AS unread
    FROM wanted GROUP BY source, target, CAST(ts AS DATE)
    HAVING bool_or(is_about) OR count(*) FILTER (hidden) >= $sealed_calls`,
  explanation: "{user} on {source} asked {target} about itself over WMI in {count} calls: {queries}.",
  falsePositives: ["Monitoring and inventory products", "Administrators' consoles"],
  references: [
    "https://attack.mitre.org/techniques/T1047/",
    "https://attack.mitre.org/techniques/T1082/",
    "MS-WMI 3.1.4.3",
  ],
  blindTo: [SEALED_WMI_CALLS],
  samples: [
    { capture: "wmi-query.rows", findings: 1 },
    { capture: "registry-read.pcapng", findings: 0 },
  ],
};
