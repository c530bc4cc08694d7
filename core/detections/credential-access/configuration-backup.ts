import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, KNOWS_BACKUP_SERVER } from "../sql.ts";

export const configurationBackup: Detection = {
  id: "BT-CA-020",
  title: "Backup of the backup configuration read by a stranger",
  phase: "credential-access",
  attack: ["T1552.001", "T1602"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(coalesce(path || '\\', '') || name, ts) AS object, sum(bytes_read) AS octets, 'confirmed' AS outcome,
           CASE WHEN ${KNOWS_BACKUP_SERVER} THEN 'high' ELSE 'medium' END AS severity
    FROM smb_operations r
    WHERE action = 'transfer' AND bytes_read > 0 AND regexp_matches(name, '(?i)\\.(bco|bsr)$') AND "id.orig_h" NOT IN ${BACKUP_ACTORS}
      AND NOT EXISTS (SELECT 1 FROM smb_operations w WHERE w."id.orig_h" = r."id.orig_h" AND w."id.resp_h" = r."id.resp_h" AND w.bytes_written > 0 AND regexp_matches(w.name, '(?i)\\.(bco|bsr)$'))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid`,
  explanation: "{user} on {source} read {object} ({octets}), a backup of the backup configuration, from {target}.",
  falsePositives: ["Planned migration"],
  references: ["https://attack.mitre.org/techniques/T1552/001/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "configuration-backup-read.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
