import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, GROUP_OUTCOME } from "../sql.ts";

export const archiveTruncation: Detection = {
  id: "BT-TI-003",
  title: "Backup files truncated over SMB",
  phase: "tampering",
  attack: ["T1485", "T1561"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { share: 0.5, smallest: 65536 },
  // A new end of file far below the size the file had when it was opened. Growing files ask for more, never for less. [MS-FSCC] 2.4.14
  query: `
    WITH cut AS (
      SELECT rid, ts, uid, handle, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, path, name, size AS new_octets
      FROM smb_operations WHERE action = 'truncate' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
    ), opened AS (
      SELECT ts, uid, "id.resp_h" AS target, path, name, size AS old_octets FROM smb_operations
      WHERE action = 'open' AND outcome = 'confirmed' AND size >= $smallest AND regexp_matches(name, '${ARCHIVE_PATTERN}')
    ), measured AS (
      SELECT c.*, o.old_octets
      FROM cut c ASOF JOIN opened o ON o.uid = c.uid AND o.name = c.name AND o.ts <= c.ts
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, "user",
           coalesce(path || '\\', '') || name AS object, max(old_octets) AS old_octets, min(new_octets) AS new_octets,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'cut' ELSE 'asked to cut' END AS did,
           CASE WHEN bool_and(outcome = 'refused') THEN 'medium' ELSE 'critical' END AS severity
    FROM measured WHERE new_octets < $share * old_octets
    GROUP BY source, target, "user", path, name, outcome`,
  explanation: "{user} on {source} {did} {object} on {target} from {old_octets} to {new_octets}.",
  falsePositives: ["Products that reuse one file and set it to zero before each run"],
  references: ["https://attack.mitre.org/techniques/T1485/", "MS-FSCC 2.4.14"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-truncate.pcapng", findings: 1 },
    { capture: "retention-delete.pcapng", findings: 0 },
  ],
};
