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
    ), moved AS (
      SELECT uid, rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, orig_bytes AS octets FROM conn
      WHERE proto = 'tcp' AND "id.resp_p" >= 1024 AND orig_bytes >= 1000 AND orig_bytes > 5 * coalesce(resp_bytes, 0) AND ("id.orig_h", "id.resp_h") IN (SELECT (source, target) FROM sealed)
    ), data AS (
      -- What began while a control connection was open, each once, and the control connections in whose time something did; none is its own.
      SELECT * FROM (
        SELECT *, sum(step) OVER (PARTITION BY source, target ORDER BY moment) AS open, count(octets) OVER (PARTITION BY source, target ORDER BY moment RANGE BETWEEN CURRENT ROW AND span FOLLOWING) AS carried
        FROM (
          SELECT *, epoch_ns(ts) AS moment, 0 AS span, 0 AS step, uid IN (SELECT uid FROM sealed) AS is_both FROM moved
          UNION ALL BY NAME SELECT uid, rid, ts, source, target, epoch_ns(ts) AS moment, epoch_ns(ends) - epoch_ns(ts) AS span, 1 AS step, uid IN (SELECT uid FROM moved) AS is_both FROM sealed
          UNION ALL BY NAME SELECT source, target, epoch_ns(ends) + 1 AS moment, 0 AS span, -1 AS step FROM sealed)
      ) WHERE CASE step WHEN 0 THEN open > CAST(is_both AS INTEGER) WHEN 1 THEN carried > CAST(is_both AS INTEGER) ELSE false END
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, min("user") AS "user", arg_max(arg, octets) AS object, sum(octets) AS sent_octets,
           'uploaded ' || count(*) || ' files by FTP (' || array_to_string(list(DISTINCT regexp_extract(coalesce(arg, ''), '[^/]*$') ORDER BY regexp_extract(coalesce(arg, ''), '[^/]*$'))[:4], ', ') || ')' AS act, CASE WHEN bool_or(reply_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_or(reply_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome, 'fact' AS basis,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN sum(octets) >= $octets OR bool_or(regexp_matches(coalesce(arg, ''), '${ARCHIVE_PATTERN}')) THEN 'critical' ELSE 'high' END WHEN sum(octets) >= $octets OR bool_or(regexp_matches(coalesce(arg, ''), '${ARCHIVE_PATTERN}')) THEN 'medium' ELSE 'low' END AS severity
    FROM stored GROUP BY source, target
    UNION ALL
    SELECT min(ts) FILTER (step = 0), max(ts) FILTER (step = 0), (list(rid ORDER BY ts, rid) FILTER (step = 1))[:10] || (list(rid ORDER BY ts, rid) FILTER (step = 0))[:90], count(octets), source, target, NULL, 'FTP over TLS', sum(octets), 'seems to have uploaded ' || count(octets) || ' files by FTP over TLS', 'confirmed', 'inference',
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN sum(octets) >= $octets THEN 'critical' ELSE 'high' END WHEN sum(octets) >= $octets THEN 'medium' ELSE 'low' END
    FROM data GROUP BY source, target HAVING count(octets) > 0`,
  explanation: "{source} {act} to {target} outside, {sent_octets} in all.",
  falsePositives: ["Uploads to a vendor's support", "Old off-site backups by FTP"],
  references: ["https://attack.mitre.org/techniques/T1048/003/"],
  blindTo: [],
  samples: [
    { capture: "file-transfer-out.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
