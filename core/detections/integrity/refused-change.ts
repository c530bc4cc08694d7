import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";
import { IS_BACKUP, runsOf } from "../tampering/ledger-sql.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const refusedChange: Detection = {
  id: "BT-IN-014",
  title: "Attempt to change sealed data was refused",
  phase: "integrity",
  attack: ["T1485", "T1490", "T1222"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["archive_op|syslog"],
  learningDays: 0,
  parameters: { n: 3, window_minutes: 10, history_days: 3, challenge_seconds: 10 },
  // Refused for want of a right or by a lock; not because the object is not there. Products try to delete what is still locked: the same
  // machine on many days. A 401 that is followed by the same act, granted, only asked who it was.
  query: `
    WITH refused AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", coalesce(share || '/', '') || coalesce(object, 'the storage') AS object, operation, status, protocol
      FROM archive_op a
      WHERE outcome = 'refused' AND operation IN ('delete', 'rename', 'truncate', 'retention', 'unlock', 'format', 'write')
        AND (${IS_BACKUP} OR operation IN ('retention', 'unlock', 'format') OR protocol = 'iscsi')
        AND regexp_matches(coalesce(status, ''), '^(401|403|423)|^409.*(Immutable|Lease|Lock)|ACCESS_DENIED|WRITE_PROTECTED|CANNOT_DELETE|_ACCES$|_PERM$|_ROFS$|DATA PROTECT|NOT_AUTHORIZED|Immutable|InvalidAccessKeyId')
        AND NOT (starts_with(coalesce(status, ''), '401') AND EXISTS (
          SELECT 1 FROM archive_op g WHERE g.outcome = 'granted' AND g.operation = a.operation AND g."id.orig_h" = a."id.orig_h" AND g."id.resp_h" = a."id.resp_h"
            AND coalesce(g.share, '') = coalesce(a.share, '') AND coalesce(g.object, '') = coalesce(a.object, '') AND g.ts BETWEEN a.ts AND a.ts + to_seconds($challenge_seconds)))
    ), later AS (
      SELECT "id.orig_h" AS source, max(ts) AS ts FROM archive_op WHERE outcome = 'granted' AND operation IN ('delete', 'rename', 'truncate', 'format') AND ${IS_BACKUP} GROUP BY 1
    ), habit AS (SELECT source, target, count(DISTINCT CAST(ts AS DATE)) AS days FROM refused GROUP BY 1, 2), writer AS (
      SELECT DISTINCT "id.orig_h" AS source, "id.resp_h" AS target FROM archive_op WHERE operation = 'write' AND outcome = 'granted'
    )
    SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(rid ORDER BY r.ts)[:200] AS records, count(*) AS count, r.source, r.target, "user", arg_min(object, r.ts) AS object, list(DISTINCT operation ORDER BY operation) AS operations, list(DISTINCT status ORDER BY status) AS statuses,
           'refused' AS outcome, CASE WHEN min(w.source) IS NOT NULL THEN 'medium' WHEN min(l.ts) >= min(r.ts) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN min(h.days) > $history_days AND (min(w.source) IS NOT NULL OR r.source IN ${BACKUP_ACTORS}) THEN 'Retention that tries too early: refused on ' || min(h.days) || ' days' END AS explained,
           CASE WHEN min(l.ts) >= min(r.ts) THEN 'The same machine later changed backups elsewhere' END AS note
    FROM ${runsOf("refused", `source, target, coalesce("user", '')`)} r
    JOIN habit h ON h.source = r.source AND h.target = r.target LEFT JOIN writer w ON w.source = r.source AND w.target = r.target LEFT JOIN later l ON l.source = r.source
    GROUP BY r.source, r.target, "user", number HAVING count(*) >= $n
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, "user", min(coalesce(object, description)) AS object, ['delete'] AS operations, list(DISTINCT rtrim(description, '.')) AS statuses,
           'refused' AS outcome, 'high' AS severity
    FROM ${VEEAM_EVENTS} WHERE event IN (41800, 41810) GROUP BY reporter, "user", CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} tried {count} times to change sealed backup data on {target} ({operations}) and was refused: {statuses}; first {object}.",
  falsePositives: ["Retention jobs that try too early (set aside once they are seen to repeat)"],
  references: [
    "https://attack.mitre.org/techniques/T1490/",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html",
  ],
  blindTo: [SEALED_SMB_FILES, { text: "locks that only the storage's own console meets", query: null }],
  samples: [
    { capture: "lock-refused.rows", findings: 1 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
