import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN } from "../sql.ts";

export const backupSoftwareSearch: Detection = {
  id: "BT-DI-017",
  title: "Search for installed backup software",
  phase: "discovery",
  attack: ["T1518", "T1012", "T1007"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { hosts: 5, minutes: 15 },
  // svcctl EnumServicesStatusW 14 and ExW 42 on many hosts, or a registry key or service of a backup product opened from elsewhere.
  query: `
    WITH listed AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid, min("user") AS "user"
      FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (14, 39, 42)
        AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS} GROUP BY 1, 2, 3
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM listed
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, source, CAST(NULL AS VARCHAR) AS target, min("user") AS "user",
           count(*) AS count, CAST(NULL AS VARCHAR) AS object, 'asked ' || count(*) || ' hosts for their services' AS did
    FROM dense GROUP BY source, day HAVING bool_or(reached)
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:200], "id.orig_h", "id.resp_h", "user", count(*), min(target_name),
           'asked ' || "id.resp_h" || ' for ' || min(target_name) || CASE WHEN count(DISTINCT target_name) > 1 THEN ' and ' || (count(DISTINCT target_name) - 1) || ' more keys or services of backup products' ELSE '' END
    FROM dce_rpc
    WHERE ((endpoint = 'winreg' AND opnum = 15) OR (endpoint = 'svcctl' AND opnum = 16))
      AND regexp_matches(coalesce(target_name, ''), '${BACKUP_COMPONENT_PATTERN}|(?i)veritas')
      AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    GROUP BY "id.orig_h", "id.resp_h", "user", CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did}.",
  falsePositives: ["Inventory products"],
  references: ["https://attack.mitre.org/techniques/T1518/"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "backup-software-search.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
