import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, GROUP_OUTCOME } from "../sql.ts";

export const zeroedRanges: Detection = {
  id: "BT-TI-006",
  title: "Zeroing or trimming of backup data",
  phase: "tampering",
  attack: ["T1485", "T1561"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations|nfs"],
  learningDays: 0,
  parameters: { bytes: 64_000_000, history_days: 3 },
  // FSCTL_SET_ZERO_DATA and FSCTL_FILE_LEVEL_TRIM; DEALLOCATE and WRITE_SAME of NFS 4.2. A trim names its ranges in a list that is not kept,
  // so that one is enough. [MS-FSCC] 2.3.77, 2.3.20; RFC 7862 15.4, 15.12
  query: `
    WITH act AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(path || '\\', '') || name AS object, outcome, coalesce(size, 0) AS octets,
             CASE action WHEN 'zero' THEN 'zeroed' ELSE 'trimmed ranges of' END AS verb, action = 'control' AS is_unsized
      FROM smb_operations WHERE regexp_matches(name, '${ARCHIVE_PATTERN}') AND (action = 'zero' OR (action = 'control' AND target ILIKE '%FILE_LEVEL_TRIM%'))
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", coalesce("user", 'uid ' || uid_number || ' at ' || machine), path, outcome, coalesce("end" - "offset", octets, 0),
             CASE operation WHEN 'WRITE_SAME' THEN 'filled with a pattern' ELSE 'freed' END, false
      FROM nfs WHERE operation IN ('DEALLOCATE', 'WRITE_SAME') AND regexp_matches(path, '${ARCHIVE_PATTERN}')
    ), habit AS (SELECT source, target, count(DISTINCT CAST(ts AS DATE)) AS days FROM act GROUP BY 1, 2)
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(rid ORDER BY a.ts)[:200] AS records, count(*) AS count, a.source, a.target, "user", object,
           CAST(sum(octets) AS BIGINT) AS octets, CASE WHEN bool_or(outcome = 'confirmed') THEN '' ELSE 'asked for this: ' END || verb AS did,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN min(h.days) > $history_days THEN 'On ' || min(h.days) || ' days the machine gave up ranges of its archives: sparse files of the product' END AS explained
    FROM act a JOIN habit h ON h.source = a.source AND h.target = a.target
    GROUP BY a.source, a.target, "user", object, verb, outcome, CAST(a.ts AS DATE) HAVING sum(octets) >= $bytes OR bool_or(is_unsized)`,
  explanation: "{user} on {source} {did} {octets} of {object} on {target}.",
  falsePositives: ["Handling of sparse files by the backup product (set aside once it is seen to repeat)"],
  references: ["MS-FSCC 2.3.77", "RFC 7862 15.4"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-zeroed.rows", findings: 2 },
    { capture: "sparse-archives.rows", findings: 0 },
  ],
};
