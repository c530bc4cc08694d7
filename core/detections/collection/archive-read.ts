import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS } from "../sql.ts";

export const archiveRead: Detection = {
  id: "BT-CO-001",
  title: "Backup files read by a host without backup role",
  phase: "collection",
  attack: ["T1039", "T1005"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { octets: 100000000, share: 0.5, files: 5, history_days: 3 },
  // Hosts that write archives to the same server on several days are part of the backup. A few octets (a look at the properties) do not count.
  query: `
    WITH moved AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, coalesce(bytes_read, 0) AS octets_read, size,
             coalesce(bytes_written, 0) AS octets_written, read_end, CAST(ts AS DATE) AS day
      FROM smb_operations WHERE action = 'transfer' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
    ), writer AS (
      SELECT source, target FROM moved WHERE octets_written > 0 GROUP BY ALL HAVING count(DISTINCT day) >= $history_days
    ), opened AS (
      SELECT "id.resp_h" AS target, path, name, max(size) AS size FROM smb_operations
      WHERE action = 'open' AND size > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}') GROUP BY ALL
    ), read AS (
      SELECT m.source, m.target, m."user", m.day, m.name, m.path, min(m.ts) AS ts, max(m.ts) AS ts_last, list(m.rid ORDER BY m.ts)[:50] AS rids,
             sum(m.octets_read) AS octets, any_value(o.size) AS size
      FROM moved m LEFT JOIN opened o ON o.target = m.target AND o.path = m.path AND o.name = m.name
      WHERE m.octets_read > 0 AND m.source NOT IN ${BACKUP_ACTORS}
        AND (m.source, m.target) NOT IN (SELECT (source, target) FROM writer)
      GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, source, target, "user", count(*) AS count,
           sum(octets) AS octets, arg_max(coalesce(path || '\\', '') || name, octets) AS object, list(name ORDER BY octets DESC) AS files, 'confirmed' AS outcome
    FROM read GROUP BY source, target, "user", day
    HAVING sum(octets) >= $octets OR count(*) FILTER (size IS NOT NULL AND octets >= $share * size) >= 1 OR count(*) >= $files`,
  explanation: "{user} on {source} read {octets} from {count} backup files on {target}: {files}.",
  falsePositives: ["Restores by a host that was not recognised as part of the estate", "Migrations"],
  references: ["https://attack.mitre.org/techniques/T1039/"],
  blindTo: [
    { text: "files inside SMB3 encryption", query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'" },
  ],
  samples: [
    { capture: "archive-read.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
