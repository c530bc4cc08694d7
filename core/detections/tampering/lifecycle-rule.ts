import type { Detection } from "../detection.ts";
import { BACKUP_BUCKETS, BUCKETS_MADE, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, isSetUp } from "./ledger-sql.ts";

export const lifecycleRule: Detection = {
  id: "BT-TI-015",
  title: "Lifecycle rule created or changed",
  phase: "tampering",
  attack: ["T1485.001"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { days: 14 },
  // Rules that only end unfinished uploads or move objects to another tier expire nothing. A date counts from the call.
  query: `
    WITH rule AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", bucket, status_code, operation, unnest(coalesce(lifecycle, ['removed'])) AS rule
      FROM object_store WHERE operation IN ('PutBucketLifecycleConfiguration', 'DeleteBucketLifecycle') OR (service = 'gcs' AND operation IN ('buckets.patch', 'buckets.update') AND lifecycle IS NOT NULL)
    ), timed AS (
      SELECT *, CASE
        WHEN regexp_matches(rule, '"type" *: *"Delete"') THEN TRY_CAST(regexp_extract(rule, '"(?:age|daysSinceNoncurrentTime)" *: *"?(\\d+)', 1) AS DOUBLE)
        WHEN regexp_matches(rule, 'Expiration on ') THEN date_diff('day', CAST(ts AS TIMESTAMP), TRY_CAST(regexp_extract(rule, 'Expiration on (\\d{4}-\\d\\d-\\d\\d)', 1) AS TIMESTAMP))
        ELSE TRY_CAST(regexp_extract(rule, 'Expiration (\\d+) days', 1) AS DOUBLE) END AS days_left
      FROM rule WHERE NOT starts_with(rule, 'Disabled')
    )
    SELECT min(t.ts) AS ts, max(t.ts) AS ts_last, list(DISTINCT rid ORDER BY rid)[:50] AS records, count(DISTINCT rid) AS count, t.source, t.target, "user", t.bucket AS object,
           list(DISTINCT rule ORDER BY rule) AS rules, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'set' ELSE 'asked for' END AS did,
           CASE WHEN b.bucket IS NULL THEN 'medium' WHEN bool_or(status_code < 300) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN m.ts IS NOT NULL THEN 'The same machine had made the bucket, and nothing was stored in it yet: it is being set up' END AS explained
    FROM timed t LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = t.target AND b.bucket = t.bucket
    LEFT JOIN ${BUCKETS_MADE} m ON m.source = t.source AND m.target = t.target AND m.bucket = t.bucket AND ${isSetUp("t.ts")}
    WHERE days_left < $days
    GROUP BY t.source, t.target, "user", t.bucket, b.bucket, m.ts, ${HTTP_ANSWER}`,
  explanation:
    "{user} on {source} {did} a lifecycle rule on the bucket {object} of {target} that expires data in less than {days} days: {rules}.",
  falsePositives: ["Cost optimisation with a ticket"],
  references: ["https://attack.mitre.org/techniques/T1485/001/", "Amazon S3 API: PutBucketLifecycleConfiguration"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
