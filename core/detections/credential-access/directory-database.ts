import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const directoryDatabase: Detection = {
  id: "BT-CA-004",
  title: "Directory database copied over SMB",
  phase: "credential-access",
  attack: ["T1003.003"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { octets: 1000000 },
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           coalesce(path || '\\', '') || name AS object, sum(bytes_read) AS octets, 'confirmed' AS outcome
    FROM smb_operations
    WHERE action = 'transfer' AND bytes_read > 0
      AND (regexp_matches(name, '(?i)(^|\\\\)ntds\\.dit$')
        OR (regexp_matches(name, '(?i)(@gmt-|harddiskvolumeshadowcopy)') AND regexp_matches(name, '(?i)config\\\\(system|security|sam)$')))
    GROUP BY "id.orig_h", "id.resp_h", "user", path, name HAVING sum(bytes_read) >= $octets OR regexp_matches(name, '(?i)config\\\\')`,
  explanation: "{user} on {source} read {object} ({octets}) from {target}.",
  falsePositives: ["Directory backups read the file locally"],
  references: ["https://attack.mitre.org/techniques/T1003/003/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "directory-database.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
