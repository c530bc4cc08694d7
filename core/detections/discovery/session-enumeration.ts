import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, GROUP_OUTCOME, NOT_GRANTED, onlyUnread, SEALED } from "../sql.ts";

export const sessionEnumeration: Detection = {
  id: "BT-DI-005",
  title: "Session and logged-on user enumeration",
  phase: "discovery",
  attack: ["T1033", "T1049", "T1012"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-SRVS] 3.1.4: NetrSessionEnum 12, NetrFileEnum 9, NetrConnectionEnum 8; the terminal service's lists ([MS-TSTS] 3.5 and 3.6); [MS-WKST] NetrWkstaUserEnum 2; [MS-RRP] OpenUsers 4 with BaseRegEnumKey 9.
  query: `
    WITH users AS (
      SELECT uid FROM dce_rpc WHERE endpoint = 'winreg' GROUP BY uid HAVING bool_or(opnum = 4) AND bool_or(opnum = 9)
    ), call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, outcome, ${SEALED} AS hidden, CAST(ts AS DATE) AS day FROM dce_rpc
      WHERE ((endpoint = 'srvsvc' AND opnum IN (8, 9, 12)) OR (endpoint = 'winstation_rpc' AND operation IN ('RpcWinStationEnumerate', 'RpcWinStationGetAllProcesses', 'RpcWinStationQueryInformation')) OR (endpoint = 'TermServEnumeration' AND opnum IN (5, 8, 9, 10, 11)) OR (endpoint = 'wkssvc' AND opnum = 2)
          OR (endpoint = 'winreg' AND opnum IN (4, 9) AND uid IN (SELECT uid FROM users)))
        AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source,
           CASE WHEN count(DISTINCT target) = 1 THEN min(target) END AS target, min("user") AS "user", count(DISTINCT target) AS count,
           list(DISTINCT target ORDER BY target) AS targets, list(DISTINCT operation ORDER BY operation) AS operations,
           ${GROUP_OUTCOME} AS outcome, ${onlyUnread("hidden")} AS unread
    FROM call GROUP BY source, day`,
  explanation: "{user} on {source} asked {count} hosts who is connected or logged on ({operations}): {targets}.",
  falsePositives: ["Monitoring tools"],
  references: ["https://attack.mitre.org/techniques/T1049/", "MS-SRVS 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "session-enumeration.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
