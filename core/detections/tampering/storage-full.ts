import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE } from "../sql.ts";
import { runsOf } from "./ledger-sql.ts";

export const storageFull: Detection = {
  id: "BT-TI-041",
  title: "Storage filled or write errors",
  phase: "tampering",
  attack: ["T1499", "T1490"],
  severity: "medium",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations|nfs|http|block_op|object_store"],
  learningDays: 0,
  parameters: { n: 5, window_minutes: 15 },
  query: `
    WITH failure AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", status, coalesce(path || '\\', '') || coalesce(name, '') AS object FROM smb_operations
      WHERE status IN ('STATUS_DISK_FULL', 'STATUS_QUOTA_EXCEEDED', 'STATUS_MEDIA_WRITE_PROTECTED', 'STATUS_DISK_CORRUPT_ERROR')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", "user", status, path FROM nfs WHERE regexp_matches(status, '(NOSPC|DQUOT|ROFS|_IO)$')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", NULL, CAST(status_code AS VARCHAR) || coalesce(' ' || status_msg, ''), uri FROM http WHERE status_code = 507
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", access_key, error_code, bucket FROM object_store
      WHERE regexp_matches(error_code, '(?i)InsufficientCapacity|InsufficientStorage|XMinioStorageFull|StorageFull|QuotaExceeded')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", "user", sense, target FROM block_op
      WHERE regexp_matches(operation, '^WRITE') AND outcome = 'refused' AND regexp_matches(coalesce(sense, ''), '^(DATA PROTECT|HARDWARE ERROR|MEDIUM ERROR)|SPACE ALLOCATION')
    ), writer AS (
      SELECT DISTINCT "id.orig_h" AS source, "id.resp_h" AS target FROM archive_op WHERE operation IN ('write', 'create') AND outcome = 'granted'
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, f.source, f.target, min("user") AS "user", arg_min(object, ts) AS object, min(status) AS status, 'refused' AS outcome,
           CASE WHEN f.target NOT IN ${ESTATE} THEN 'low' WHEN min(w.source) IS NULL AND f.source NOT IN ${BACKUP_ACTORS} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN min(w.source) IS NULL AND f.target IN ${ESTATE} AND f.source NOT IN ${BACKUP_ACTORS} THEN 'The machine writes no backups: it may have filled the storage' END AS note
    FROM ${runsOf("failure", "source, target")} f LEFT JOIN writer w ON w.source = f.source AND w.target = f.target
    GROUP BY f.source, f.target, number HAVING count(*) >= $n`,
  explanation: "Writes of {source} to {target} failed {count} times with {status}, first {object}.",
  falsePositives: ["An ordinary lack of space"],
  references: ["https://attack.mitre.org/techniques/T1499/", "MS-ERREF 2.3.1", "RFC 1813 2.6"],
  blindTo: [{ text: "single writes to an open SMB file that fail", query: null }, SEALED_SMB_FILES],
  samples: [
    { capture: "storage-full.rows", findings: 1 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
