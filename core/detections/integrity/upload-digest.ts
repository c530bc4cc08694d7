import type { Detection } from "../detection.ts";
import { HTTP_ANSWER } from "../tampering/ledger-sql.ts";

export const uploadDigest: Detection = {
  id: "BT-IN-009",
  title: "Upload digest or ETag disagrees with the body",
  phase: "integrity",
  attack: ["T1565.002", "T1557"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: {},
  // Names that promise a digest are BT-IN-008's. An upload that the service refused changed nothing.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user", count(DISTINCT key) AS count,
           bucket || '/' || arg_min(key, ts) AS object, CASE WHEN bool_or(status_code < 300) THEN 'confirmed' WHEN bool_and(status_code >= 300) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN regexp_matches(operation, '(?i)get') THEN 'got' ELSE 'uploaded' END AS did,
           CASE WHEN bool_and(status_code >= 300) THEN 'low' ELSE 'high' END AS severity
    FROM object_store WHERE content_verified = 'mismatch' AND key IS NOT NULL AND NOT regexp_matches(key, '(^|/)[0-9a-f]{64}$')
    GROUP BY "id.orig_h", "id.resp_h", access_key, bucket, regexp_matches(operation, '(?i)get'), CAST(ts AS DATE), ${HTTP_ANSWER}`,
  explanation:
    "{user} on {source} {did} {count} objects at {target} whose bytes on the wire do not have the digest that was announced, first {object}.",
  falsePositives: ["Services that give another ETag for objects encrypted with their own keys"],
  references: ["https://attack.mitre.org/techniques/T1565/002/", "Amazon S3 API: PutObject, checksums"],
  blindTo: [{ text: "objects in several parts, and calls inside TLS", query: null }],
  samples: [
    { capture: "upload-exchanged.rows", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
