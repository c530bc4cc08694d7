import type { Detection } from "../detection.ts";
import { BACKUP_BUCKETS, HTTP_ANSWER, HTTP_OUTCOME, SEALED_STORES, backupActs, deletionQuery } from "./ledger-sql.ts";

export const b2Deletion: Detection = {
  id: "BT-TI-021",
  title: "Backblaze B2 deletion, hiding or lock change",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { n: 100, window_minutes: 10, newest_days: 7, history_days: 3 },
  // Backups that go, judged as retention is; and buckets and locks that are changed, where one call is enough.
  query: `
    SELECT *, did || ' ' || things || ' of ' || place AS act FROM (${deletionQuery(backupActs("protocol = 'b2'"))})
    UNION ALL BY NAME
    SELECT min(o.ts) AS ts, max(o.ts) AS ts_last, list(rid ORDER BY o.ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user",
           o.bucket || coalesce('/' || min(key), '') AS object, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'called' WHEN bool_and(status_code >= 300) THEN 'tried, and was refused,' ELSE 'asked for (no answer was seen)' END || ' ' || operation || ' on ' || coalesce(o.bucket, 'the account') AS act,
           CASE WHEN b.bucket IS NULL THEN 'medium' WHEN bool_and(status_code >= 300) THEN 'high' ELSE 'critical' END AS severity
    FROM object_store o LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = o."id.resp_h" AND b.bucket = o.bucket
    WHERE service = 'b2' AND (operation IN ('b2_delete_bucket', 'b2_update_bucket', 'b2_update_file_legal_hold') OR (operation = 'b2_update_file_retention' AND coalesce(bypasses_governance, false)))
    GROUP BY "id.orig_h", "id.resp_h", access_key, o.bucket, operation, b.bucket, ${HTTP_ANSWER}`,
  explanation: "{user} on {source} {act} at {target}, first {object}.",
  falsePositives: ["Retention of the product (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "Backblaze B2 Native API"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "b2-destruction.rows", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
