import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const objectStoreAdministration: Detection = {
  id: "BT-AD-012",
  title: "Object-store administration",
  phase: "admin-access",
  attack: ["T1098", "T1078"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // MinIO /minio/admin, Ceph's RGW /admin/…, StorageGRID and ECS management; IAM and STS calls that make keys.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, auth_user, user_agent, method, regexp_replace(uri, '[?].*$', '') AS path, uri, status_code,
             method <> 'GET' AND regexp_matches(uri, '(?i)(add-user|remove-user|set-user|add-canned|policy|service-account|update-service|set-config|del-config|restart|service\\?|/admin/(user|key|caps|bucket|quota)|Action=(Create|Put|Attach|Delete|Update)|/grid/(users|accounts|containers))') AS changes
      FROM http
      WHERE regexp_matches(uri, '(?i)(^/minio/admin/v[0-9]+/|^/admin/(user|key|caps|bucket|usage|quota|info|metadata|ratelimit|log|subuser)([?/]|$)|[?&]Action=(AssumeRole|CreateAccessKey|CreateUser|AttachUserPolicy|PutUserPolicy|DeleteAccessKey|CreateLoginProfile|UpdateAccessKey)|^/api/v[0-9]+/(grid|org)/|^/object/(users|secret-keys|namespaces|user-secret-keys)(/|[?]|$))')
        AND (uri ILIKE '/minio/%' OR uri ILIKE '%Action=%' OR "id.resp_h" IN (SELECT address FROM asset_roles WHERE role = 'object-store' AND confidence >= 0.6) OR "id.resp_h" IN (SELECT "id.resp_h" FROM object_store))
    ), signer AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(access_key) AS access_key FROM object_store WHERE access_key IS NOT NULL GROUP BY ALL
    ), pair AS (
      SELECT source, target, min(ts) AS first_ts FROM call GROUP BY ALL
    )
    SELECT min(c.ts) AS ts, max(c.ts) AS ts_last, list(c.rid ORDER BY c.ts)[:50] AS records, count(*) AS count, c.source, c.target, coalesce(min(c.auth_user), min(k.access_key)) AS "user",
           list(DISTINCT c.method || ' ' || c.path ORDER BY c.method || ' ' || c.path) AS requests, first(c.method || ' ' || c.path ORDER BY c.changes DESC, c.ts) AS object,
           CASE WHEN bool_or(c.status_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_and(c.status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN c.source IN ${ADMIN_HOSTS} OR (${HAS_HISTORY} AND min(p.first_ts) <= ${LEARNED_UNTIL}) THEN 'info'
                WHEN bool_or(c.changes AND c.status_code BETWEEN 200 AND 299) AND (${HAS_HISTORY} OR c.target IN (SELECT address FROM assets WHERE in_estate)) THEN 'high' WHEN bool_or(c.changes) THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN c.source IN ${BACKUP_ACTORS} AND NOT bool_or(c.changes) THEN 'A backup server asks the object store for its state' END AS explained
    FROM call c JOIN pair p ON p.source = c.source AND p.target = c.target LEFT JOIN signer k ON k.source = c.source AND k.target = c.target
    GROUP BY c.source, c.target, coalesce(c.status_code >= 403, false)`,
  explanation:
    "{user} on {source} {used|to use} the administration interface of the object store {target} ({count} requests): {requests}.",
  falsePositives: ["Provisioning pipelines"],
  references: ["https://attack.mitre.org/techniques/T1098/"],
  blindTo: [],
  samples: [
    { capture: "object-store-user.rows", findings: 1 },
    { capture: "s3.pcapng", findings: 0 },
  ],
};
