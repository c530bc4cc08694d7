import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";
import { IS_BACKUP } from "../tampering/ledger-sql.ts";

/** An account without its domain, for comparing. */
const ACCOUNT = `lower(split_part(split_part("user", '\\', -1), '@', 1))`;

export const archiveRead: Detection = {
  id: "BT-CO-001",
  title: "Backup files read by a host without backup role",
  phase: "collection",
  attack: ["T1039", "T1005"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["archive_op|smb_operations"],
  learningDays: 0,
  parameters: { octets: 100000000, share: 0.5, files: 5, history_days: 3, learning_days: 7 },
  // Hosts that write archives to the same server on several days are part of the backup. A few octets (a look at the properties) do not count.
  // How much of a file was read is counted by its size at that time; while it was written it had others. NFS tells it with the answers, or by
  // the end that a read came to.
  // A machine that may read them is told too where it comes under an account that nobody used for these archives in the time of learning.
  query: `
    WITH nfs_read AS (
      SELECT uid AS session, ts AS began, path AS file, max(size) AS size FROM nfs
      WHERE operation IN ('READ', 'READ_PLUS') AND outcome = 'confirmed' GROUP BY ALL
    ), moved AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, coalesce(bytes_read, 0) AS octets_read, size,
             coalesce(bytes_written, 0) AS octets_written, read_end, CAST(ts AS DATE) AS day
      FROM smb_operations WHERE action = 'transfer' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
      UNION ALL
      SELECT ts, rid, uid, "id.orig_h", "id.resp_h", actor, share, object, coalesce(octets_read, 0), size, coalesce(octets_written, 0), NULL, CAST(ts AS DATE)
      FROM archive_op LEFT JOIN nfs_read ON session = uid AND began = ts AND file = object WHERE protocol = 'nfs' AND outcome = 'granted' AND operation IN ('read', 'write') AND object IS NOT NULL AND ${IS_BACKUP}
    ), writer AS (
      SELECT source, target FROM moved WHERE octets_written > 0 GROUP BY ALL HAVING count(DISTINCT day) >= $history_days
    ), opened AS (
      SELECT "id.resp_h" AS target, path, name, max(size) AS size FROM smb_operations
      WHERE action = 'open' AND size > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}') GROUP BY ALL
    ), known AS (
      SELECT DISTINCT target, ${ACCOUNT} AS account FROM moved WHERE ts <= ${LEARNED_UNTIL} AND "user" <> '' AND ${HAS_HISTORY}
    ), judged AS (
      SELECT m.*, source NOT IN ${BACKUP_ACTORS} AND (source, target) NOT IN (SELECT (source, target) FROM writer) AS is_stranger,
             ts > ${LEARNED_UNTIL} AND "user" <> '' AND target IN (SELECT target FROM known) AND (target, ${ACCOUNT}) NOT IN (SELECT (target, account) FROM known) AS is_new
      FROM moved m WHERE octets_read > 0
    ), read AS (
      SELECT m.source, m.target, m."user", m.day, m.name, m.path, m.is_stranger, min(m.ts) AS ts, max(m.ts) AS ts_last, list(m.rid ORDER BY m.ts)[:50] AS rids,
             sum(m.octets_read) AS octets, coalesce(max(m.size), min(o.size)) AS size
      FROM judged m LEFT JOIN opened o ON o.target = m.target AND o.path = m.path AND o.name = m.name
      WHERE m.is_stranger OR m.is_new GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, source, target, "user", count(*) AS count,
           sum(octets) AS octets, arg_max(coalesce(path || '\\', '') || name, octets) AS object, list(name ORDER BY octets DESC) AS files, 'confirmed' AS outcome,
           CASE WHEN is_stranger THEN 'high' ELSE 'medium' END AS severity, CASE WHEN is_stranger THEN 0.85 ELSE 0.6 END AS confidence,
           CASE WHEN NOT is_stranger THEN 'Backup files read under a new account' END AS title,
           CASE WHEN is_stranger THEN '' ELSE '; the machine may, but in ' || $learned || ' nobody used that account for them' END AS new_text
    FROM read GROUP BY source, target, "user", day, is_stranger
    HAVING sum(octets) >= $octets OR count(*) FILTER (size IS NOT NULL AND octets >= $share * size) >= 1 OR count(*) >= $files`,
  explanation: "{user} on {source} read {octets} from {count} backup files on {target}: {files}{new_text}.",
  falsePositives: ["Restores by a host that was not recognised as part of the estate", "Migrations"],
  references: ["https://attack.mitre.org/techniques/T1039/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-read.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
