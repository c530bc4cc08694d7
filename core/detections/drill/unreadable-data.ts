import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE } from "../sql.ts";

export const unreadableData: Detection = {
  id: "BT-DR-007",
  title: "Drill or verification found unreadable data",
  phase: "drill",
  attack: ["T1485", "T1565.001"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["block_op|ndmp|nfs|object_store|smb_operations|syslog"],
  learningDays: 0,
  parameters: { n: 1 },
  query: `
    WITH bad AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, name AS object, status, true AS sure FROM smb_operations WHERE regexp_matches(coalesce(status, ''), '(?i)(CRC_ERROR|DISK_CORRUPT|FILE_CORRUPT|0xc000003f|0xc0000032|0xc0000102)')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", path, status, true FROM nfs WHERE status IN ('NFS3ERR_IO', 'NFS4ERR_IO', 'NFSERR_IO', 'NFS2ERR_IO')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", bucket || '/' || key, service || ' ' || status_code, status_code >= 500 OR content_verified = 'mismatch' FROM object_store
        WHERE regexp_matches(operation, '(?i)^(Get ?Object|Get ?Blob|Download)') AND (status_code IN (404, 500) OR content_verified = 'mismatch') AND key IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", coalesce(target, '') || ' ' || coalesce(lun, ''), sense, true FROM block_op WHERE regexp_matches(coalesce(sense, ''), '(?i)medium error')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", coalesce(device, paths[1]), error, true FROM ndmp WHERE error IN ('IO_ERR', 'NDMP_IO_ERR')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", coalesce(nullif(regexp_extract(message, 'JobName="([^"]*)"', 1), ''), 'verification'), 'event ' || regexp_extract(message, 'instanceId="([0-9]+)"', 1), true FROM syslog
        WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(350|351|360|361|390|41710|198)"') AND regexp_matches(message, '(?i)(Result="?(2|failed)"?|has failed|finished with (an )?error|state[=: "]+failed)')
    ), listed AS (
      SELECT DISTINCT bucket || '/' || unnest([key]) AS object FROM object_store WHERE status_code BETWEEN 200 AND 299 AND regexp_matches(operation, '(?i)(Put|Upload|Head|Get)') AND key IS NOT NULL
    ), archive AS (
      SELECT b.*, regexp_matches(coalesce(b.object, ''), '${ARCHIVE_PATTERN}') OR b.target IN ${ESTATE} AS of_backups FROM bad b WHERE b.sure OR b.object IN (SELECT object FROM listed)
    ), again AS (
      SELECT DISTINCT "id.orig_h" AS source, "id.resp_h" AS target, name AS object FROM smb_operations WHERE action = 'transfer' AND outcome = 'confirmed' AND bytes_read > 0 AND name IN (SELECT object FROM bad)
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:50] AS records, count(*) AS count, a.source, a.target, CASE WHEN count(DISTINCT a.object) = 1 THEN min(a.object) END AS object, list(DISTINCT a.object) AS objects, list(DISTINCT a.status) AS errors, 'confirmed' AS outcome,
           CASE WHEN count(g.object) > 0 THEN 'low' WHEN bool_or(a.target IN ${ESTATE}) THEN 'high' ELSE 'medium' END AS severity
    FROM archive a LEFT JOIN again g ON g.source = a.source AND g.target = a.target AND g.object = a.object
    WHERE a.of_backups OR a.status LIKE 'event %' GROUP BY a.source, a.target HAVING count(*) >= $n`,
  explanation: "{source} met {count} read errors ({errors}) on {objects} of {target}.",
  falsePositives: ["Errors of the network that a successful retry followed"],
  references: ["https://attack.mitre.org/techniques/T1485/"],
  blindTo: [],
  samples: [
    { capture: "unreadable-data.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
