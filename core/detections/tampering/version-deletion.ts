import type { Detection } from "../detection.ts";
import { BUCKET_WRITERS, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES } from "./ledger-sql.ts";

export const versionDeletion: Detection = {
  id: "BT-TI-013",
  title: "Specific versions deleted or governance bypassed",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { history_days: 3 },
  // A deletion that names no version only hides the object; one that names it destroys. A version in the answer is that of the marker.
  query: `
    WITH act AS (
      SELECT o.rid, o.ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", o.bucket, status_code, coalesce(key, keys[1]) AS object,
             coalesce(bypasses_governance, false) AS bypass, coalesce(len(keys), 1) AS objects, w.source IS NOT NULL AS is_writer
      FROM object_store o LEFT JOIN ${BUCKET_WRITERS} w ON w.source = o."id.orig_h" AND w.target = o."id.resp_h" AND w.bucket = o.bucket
      WHERE (bypasses_governance AND operation IN ('DeleteObject', 'DeleteObjects', 'PutObjectRetention', 'PutObjectLegalHold'))
         OR (operation = 'DeleteObject' AND version_id IS NOT NULL AND delete_marker IS DISTINCT FROM true)
         OR (operation = 'DeleteObjects' AND list_bool_or([contains(k, '?versionId=') FOR k IN keys]))
         OR (service = 'gcs' AND operation = 'objects.delete' AND version_id IS NOT NULL)
    ), habit AS (SELECT source, target, bucket, count(DISTINCT CAST(ts AS DATE)) AS days FROM act GROUP BY 1, 2, 3)
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, a.source, a.target, "user",
           CAST(sum(objects) AS BIGINT) AS count, arg_min(object, ts) AS object, a.bucket AS place, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'removed' ELSE 'asked to remove' END || ' versions or locks of ' || CAST(sum(objects) AS BIGINT) || CASE WHEN sum(objects) = 1 THEN ' object' ELSE ' objects' END
             || CASE WHEN bypass THEN ' with the header that passes over governance retention' ELSE '' END AS did,
           CASE WHEN bypass AND bool_or(status_code < 300) THEN 'critical' WHEN is_writer THEN 'low' WHEN bypass OR bool_or(status_code < 300) THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN is_writer AND NOT bypass AND min(h.days) > $history_days THEN 'Retention: the machine puts objects into this bucket itself, and has deleted versions on ' || min(h.days) || ' days' END AS explained,
           CASE WHEN is_writer AND NOT bypass THEN 'The machine puts objects into this bucket itself: retention of versioned buckets deletes by version' END AS note
    FROM act a JOIN habit h ON h.source = a.source AND h.target = a.target AND h.bucket IS NOT DISTINCT FROM a.bucket
    GROUP BY a.source, a.target, "user", a.bucket, bypass, is_writer, CAST(ts AS DATE), ${HTTP_ANSWER}`,
  explanation: "{user} on {source} {did} in {place} on {target}, first {object}.",
  falsePositives: ["Product retention in versioned buckets (told low for a machine that writes there)"],
  references: ["https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
