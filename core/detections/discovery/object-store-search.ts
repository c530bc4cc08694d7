import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE, NOT_GRANTED_HTTP } from "../sql.ts";

export const objectStoreSearch: Detection = {
  id: "BT-DI-013",
  title: "Object-store reconnaissance",
  phase: "discovery",
  attack: ["T1619", "T1580"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { operations: 4, minutes: 15 },
  // Reads of what protects a bucket: versions, object lock, retention, lifecycle, policy, access, logging, replication; and the list of all buckets.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(access_key, '') AS principal, bucket, operation, status_code FROM object_store
      WHERE regexp_matches(operation, '(?i)^(list_?buckets|list_?containers|list ?containers|(get|head|list).*(versioning|versions|objectlock|object_lock|retention|legalhold|legal_hold|lifecycle|policy|policystatus|acl|logging|replication|encryption|notification|tagging|publicaccessblock|cors|website|ownership|inventory|accountinformation|serviceproperties|properties))')
        AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, principal ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, principal ORDER BY ts) AS number FROM paced
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED_HTTP}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, nullif(principal, '') AS "user", coalesce(min(bucket), 'all buckets') AS object,
           list(DISTINCT operation ORDER BY operation) AS operations,
           CASE WHEN target IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN bool_or(status_code < 300) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM run GROUP BY source, target, principal, number HAVING count(DISTINCT operation) >= $operations`,
  explanation: "{user} on {source} {read|to read} settings that protect {object} at {target}: {operations}.",
  falsePositives: ["Backup software when a repository is made", "Audit tools"],
  references: ["https://attack.mitre.org/techniques/T1619/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "object-store-search.rows", findings: 1 },
    { capture: "restic-rest.pcapng", findings: 0 },
  ],
};
