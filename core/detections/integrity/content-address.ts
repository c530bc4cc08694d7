import type { Detection } from "../detection.ts";

export const contentAddress: Detection = {
  id: "BT-IN-008",
  title: "Content-addressed object does not match its name",
  phase: "integrity",
  attack: ["T1565.001", "T1565.002"],
  severity: "critical",
  confidence: 0.97,
  basis: "fact",
  needs: ["restic|object_store|files"],
  learningDays: 0,
  parameters: {},
  // The whole content went by and its SHA-256 is not what it is named by. Ranges and cut bodies are compared with nothing. Aws-chunked
  // bodies that a server stored with their framing are the store's fault, and come from the machine that wrote them.
  query: `
    WITH broken AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", repository AS place, type || '/' || name AS object, operation = 'write' AS is_write
      FROM restic WHERE content_verified = 'mismatch'
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", access_key, bucket, key, regexp_matches(operation, '(?i)put|upload|insert') FROM object_store
      WHERE content_verified = 'mismatch' AND regexp_matches(key, '(^|/)[0-9a-f]{64}$')
        AND (regexp_matches(key, '(^|/)(data|index|snapshots|keys)/([0-9a-f]{2}/)?[0-9a-f]{64}$') OR ("id.resp_h", bucket) IN (
          SELECT ("id.resp_h", bucket) FROM object_store WHERE content_verified = 'match' AND regexp_matches(key, '(^|/)[0-9a-f]{64}$')))
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", NULL, source, filename, is_orig FROM files
      WHERE source IN ('SMB', 'FTP_DATA') AND sha256 IS NOT NULL AND regexp_matches(filename, '(?i)(^|[/\\\\])(data|index|snapshots|keys)[/\\\\]([0-9a-f]{2}[/\\\\])?[0-9a-f]{64}$')
        AND lower(right(filename, 64)) <> sha256 AND seen_bytes = coalesce(total_bytes, seen_bytes) AND missing_bytes = 0
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, min("user") AS "user", count(DISTINCT object) AS count, arg_min(object, ts) AS object, place,
           'confirmed' AS outcome, CASE WHEN is_write THEN 'Content of a repository object exchanged' ELSE 'Content-addressed object does not match its name' END AS title,
           CASE WHEN is_write THEN 'wrote' ELSE 'was given' END AS did
    FROM broken GROUP BY source, target, place, is_write, CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} {did} {count} objects of {place} on {target} whose content is not what their names promise, first {object}.",
  falsePositives: ["None known: ranged and truncated bodies are left out"],
  references: [
    "https://attack.mitre.org/techniques/T1565/001/",
    "https://restic.readthedocs.io/en/stable/100_references.html",
  ],
  blindTo: [
    { text: "repositories behind TLS", query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" IN (8000, 9000)` },
  ],
  samples: [
    { capture: "restic-rest.pcapng", findings: 2 },
    { capture: "webdav.pcapng", findings: 0 },
  ],
};
