import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS, ESTATE, IS_SHORT } from "../sql.ts";

export const archiveDeletion: Detection = {
  id: "BT-TI-001",
  title: "Backup files deleted over SMB",
  phase: "tampering",
  attack: ["T1485", "T1490", "T1070.004"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { files: 5, minutes: 10, history_days: 3, newest_days: 2, bulk_files: 20, bulk_factor: 5 },
  // Retention is the main benign cause. It is recognised by its actor (a machine that writes archives itself and deletes on
  // other days too), its amount (no more than twice the largest other day) and the age of what goes (never the newest). Stores whose files have no telling
  // suffix are covered by the bulk part: many different files at once on the estate, compared with the actor's largest earlier
  // day. Remote execution tools delete one output file over and over: that is one file.
  query: `
    WITH archive AS (
      SELECT rid, ts, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", action, outcome, path, name, target AS new_name,
             bytes_written, create_action, CAST(ts AS DATE) AS day
      FROM smb_operations WHERE regexp_matches(name, '${ARCHIVE_PATTERN}')
    ), born AS (
      SELECT target, path, lower(name) AS name, min(ts) AS ts FROM archive
      WHERE outcome = 'confirmed' AND (create_action = 'CREATED' OR bytes_written > 0) GROUP BY 1, 2, 3
    ), writer AS (
      SELECT DISTINCT source, target FROM archive
      WHERE (outcome = 'confirmed' AND bytes_written > 0) OR source IN ${BACKUP_ACTORS}
    ), deletion AS (
      SELECT a.*, b.ts AS born_at FROM archive a
      LEFT JOIN born b ON b.target = a.target AND b.path = a.path AND b.name = lower(a.name) AND b.ts < a.ts
      WHERE a.action = 'delete'
    ), daily AS (
      SELECT source, target, coalesce("user", '') AS account, day, count(*) AS n FROM deletion WHERE outcome = 'confirmed' GROUP BY ALL
    ), habit AS (
      SELECT source, target, account, day, count(*) OVER actor - 1 AS days,
             greatest(coalesce(max(n) OVER before, 0), coalesce(max(n) OVER after, 0)) AS most
      FROM daily
      WINDOW actor AS (PARTITION BY source, target, account),
             before AS (PARTITION BY source, target, account ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
             after AS (PARTITION BY source, target, account ORDER BY day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
    ), paced AS (
      SELECT *, ts - lag(ts) OVER actor > to_minutes($minutes) AS apart FROM deletion
      WINDOW actor AS (PARTITION BY source, target, coalesce("user", ''), outcome ORDER BY ts)
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", ''), outcome ORDER BY ts) AS number FROM paced
    ), joined AS (
      SELECT source, target, "user", outcome, number, min(ts) AS ts, max(ts) AS ts_last, min(day) AS day,
             list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(DISTINCT coalesce(path, '') || lower(name)) AS count,
             list(coalesce(path || '\\', '') || name ORDER BY ts)[:5] AS files,
             count(*) FILTER (born_at IS NOT NULL AND ts - born_at < to_days($newest_days)) AS young
      FROM run GROUP BY source, target, "user", outcome, number
    )
    , other AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, outcome, CAST(ts AS DATE) AS day FROM smb_operations
      WHERE action = 'delete' AND outcome = 'confirmed' AND ("id.resp_h" IN ${ESTATE} OR NOT EXISTS ${ESTATE})
        AND (name IS NULL OR NOT regexp_matches(name, '${ARCHIVE_PATTERN}'))
    ), other_habit AS (
      SELECT *, max(n) OVER (PARTITION BY source, target, account ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS most
      FROM (SELECT source, target, coalesce("user", '') AS account, day, count(*) AS n FROM other GROUP BY ALL)
    ), other_paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) > to_minutes($minutes) AS apart FROM other
    ), other_run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) AS number FROM other_paced
    ), bulk AS (
      SELECT source, target, "user", number, min(day) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records,
             count(*) AS record_count, count(DISTINCT coalesce(path, '') || lower(coalesce(name, rid))) AS count,
             arg_min(coalesce(path || '\\', '') || coalesce(name, '(name not seen)'), ts) AS object
      FROM other_run GROUP BY source, target, "user", number HAVING count >= $bulk_files
    )
    SELECT j.ts, j.ts_last, j.records, j.record_count, j.source, j.target, j."user", j.count, j.outcome, j.files[1] AS object,
           'Backup files deleted over SMB' AS title, CASE j.count WHEN 1 THEN 'backup file' ELSE 'backup files' END AS what, CAST(NULL AS DOUBLE) AS confidence,
           CASE WHEN j.outcome = 'refused' THEN 'asked to delete' WHEN j.outcome = 'unanswered' THEN 'asked (no answer was seen) to delete' ELSE 'deleted' END AS did,
           CASE WHEN w.source IS NOT NULL AND ${IS_SHORT} THEN CASE WHEN j.count >= $files THEN 'medium' ELSE 'low' END WHEN j.outcome = 'refused' THEN 'medium'
                WHEN j.count >= $files OR (w.source IS NOT NULL AND j.young > 0) OR (w.source IS NULL AND j.target IN ${ESTATE}) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN w.source IS NOT NULL AND j.young = 0 AND h.days >= $history_days AND j.count <= 2 * h.most
                THEN 'Retention: the machine writes these backups itself, has deleted old ones on ' || h.days
                     || ' other days, and removed no more than usual (' || j.count || ', at most ' || h.most || ' on another day), none of them new' END AS explained,
           CASE WHEN w.source IS NOT NULL AND ${IS_SHORT} THEN 'The machine writes these backups itself, and the evidence is too short to say what it deletes as a rule'
                WHEN j.young > 0 THEN j.young || ' of them had been written less than ' || $newest_days || ' days before: retention does not remove those' END AS note
    FROM joined j
    LEFT JOIN writer w ON w.source = j.source AND w.target = j.target
    LEFT JOIN habit h ON h.source = j.source AND h.target = j.target AND h.account = coalesce(j."user", '') AND h.day = j.day
    UNION ALL BY NAME
    SELECT b.ts, b.ts_last, b.records, b.record_count, b.source, b.target, b."user", b.count, 'confirmed' AS outcome, b.object,
           CASE WHEN b.target IN ${ESTATE} THEN 'Files deleted in bulk on backup storage' ELSE 'Files deleted in bulk' END AS title, 'files' AS what, 0.75 AS confidence, 'deleted' AS did, CASE WHEN b.target IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity,
           'On no earlier day of the evidence did the same actor delete more than ' || coalesce(h.most, 0) || ' files there' AS note
    FROM bulk b
    LEFT JOIN other_habit h ON h.source = b.source AND h.target = b.target AND h.account = coalesce(b."user", '') AND h.day = b.day
    WHERE b.count >= $bulk_factor * coalesce(h.most, 0)`,
  explanation: "{user} on {source} {did} {count} {what} on {target}, first {object}.",
  falsePositives: [
    "Retention, merge and transform operations of the backup server itself (set aside once they are seen to repeat)",
  ],
  references: ["https://attack.mitre.org/techniques/T1490/", "MS-FSCC 2.4.11"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-delete.pcapng", findings: 1 },
    { capture: "retention-delete.pcapng", findings: 0 },
  ],
};
