import type { Detection } from "../detection.ts";
import { BACKUP_BUCKETS, BUCKETS_MADE, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, isSetUp } from "./ledger-sql.ts";

export const versioningSuspended: Detection = {
  id: "BT-TI-014",
  title: "Versioning suspended",
  phase: "tampering",
  attack: ["T1490", "T1562"],
  severity: "critical",
  confidence: 0.98,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(o.ts) AS ts, max(o.ts) AS ts_last, list(rid ORDER BY o.ts)[:50] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target,
           access_key AS "user", o.bucket AS object, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'suspended versioning on' ELSE 'asked to suspend versioning on' END AS did,
           CASE WHEN b.bucket IS NULL THEN 'medium' WHEN bool_or(status_code < 300) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN m.ts IS NOT NULL THEN 'The same machine had made the bucket, and nothing was stored in it yet: it is being set up' END AS explained
    FROM object_store o LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = o."id.resp_h" AND b.bucket = o.bucket
    LEFT JOIN ${BUCKETS_MADE} m ON m.source = o."id.orig_h" AND m.target = o."id.resp_h" AND m.bucket = o.bucket AND ${isSetUp("o.ts")}
    WHERE versioning ILIKE 'suspended' AND operation IN ('PutBucketVersioning', 'buckets.patch', 'buckets.update')
    GROUP BY "id.orig_h", "id.resp_h", access_key, o.bucket, b.bucket, m.ts, ${HTTP_ANSWER}`,
  explanation: "{user} on {source} {did} the bucket {object} of {target}.",
  falsePositives: ["None in a protected bucket"],
  references: ["Amazon S3 API: PutBucketVersioning"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "s3.pcapng", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
