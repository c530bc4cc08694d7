import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE_OR_HYPERVISOR, INSIDE, OUTSIDE } from "../sql.ts";

export const ftpUpload: Detection = {
  id: "BT-EX-004",
  title: "Upload to the outside by FTP",
  phase: "exfiltration",
  attack: ["T1048.003", "T1048.002"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 10000000 },
  // Commands in clear that store a file; under TLS the data connections of the same pair, by what they carried.
  query: `
    WITH stored AS (
      SELECT f.ts, f.rid, f."id.orig_h" AS source, f."id.resp_h" AS target, f."user", f.arg, f.reply_code, coalesce(nullif(greatest(coalesce(c.orig_bytes, 0), coalesce(c.resp_bytes, 0)), 0), f.file_size, 0) AS octets
      FROM ftp f LEFT JOIN conn c ON c.uid = f.data_uid
      WHERE f.command IN ('STOR', 'APPE', 'STOU') AND f."id.resp_h" IN ${OUTSIDE} AND f."id.orig_h" IN ${INSIDE}
    ), sealed AS (
      SELECT uid, ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT)) AS ends FROM conn
      WHERE proto = 'tcp' AND ("id.resp_p" = 990 AND contains(coalesce(service, ''), 'ssl') OR contains(coalesce(service, ''), 'ftp') AND contains(coalesce(service, ''), 'ssl')) AND "id.resp_h" IN ${OUTSIDE} AND "id.orig_h" IN ${INSIDE}
    ), data AS (
      SELECT s.source, s.target, s.rid, s.uid, c.ts, c.rid AS data_rid, c.orig_bytes AS octets
      FROM sealed s JOIN conn c ON c."id.orig_h" = s.source AND c."id.resp_h" = s.target AND c.uid <> s.uid
      WHERE c.proto = 'tcp' AND c.ts BETWEEN s.ts AND s.ends AND c."id.resp_p" >= 1024 AND c.orig_bytes >= 1000 AND c.orig_bytes > 5 * coalesce(c.resp_bytes, 0)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, any_value("user") AS "user", arg_max(arg, octets) AS object, sum(octets) AS sent_octets,
           'uploaded ' || count(*) || ' files by FTP (' || array_to_string(list(DISTINCT regexp_extract(coalesce(arg, ''), '[^/]*$'))[:4], ', ') || ')' AS act, CASE WHEN bool_or(reply_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_or(reply_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome, 'fact' AS basis,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN sum(octets) >= $octets OR bool_or(regexp_matches(coalesce(arg, ''), '${ARCHIVE_PATTERN}')) THEN 'critical' ELSE 'high' END WHEN sum(octets) >= $octets OR bool_or(regexp_matches(coalesce(arg, ''), '${ARCHIVE_PATTERN}')) THEN 'medium' ELSE 'low' END AS severity
    FROM stored GROUP BY source, target
    UNION ALL
    SELECT min(ts), max(ts), list(DISTINCT rid)[:10] || list(data_rid ORDER BY ts)[:90], count(*), source, target, NULL, 'FTP over TLS', sum(octets), 'seems to have uploaded ' || count(*) || ' files by FTP over TLS', 'confirmed', 'inference',
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN sum(octets) >= $octets THEN 'critical' ELSE 'high' END WHEN sum(octets) >= $octets THEN 'medium' ELSE 'low' END
    FROM data GROUP BY source, target`,
  explanation: "{source} {act} to {target} outside, {sent_octets} in all.",
  falsePositives: ["Uploads to a vendor's support", "Old off-site backups by FTP"],
  references: ["https://attack.mitre.org/techniques/T1048/003/"],
  blindTo: [],
  samples: [
    { capture: "file-transfer-out.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
