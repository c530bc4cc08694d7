import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS } from "../sql.ts";

export const archiveOverwrite: Detection = {
  id: "BT-TI-004",
  title: "Backup file opened with overwrite or supersede",
  phase: "tampering",
  attack: ["T1485", "T1565.001"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { history_days: 3 },
  // The server says that the file existed: create action OVERWRITTEN or SUPERSEDED. Chain metadata (.vbm and the like) is rewritten by
  // every job of its own server. [MS-SMB2] 2.2.14
  query: `
    WITH replaced AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, CAST(ts AS DATE) AS day,
             regexp_matches(name, '(?i)\\.(vbm|vsm|vlm|vom|vpm|vindex|bco)$') AS is_metadata
      FROM smb_operations
      WHERE action = 'open' AND create_action IN ('OVERWRITTEN', 'SUPERSEDED') AND outcome = 'confirmed' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
    ), writer AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, count(DISTINCT CAST(ts AS DATE)) AS days
      FROM smb_operations WHERE bytes_written > 0 AND outcome = 'confirmed' AND regexp_matches(name, '${ARCHIVE_PATTERN}') GROUP BY 1, 2
    )
    SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:200] AS records, count(*) AS record_count,
           r.source, r.target, r."user", count(DISTINCT r.name) AS count, arg_min(coalesce(r.path || '\\', '') || r.name, r.ts) AS object,
           list(DISTINCT r.name ORDER BY r.name) AS files, 'confirmed' AS outcome,
           CASE WHEN bool_and(r.is_metadata) AND (r.source IN ${BACKUP_ACTORS} OR min(w.days) >= $history_days)
                THEN 'The machine that writes these backups rewrites their chain metadata in every job' END AS explained,
           CASE WHEN bool_and(r.is_metadata) THEN 'medium' ELSE 'high' END AS severity
    FROM replaced r LEFT JOIN writer w ON w.source = r.source AND w.target = r.target
    GROUP BY r.source, r.target, r."user", r.day, r.is_metadata`,
  explanation:
    "{user} on {source} replaced {count} existing backup files on {target} by opening them for overwriting: {files}.",
  falsePositives: ["Jobs that write one file over and over"],
  references: ["MS-SMB2 2.2.14"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-overwrite.pcapng", findings: 1 },
    { capture: "retention-delete.pcapng", findings: 0 },
  ],
};
