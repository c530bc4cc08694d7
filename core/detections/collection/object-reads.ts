import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";
import { SEALED_WRITERS } from "../tampering/ledger-sql.ts";

export const objectReads: Detection = {
  id: "BT-CO-004",
  title: "Bulk reads of objects by a new principal",
  phase: "collection",
  attack: ["T1530"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["object_store|sealed_store"],
  learningDays: 0,
  parameters: { objects: 100, octets: 1000000000, learning_days: 7, ratio: 3 },
  // Many reads of one bucket by a machine and key that did not read so in the time of learning; without such a time, by one that read far more than it ever wrote while others write there.
  // Inside TLS the same is concluded from lengths and times, and counts less.
  query: `
    WITH start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(access_key, 'nobody') AS "user", bucket, key, CASE WHEN regexp_matches(operation, '(?i)^(GetObject|GetBlob|Get Blob|Read|DownloadObject|b2_download|objects\\.get|Get Object)') THEN 'read' WHEN regexp_matches(operation, '(?i)(Put|Upload|CopyObject|insert|Write)') THEN 'write' END AS kind,
             coalesce(response_octets, 0) AS octets, status_code
      FROM object_store WHERE bucket IS NOT NULL AND coalesce(status_code, 200) < 400
    ), written AS (
      SELECT target, bucket, list(DISTINCT source) AS writers FROM call WHERE kind = 'write' GROUP BY ALL
    ), usual AS (
      SELECT DISTINCT c.source, c."user", c.target, c.bucket FROM call c, start s WHERE c.kind = 'read' AND c.ts <= s.learned GROUP BY ALL HAVING count(DISTINCT c.key) >= 0.1 * $objects
    )
    SELECT min(c.ts) AS ts, max(c.ts) AS ts_last, list(c.rid ORDER BY c.ts) FILTER (c.kind = 'read')[:100] AS records, count(*) FILTER (c.kind = 'read') AS count, c.source, c.target, c."user", 'read' AS did, 'the bucket ' || c.bucket AS place, c.bucket AS object, count(DISTINCT c.key) FILTER (c.kind = 'read') AS objects, coalesce(sum(c.octets) FILTER (c.kind = 'read'), 0) AS read_octets, 'confirmed' AS outcome,
           CASE WHEN min(s.is_long) THEN 'in ' || $learned || ' it did not' ELSE 'others wrote there, it did not' END AS new_text, CASE WHEN c.source IN ${BACKUP_ACTORS} THEN 'it is a backup server or proxy, which reads for restores, checks and tiering' END AS explained, CASE WHEN min(s.is_long) THEN 'high' ELSE 'medium' END AS severity
    FROM call c JOIN start s ON true LEFT JOIN usual u ON u.source = c.source AND u."user" = c."user" AND u.target = c.target AND u.bucket = c.bucket LEFT JOIN written w ON w.target = c.target AND w.bucket = c.bucket
    WHERE c.kind IS NOT NULL AND (u.source IS NULL OR NOT s.is_long) AND (NOT s.is_long OR c.ts > s.learned)
    GROUP BY c.source, c.target, c."user", c.bucket, CAST(c.ts AS DATE)
    HAVING (count(DISTINCT c.key) FILTER (c.kind = 'read') >= $objects OR sum(c.octets) FILTER (c.kind = 'read') >= $octets) AND count(*) FILTER (c.kind = 'read') >= $ratio * count(*) FILTER (c.kind = 'write')
       AND (min(s.is_long) OR len(min(w.writers)) > 0 AND NOT list_contains(min(w.writers), c.source))
    UNION ALL BY NAME
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.ts)[:100] AS records, count(*) AS count, s."id.orig_h" AS source, s."id.resp_h" AS target, 'seems, by lengths and times inside TLS, to have read' AS did, 'the store ' || s.server_name AS place, s.server_name AS object,
           sum(s.downloads) AS objects, sum(s.download_octets) AS read_octets, 'observed' AS outcome, 'inference' AS basis, 0.45 AS confidence, CASE WHEN min(t.is_long) THEN 'in ' || $learned || ' it did not' ELSE 'another machine put objects there, it did not' END AS new_text,
           CASE WHEN s."id.orig_h" IN ${BACKUP_ACTORS} THEN 'it is a backup server or proxy, which reads for restores, checks and tiering' END AS explained, CASE WHEN min(t.is_long) THEN 'medium' ELSE 'low' END AS severity
    FROM sealed_store s CROSS JOIN start t JOIN ${SEALED_WRITERS} w ON w.place = s.server_name AND w.source <> s."id.orig_h"
    WHERE (NOT t.is_long OR s.ts > t.learned)
      AND NOT EXISTS (SELECT 1 FROM sealed_store u WHERE u."id.orig_h" = s."id.orig_h" AND u.server_name = s.server_name AND (t.is_long AND u.ts <= t.learned AND u.downloads >= 0.1 * $objects OR NOT t.is_long AND u.uploads > 0))
    GROUP BY s."id.orig_h", s."id.resp_h", s.server_name, CAST(s.ts AS DATE)
    HAVING (sum(s.downloads) >= $objects OR sum(s.download_octets) >= $octets) AND sum(s.downloads) >= $ratio * coalesce(sum(s.uploads), 0)`,
  explanation: "{user} on {source} {did} {objects} objects ({read_octets}) of {place} on {target}; {new_text}.",
  falsePositives: ["Health checks and tiering", "A restore from the store"],
  references: ["https://attack.mitre.org/techniques/T1530/"],
  blindTo: [
    {
      text: "object stores that are reached by TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE regexp_matches(coalesce(server_name, ''), '(^|\\.)(s3[.-]|blob\\.core|storage\\.googleapis)')`,
    },
  ],
  samples: [
    { capture: "bucket-reader.rows", findings: 1 },
    { capture: "sealed-store.rows", findings: 1 },
    { capture: "sealed-retention.rows", findings: 0 },
    { capture: "s3.pcapng", findings: 0 },
  ],
};
