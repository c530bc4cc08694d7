import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE } from "../sql.ts";
import { BUCKET_WRITERS, SEALED_STORES, SEALED_WRITERS, backupActs, deletionQuery, runsOf } from "./ledger-sql.ts";

/** Exchanges in a row inside TLS that bring nothing either way, as deletions do. */
const SEALED_DELETIONS = `
    SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:200] AS records, count(*) AS record_count, r.source, r.target, CAST(sum(r.series) AS BIGINT) AS count, r.place, 'observed' AS outcome, 'inference' AS basis,
           0.45 AS confidence, 'seems, by lengths and times inside TLS, to have deleted' AS did, 'about ' || CAST(sum(r.series) AS BIGINT) || ' objects' AS things, '; questions whether objects are there would look the same' AS first_text,
           CASE WHEN NOT bool_or(w.source IS NOT NULL) THEN 'low' WHEN r.target IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(w.source IS NOT NULL) THEN 'Another machine puts objects there, this one was not seen to' END AS note
    FROM ${runsOf(
      `(SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, server_name AS place, series FROM sealed_store s WHERE series > 0 AND "id.orig_h" NOT IN ${BACKUP_ACTORS}
          AND NOT EXISTS (SELECT 1 FROM sealed_store u WHERE u."id.orig_h" = s."id.orig_h" AND u.server_name = s.server_name AND u.uploads > 0 AND u.ts < s.ts - INTERVAL 1 HOUR))`,
      "source, target, place",
    )} r LEFT JOIN ${SEALED_WRITERS} w ON w.place = r.place AND w.source <> r.source
    GROUP BY r.source, r.target, r.place, r.number HAVING sum(r.series) >= $n`;

export const objectDeletion: Detection = {
  id: "BT-TI-012",
  title: "Objects deleted from a backup bucket",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["object_store|sealed_store"],
  learningDays: 0,
  parameters: { n: 100, window_minutes: 10, newest_days: 7, history_days: 3 },
  // The first part knows backups by their names or the product; the second counts any objects that go in bulk; the third concludes from lengths and times inside TLS, and only of machines that put nothing there.
  query: `
    SELECT *, coalesce(', first ' || object, '') AS first_text FROM (
    SELECT * FROM (${deletionQuery(backupActs("protocol IN ('s3', 'swift')"))})
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user",
           CAST(sum(objects) AS BIGINT) AS count, arg_min(object, ts) AS object, bucket AS place, 'confirmed' AS outcome, 'deleted' AS did, CAST(sum(objects) AS BIGINT) || ' objects' AS things,
           0.7 AS confidence, CASE WHEN is_writer THEN 'low' WHEN target IN ${ESTATE} THEN 'critical' ELSE 'medium' END AS severity,
           CASE WHEN is_writer THEN 'The machine puts objects into this bucket itself' END AS note
    FROM ${runsOf(
      `(SELECT o.rid, o.ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", o.bucket, coalesce(key, keys[1]) AS object,
               coalesce(len(keys), 1) - coalesce(len(failed_keys), 0) AS objects, w.source IS NOT NULL OR "id.orig_h" IN ${BACKUP_ACTORS} AS is_writer
        FROM object_store o LEFT JOIN ${BUCKET_WRITERS} w ON w.source = o."id.orig_h" AND w.target = o."id.resp_h" AND w.bucket = o.bucket
        WHERE service IN ('s3', 'swift') AND operation IN ('DeleteObject', 'DeleteObjects', 'object delete', 'bulk-delete') AND status_code < 300
          AND rid NOT IN (SELECT o2.rid FROM object_store o2 JOIN archive_op a ON a.uid = o2.uid AND a.ts = o2.ts AND a.operation = 'delete'))`,
      `source, target, coalesce("user", ''), bucket`,
    )} GROUP BY source, target, "user", bucket, number, is_writer HAVING sum(objects) >= $n)
    UNION ALL BY NAME
    ${SEALED_DELETIONS}`,
  explanation: "{user} on {source} {did} {things} of {place} on {target}{first_text}.",
  falsePositives: ["Retention and lifecycle of the product (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "Amazon S3 API: DeleteObject, DeleteObjects"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 3 },
    { capture: "sealed-store.rows", findings: 1 },
    { capture: "sealed-retention.rows", findings: 0 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
