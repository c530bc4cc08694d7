import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE } from "../sql.ts";

export const exportListing: Detection = {
  id: "BT-DI-010",
  title: "NFS export listing",
  phase: "discovery",
  attack: ["T1135", "T1046"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["mount|nfs|portmap"],
  learningDays: 0,
  parameters: { minutes: 10, servers: 3 },
  // MOUNT EXPORT (5) and DUMP (2), and a list of all programs from the portmapper; who mounts something then was a client. RFC 1813 5.2, RFC 1833
  query: `
    WITH asked AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, operation, outcome FROM mount WHERE operation IN ('EXPORT', 'DUMP')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'list of programs', outcome FROM portmap WHERE operation = 'DUMP'
    ), mounted AS (
      SELECT ts, "id.orig_h" AS source, "id.resp_h" AS target FROM mount WHERE operation = 'MNT' AND outcome = 'confirmed'
      UNION ALL SELECT min(ts), "id.orig_h", "id.resp_h" FROM nfs WHERE outcome = 'confirmed' GROUP BY 2, 3
    ), listed AS (
      SELECT a.source, a.target, CAST(a.ts AS DATE) AS day, min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:20] AS rids, list(DISTINCT a.operation) AS operations,
             bool_or(a.operation <> 'list of programs') AS exports, bool_or(a.outcome = 'confirmed') AS done, bool_and(a.outcome = 'refused') AS refused
      FROM asked a WHERE a.source NOT IN ${BACKUP_ACTORS} AND a.source NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2, 3
    ), judged AS (
      SELECT l.*, EXISTS (SELECT 1 FROM mounted m WHERE m.source = l.source AND m.target = l.target AND m.ts BETWEEN l.ts AND l.ts_last + to_minutes($minutes)) AS mounts FROM listed l
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, source, CASE WHEN count(*) = 1 THEN min(target) END AS target, count(*) AS count, count(*) FILTER (refused) AS refused_count,
           list(target ORDER BY ts) AS targets, list_sort(list_distinct(flatten(list(operations)))) AS operations,
           CASE WHEN bool_or(done) THEN 'confirmed' WHEN bool_and(refused) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN count(*) >= $servers OR bool_or(target IN ${ESTATE}) THEN 'medium' ELSE 'low' END AS severity
    FROM judged GROUP BY source, day
    HAVING count(*) >= $servers OR bool_or(exports AND NOT mounts)`,
  explanation:
    "{source} {listed|to list} the exports or services of {count} hosts ({operations}) without mounting any: {targets}.",
  falsePositives: ["Administrators who run showmount"],
  references: ["https://attack.mitre.org/techniques/T1135/", "RFC 1813 5.2.5"],
  blindTo: [],
  samples: [
    { capture: "export-listing.rows", findings: 1 },
    { capture: "nfs.pcapng", findings: 0 },
  ],
};
