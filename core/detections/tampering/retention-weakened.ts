import type { Detection } from "../detection.ts";
import { BACKUP_BUCKETS, BUCKETS_MADE, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, isSetUp } from "./ledger-sql.ts";

/** End of a retention that a call asks for: a date, or days, years or seconds from the call. */
const UNTIL = `CASE WHEN regexp_matches(retain_until, '^\\d+ (days|years|seconds)$')
    THEN ts + to_seconds(CAST(split_part(retain_until, ' ', 1) AS DOUBLE) * CASE split_part(retain_until, ' ', 2) WHEN 'days' THEN 86400 WHEN 'years' THEN 31557600 ELSE 1 END)
    ELSE TRY_CAST(retain_until AS TIMESTAMP) END`;

export const retentionWeakened: Detection = {
  id: "BT-TI-016",
  title: "Object lock or retention weakened",
  phase: "tampering",
  attack: ["T1490"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { slack_hours: 24 },
  // Products prolong retention all the time. Weaker is: an end before the one set earlier or before now, a lower mode, a hold that is
  // lifted, a lock that is taken away.
  query: `
    WITH lock AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", bucket, coalesce(key, '') AS key, status_code, operation, lock_mode, legal_hold, ${UNTIL} AS until,
             coalesce(bypasses_governance, false) AS bypass,
             CASE WHEN operation IN ('PutObjectLockConfiguration', 'buckets.patch', 'buckets.update', 'b2_update_bucket') THEN 'default' ELSE 'object' END AS scope
      FROM object_store
      WHERE operation IN ('PutObject', 'CreateMultipartUpload', 'CopyObject', 'PutObjectRetention', 'PutObjectLockConfiguration', 'PutObjectLegalHold', 'PutBlob', 'SetBlobImmutabilityPolicy',
                          'DeleteBlobImmutabilityPolicy', 'SetBlobLegalHold', 'objects.patch', 'objects.update', 'buckets.patch', 'buckets.update', 'b2_update_file_retention', 'b2_update_file_legal_hold', 'b2_update_bucket')
        AND (retain_until IS NOT NULL OR lock_mode IS NOT NULL OR legal_hold IS NOT NULL
             OR operation IN ('PutObjectLockConfiguration', 'PutObjectRetention', 'DeleteBlobImmutabilityPolicy'))
    ), stated AS (SELECT * FROM lock WHERE status_code < 300 AND until IS NOT NULL), change AS (
      SELECT l.*, s.until AS old_until, s.lock_mode AS old_mode, s.ts AS old_ts
      FROM (SELECT * FROM lock WHERE operation NOT IN ('PutObject', 'CreateMultipartUpload', 'CopyObject', 'PutBlob')) l
      ASOF LEFT JOIN stated s ON s.target = l.target AND s.bucket IS NOT DISTINCT FROM l.bucket AND s.key = l.key AND s.scope = l.scope AND s.ts < l.ts
    ), judged AS (
      SELECT *, CASE
        WHEN legal_hold = false THEN 'lift the legal hold of'
        WHEN operation = 'DeleteBlobImmutabilityPolicy' THEN 'remove the immutability policy of'
        WHEN until IS NULL AND lock_mode IS NULL AND operation IN ('PutObjectLockConfiguration', 'PutObjectRetention') THEN 'take away the retention of'
        WHEN upper(coalesce(old_mode, '')) IN ('COMPLIANCE', 'LOCKED') AND upper(coalesce(lock_mode, '')) IN ('GOVERNANCE', 'UNLOCKED') THEN 'lower the retention mode of'
        WHEN scope = 'object' AND until < ts THEN 'set an end in the past for'
        WHEN scope = 'object' AND old_until IS NOT NULL AND until < old_until - to_hours($slack_hours) THEN 'shorten the retention of'
        WHEN scope = 'default' AND old_until IS NOT NULL AND until - ts < old_until - old_ts - to_hours($slack_hours) THEN 'shorten the default retention of'
        WHEN bypass THEN 'pass over the governance retention of' END AS asked
      FROM change
    )
    SELECT min(j.ts) AS ts, max(j.ts) AS ts_last, list(rid ORDER BY j.ts)[:200] AS records, count(*) AS count, j.source, j.target, "user",
           CASE WHEN count(DISTINCT key) = 1 AND min(key) <> '' THEN j.bucket || '/' || min(key) ELSE j.bucket END AS object, asked AS act, CASE WHEN asked LIKE '%legal hold%' THEN 'Legal hold of a backup lifted' ELSE 'Object lock or retention weakened' END AS title,
           min(coalesce(strftime(CAST(old_until AS TIMESTAMP), '%Y-%m-%d'), 'not seen')) AS old_end, min(coalesce(strftime(CAST(until AS TIMESTAMP), '%Y-%m-%d'), 'none')) AS new_end,
           ${HTTP_OUTCOME} AS outcome, CASE WHEN bool_or(status_code < 300) THEN 'was granted' WHEN bool_and(status_code >= 300) THEN 'was refused' ELSE 'was not answered' END AS answer,
           CASE WHEN b.bucket IS NULL THEN 'medium' WHEN bool_or(status_code < 300) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN m.ts IS NOT NULL THEN 'The same machine had made the bucket, and nothing was stored in it yet: it is being set up' END AS explained
    FROM judged j LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = j.target AND b.bucket = j.bucket
    LEFT JOIN ${BUCKETS_MADE} m ON m.source = j.source AND m.target = j.target AND m.bucket = j.bucket AND ${isSetUp("j.ts")}
    WHERE asked IS NOT NULL
    GROUP BY j.source, j.target, "user", j.bucket, asked, b.bucket, m.ts, ${HTTP_ANSWER}`,
  explanation:
    "{user} on {source} asked {target} to {act} {object} (end set before: {old_end}; new end: {new_end}), which {answer}.",
  falsePositives: ["Release of a legal hold by order"],
  references: [
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html",
    "https://learn.microsoft.com/en-us/rest/api/storageservices/delete-blob-immutability-policy",
  ],
  blindTo: [
    { text: "calls to object stores inside TLS", query: SEALED_STORES },
    { text: "locks that the storage sets and releases by itself", query: null },
  ],
  samples: [
    { capture: "s3.pcapng", findings: 2 },
    { capture: "lock-shortened.rows", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
