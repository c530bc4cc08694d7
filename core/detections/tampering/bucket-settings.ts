import type { Detection } from "../detection.ts";
import { windowHolds } from "../sql.ts";
import { BACKUP_BUCKETS, BUCKETS_MADE, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, isSetUp } from "./ledger-sql.ts";

export const bucketSettings: Detection = {
  id: "BT-TI-017",
  title: "Bucket policy, replication, logging or encryption changed, bucket deleted",
  phase: "tampering",
  attack: ["T1490", "T1562.008", "T1485"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: {},
  // A change window of the scope explains settings; what destroys a bucket or its copies is told all the same.
  query: `
    WITH act AS (
      SELECT o.rid, o.ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", o.bucket, status_code, operation,
             operation IN ('DeleteBucket', 'DeleteBucketReplication', 'container delete') AS is_grave, m.ts IS NOT NULL AND operation <> 'DeleteBucket' AS is_set_up,
             (SELECT min(w.name) FROM change_windows w WHERE ${windowHolds("o.ts")}) AS change_window
      FROM object_store o LEFT JOIN ${BUCKETS_MADE} m ON m.source = o."id.orig_h" AND m.target = o."id.resp_h" AND m.bucket = o.bucket AND ${isSetUp("o.ts")}
      WHERE regexp_matches(operation, '^(Put|Delete)(BucketPolicy|BucketReplication|BucketLogging|BucketEncryption|BucketNotificationConfiguration|PublicAccessBlock|BucketOwnershipControls|BucketAcl)$')
         OR operation IN ('DeleteBucket', 'container delete')
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(rid ORDER BY a.ts)[:100] AS records, count(*) AS count, source, a.target, "user", a.bucket AS object,
           list(DISTINCT operation ORDER BY operation) AS settings, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'called' WHEN bool_and(status_code >= 300) THEN 'tried, and was refused,' ELSE 'asked for (no answer was seen)' END AS did,
           CASE WHEN b.bucket IS NULL THEN 'low' WHEN bool_and(status_code >= 300) THEN 'medium' WHEN is_grave THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN is_set_up THEN 'The same machine had made the bucket, and nothing was stored in it yet: it is being set up'
                WHEN NOT is_grave AND change_window IS NOT NULL THEN 'It lies in the change window ' || change_window || ' of the scope' END AS explained
    FROM act a LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = a.target AND b.bucket = a.bucket
    GROUP BY source, a.target, "user", a.bucket, is_grave, is_set_up, change_window, b.bucket, ${HTTP_ANSWER}`,
  explanation: "{user} on {source} {did} {settings} on the bucket {object} of {target}.",
  falsePositives: ["Infrastructure as code runs"],
  references: ["https://attack.mitre.org/techniques/T1562/008/", "Amazon S3 API reference"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
