import type { Detection } from "../detection.ts";
import { SEALED_STORES } from "../tampering/ledger-sql.ts";

export const missingLock: Detection = {
  id: "BT-IN-015",
  title: "Uploads without the usual immutability",
  phase: "integrity",
  attack: ["T1490"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { uploads: 5, share: 0.9, tol_days: 2, frac: 0.7 },
  // At least {uploads} uploads to the bucket carried a lock, nearly all; since then at least {uploads} came without one, or with a much nearer
  // end. A bucket that got a default lock in between needs none in the upload.
  query: `
    WITH upload AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", bucket, key, lock_mode IS NOT NULL OR retain_until IS NOT NULL AS is_locked,
             date_diff('hour', CAST(ts AS TIMESTAMP), TRY_CAST(retain_until AS TIMESTAMP)) / 24.0 AS days_kept
      FROM object_store
      WHERE operation IN ('PutObject', 'CreateMultipartUpload', 'PutBlob', 'PutBlockList') AND status_code < 300 AND bucket IS NOT NULL
    ), last AS (SELECT target, bucket, max(ts) AS ts FROM upload WHERE is_locked GROUP BY 1, 2), usual AS (
      SELECT u.target, u.bucket, l.ts AS last_lock, count(*) FILTER (is_locked) AS locked, count(*) FILTER (u.ts <= l.ts) AS uploads FROM upload u JOIN last l ON l.target = u.target AND l.bucket = u.bucket GROUP BY 1, 2, 3
    ), bucket_lock AS (
      SELECT "id.resp_h" AS target, bucket, max(ts) AS ts FROM object_store WHERE operation = 'PutObjectLockConfiguration' AND status_code < 300 GROUP BY 1, 2
    ), seen AS (
      -- Of those with a date only: the database passes over the others anew for each row of such a window.
      SELECT u.*, CASE WHEN u.days_kept IS NULL THEN last_value(k.until IGNORE NULLS) OVER earlier ELSE k.before END AS usual_days
      FROM upload u LEFT JOIN (
        SELECT rid, quantile_cont(days_kept, 0.5) OVER (same ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before, quantile_cont(days_kept, 0.5) OVER (same ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS until
        FROM upload WHERE days_kept IS NOT NULL WINDOW same AS (PARTITION BY target, bucket ORDER BY ts, rid)
      ) k ON k.rid = u.rid WINDOW earlier AS (PARTITION BY u.target, u.bucket ORDER BY u.ts, u.rid)
    ), odd AS (
      SELECT s.*, locked, CASE WHEN NOT is_locked AND s.ts > last_lock THEN 'without a retention date'
        WHEN is_locked AND days_kept < $frac * usual_days AND days_kept < usual_days - $tol_days THEN 'with a retention much shorter than usual' END AS how
      FROM seen s JOIN usual u ON u.target = s.target AND u.bucket = s.bucket LEFT JOIN bucket_lock b ON b.target = s.target AND b.bucket = s.bucket AND b.ts <= s.ts
      WHERE locked >= $uploads AND locked >= $share * uploads AND b.ts IS NULL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, min("user") AS "user", bucket AS object, how, max(locked) AS locked, round(coalesce(median(usual_days), 0), 1) AS usual_days, 'confirmed' AS outcome
    FROM odd WHERE how IS NOT NULL GROUP BY source, target, bucket, how HAVING count(*) >= $uploads`,
  explanation:
    "Since then {source} uploaded {count} objects to {object} of {target} {how}; before, {locked} objects were locked, for {usual_days} days in the median.",
  falsePositives: ["A default retention of the bucket that was set before the evidence begins", "Metadata objects"],
  references: ["https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "lock-forgotten.rows", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
