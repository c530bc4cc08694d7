import { NAMED } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

/** Bucket or account before the provider's name, in hosts that carry it: its first part is the customer's, the rest the provider's. */
const BUCKET_HOST =
  "^(.+)\\.(s3[.-][a-z0-9-]+\\.amazonaws\\.com|s3\\.amazonaws\\.com|blob\\.core\\.windows\\.net|s3\\.[a-z0-9-]+\\.wasabisys\\.com|s3\\.wasabisys\\.com|s3\\.[a-z0-9-]+\\.backblazeb2\\.com|storage\\.googleapis\\.com|[a-z0-9-]+\\.digitaloceanspaces\\.com|r2\\.cloudflarestorage\\.com|[a-z0-9-]+\\.linodeobjects\\.com)$";

export const unknownBucket: Detection = {
  id: "BT-EX-006",
  title: "Known provider, unknown bucket or account",
  phase: "exfiltration",
  attack: ["T1537", "T1567.002"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["object_store|quic|ssl"],
  learningDays: 7,
  ofConnections: true,
  parameters: { octets: 100000 },
  // Where an estate's machine sends objects: bucket and key of calls in clear, and buckets that the host names under TLS. New ones at a provider that was in use while it was learned.
  query: `
    WITH used AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, coalesce(s.host, s."id.resp_h") AS provider, s.bucket, s.access_key AS account, coalesce(s.request_octets, 0) AS sent FROM object_store s
      WHERE s."id.orig_h" IN ${ESTATE} AND s.bucket IS NOT NULL AND NOT coalesce(s.is_virtual_host, false) AND coalesce(s.status_code, 200) < 400
      UNION ALL
      SELECT s.ts, s.rid, s."id.orig_h", s."id.resp_h", s.service, s.bucket, s.access_key, coalesce(s.request_octets, 0) FROM object_store s
      WHERE s."id.orig_h" IN ${ESTATE} AND s.bucket IS NOT NULL AND coalesce(s.is_virtual_host, false) AND coalesce(s.status_code, 200) < 400
      UNION ALL
      SELECT n.ts, n.rid, n.source, n.target, regexp_extract(n.name, '${BUCKET_HOST}', 2), regexp_extract(n.name, '${BUCKET_HOST}', 1), NULL, coalesce(c.orig_bytes, 0)
      FROM ${NAMED} n JOIN conn c ON c.uid = n.uid WHERE n.seen IN ('TLS', 'QUIC') AND n.source IN ${ESTATE} AND regexp_matches(n.name, '${BUCKET_HOST}')
    ), known AS (
      SELECT provider, list(DISTINCT bucket) AS buckets, list(DISTINCT account) FILTER (account IS NOT NULL) AS accounts FROM used WHERE ts <= ${LEARNED_UNTIL} GROUP BY provider
    )
    SELECT min(u.ts) AS ts, max(u.ts) AS ts_last, list(u.rid ORDER BY u.ts)[:100] AS records, count(*) AS count, u.source, min(u.target) AS target, u.provider, u.bucket || coalesce(' with the key ' || u.account, '') AS object, sum(u.sent) AS sent_octets, 'confirmed' AS outcome,
           CASE WHEN NOT list_contains(k.buckets, u.bucket) THEN 'this bucket or account was not' ELSE 'this access key was not' END AS new_text, CASE WHEN sum(u.sent) >= $octets THEN 'critical' ELSE 'medium' END AS severity
    FROM used u JOIN known k ON k.provider = u.provider
    WHERE u.ts > ${LEARNED_UNTIL} AND (NOT list_contains(k.buckets, u.bucket) OR u.account IS NOT NULL AND len(k.accounts) > 0 AND NOT list_contains(k.accounts, u.account))
    GROUP BY u.source, u.provider, u.bucket, u.account, k.buckets`,
  explanation:
    "{source} sent {sent_octets} to {object} at {provider}; the provider was in use in the first {learning_days} days, {new_text}.",
  falsePositives: ["A repository that an administrator added the same day"],
  references: ["https://attack.mitre.org/techniques/T1537/"],
  blindTo: [
    {
      text: "buckets that TLS hides in the path",
      query: `SELECT count(*) AS n FROM ssl WHERE regexp_matches(coalesce(server_name, ''), '^s3[.-]')`,
    },
  ],
  samples: [
    { capture: "unknown-bucket.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
