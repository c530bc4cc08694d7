import type { Detection } from "../detection.ts";
import { HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, runsOf } from "./ledger-sql.ts";

export const clientKey: Detection = {
  id: "BT-TI-018",
  title: "Objects re-encrypted with a client key",
  phase: "tampering",
  attack: ["T1486"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { n: 10, window_minutes: 30 },
  // Only who sends the key can read the object again. New objects under a client's key are a way to back up; what was there before is not
  // encrypted so by its owner, unless by a copy over itself to change keys.
  query: `
    WITH plain AS (
      SELECT "id.resp_h" AS target, bucket, key, min(ts) AS ts FROM object_store
      WHERE status_code < 300 AND key IS NOT NULL AND operation IN ('PutObject', 'PostObject', 'CompleteMultipartUpload', 'CopyObject', 'GetObject', 'HeadObject', 'PutBlob', 'PutBlockList', 'GetBlob')
        AND NOT regexp_matches(coalesce(encryption, ''), '^(SSE-C|customer key)') GROUP BY ALL
    ), act AS (
      SELECT o.rid, o.ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", o.bucket, o.key, status_code, encryption,
             coalesce(split_part(o.source, '?', 1) = o.bucket || '/' || o.key, false) AS is_over_itself
      FROM object_store o LEFT JOIN plain p ON p.target = o."id.resp_h" AND p.bucket = o.bucket AND p.key = o.key AND p.ts < o.ts
      WHERE operation IN ('PutObject', 'PostObject', 'CopyObject', 'UploadPartCopy', 'CreateMultipartUpload', 'PutBlob', 'PutBlockList')
        AND regexp_matches(coalesce(encryption, ''), '^(SSE-C|customer key)')
        AND (p.ts IS NOT NULL OR coalesce(split_part(o.source, '?', 1) = o.bucket || '/' || o.key, false))
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user", count(DISTINCT key) AS count,
           bucket || '/' || arg_min(key, ts) AS object, bucket AS place, min(encryption) AS encryption, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'rewrote' ELSE 'asked to rewrite' END AS did,
           CASE WHEN bool_and(status_code >= 300) THEN 'medium' WHEN count(DISTINCT key) >= $n THEN 'critical' ELSE 'high' END AS severity
    FROM ${runsOf("act", `source, target, coalesce("user", ''), bucket`)} GROUP BY source, target, "user", bucket, number, ${HTTP_ANSWER}`,
  explanation:
    "{user} on {source} {did} {count} objects of {place} on {target} with a key that only the requester holds ({encryption}), first {object}.",
  falsePositives: ["Rotation of keys by design"],
  references: ["https://attack.mitre.org/techniques/T1486/", "Amazon S3 API: CopyObject, SSE-C"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
