import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE, GROUP_OUTCOME } from "../sql.ts";

export const permissions: Detection = {
  id: "BT-TI-007",
  title: "Permissions or ownership of backup storage changed",
  phase: "tampering",
  attack: ["T1222.001", "T1098"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations|nfs"],
  learningDays: 0,
  parameters: { n: 10, set_up_hours: 1 },
  // A copy brings the rights along: what the same machine made within the hour before does not count. [MS-SMB2] 2.2.39 SMB2_0_INFO_SECURITY;
  // NFS SETATTR with mode or owner, SETXATTR and REMOVEXATTR.
  query: `
    WITH made AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, coalesce(path || '\\', '') || name AS object, max(ts) AS ts FROM smb_operations
      WHERE action = 'open' AND create_action = 'CREATED' AND outcome = 'confirmed' GROUP BY ALL
      UNION ALL
      SELECT "id.orig_h", "id.resp_h", path, max(ts) FROM nfs
      WHERE operation IN ('CREATE', 'MKDIR', 'OPEN') AND outcome = 'confirmed' AND coalesce(detail, 'created') LIKE '%created%' AND path IS NOT NULL GROUP BY ALL
    ), act AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(path || '\\', '') || coalesce(name, '') AS object, outcome, target AS what,
             coalesce(name, '') = '' AS is_root, regexp_matches(coalesce(name, ''), '${ARCHIVE_PATTERN}') AS is_archive
      FROM smb_operations WHERE action = 'set_security'
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", coalesce("user", 'uid ' || uid_number || ' at ' || machine), path, outcome,
             concat_ws(', ', 'mode ' || mode, detail), export IS NOT NULL AND path = export, regexp_matches(path, '${ARCHIVE_PATTERN}')
      FROM nfs
      WHERE path IS NOT NULL AND ((operation = 'SETATTR' AND (mode IS NOT NULL OR regexp_matches(coalesce(detail, ''), 'owner|group|acl')))
                                  OR operation IN ('SETXATTR', 'REMOVEXATTR', 'SETACL'))
    ), judged AS (
      SELECT a.* FROM act a LEFT JOIN made m ON m.source = a.source AND m.target = a.target AND m.object = a.object AND m.ts BETWEEN a.ts - to_hours($set_up_hours) AND a.ts
      WHERE m.ts IS NULL AND (a.is_archive OR a.target IN ${ESTATE})
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user", count(DISTINCT object) AS count,
           arg_max(object, is_root) AS object, min(what) AS what,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'changed' ELSE 'asked to change' END AS did,
           CASE WHEN target NOT IN ${ESTATE} OR NOT bool_or(outcome = 'confirmed') THEN 'medium' ELSE 'high' END AS severity
    FROM judged GROUP BY source, target, "user", outcome, CAST(ts AS DATE)
    HAVING bool_or(is_root) OR bool_or(is_archive) OR count(DISTINCT object) >= $n`,
  explanation: "{user} on {source} {did} access rights of {count} objects on {target}, among them {object}: {what}.",
  falsePositives: ["Set-up of a repository"],
  references: ["https://attack.mitre.org/techniques/T1222/001/", "MS-SMB2 2.2.39"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "repository-rights.rows", findings: 2 },
    { capture: "sparse-archives.rows", findings: 0 },
  ],
};
