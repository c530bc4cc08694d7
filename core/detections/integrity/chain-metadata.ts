import type { Detection } from "../detection.ts";
import { ESTATE, windowHolds } from "../sql.ts";
import { ANSWER } from "../tampering/ledger-sql.ts";

export const chainMetadata: Detection = {
  id: "BT-IN-016",
  title: "Chain metadata changed outside a job",
  phase: "integrity",
  attack: ["T1565.001"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["archive_op"],
  learningDays: 0,
  parameters: {},
  query: `
    WITH touched AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", operation, outcome, coalesce(share, '') || CASE WHEN share IS NULL THEN '' ELSE '/' END || coalesce(object, new_object) AS object, lower(coalesce(object, new_object)) AS key, protocol, octets_written
      FROM archive_op
      WHERE operation IN ('write', 'rename', 'truncate', 'delete') AND (operation <> 'write' OR coalesce(octets_written, 1) > 0)
        AND regexp_matches(coalesce(object, new_object), '(?i)(\\.(vbm|bco|bsr|vindex)(\\.[a-z]+)?$|(^|[/\\\\])(index|snapshots)[/\\\\][0-9a-f]{64}$|(^|[/\\\\])(index|hints|integrity)\\.[0-9]+$|index\\.json\\.blob$|kopia\\.(repository|maintenance)|(^|[/\\\\])catalog(ue)?[/\\\\].)')
    ), archive_writer AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, count(DISTINCT CAST(ts AS DATE)) AS days, count(DISTINCT object) AS objects FROM archive_op WHERE operation IN ('write', 'create') AND outcome = 'granted' GROUP BY ALL
    ), day_writer AS (
      SELECT target, key, CAST(ts AS DATE) AS day, count(DISTINCT source) AS writers FROM touched WHERE outcome = 'granted' GROUP BY ALL
    ), judged AS (
      SELECT t.*, d.writers, t.source IN ${ESTATE} OR coalesce(w.days, 0) >= 2 AS is_writer,
             (SELECT count(*) FROM job_windows) > 0 AND NOT EXISTS (SELECT 1 FROM job_windows w WHERE ${windowHolds("t.ts")}) AS outside,
             EXISTS (SELECT 1 FROM archive_writer x WHERE x.source = t.source AND x.target = t.target AND x.objects >= 2) AS busy
      FROM touched t LEFT JOIN archive_writer w ON w.source = t.source AND w.target = t.target LEFT JOIN day_writer d ON d.target = t.target AND d.key = t.key AND d.day = CAST(t.ts AS DATE)
      WHERE t.target IN ${ESTATE}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, min("user") AS "user", object, list(DISTINCT operation) AS operations, min(protocol) AS protocol,
           CASE WHEN bool_or(outcome = 'granted') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN max(writers) > 1 THEN 'another host changed it on the same day' WHEN bool_and(outside) AND bool_and(is_writer) THEN 'no job window was open' WHEN bool_and(outside) THEN 'no job window was open, and this host writes no backups' ELSE 'this host writes no backups' END AS why,
           CASE WHEN bool_and(outcome = 'refused') THEN 'low' WHEN bool_and(is_writer) AND coalesce(max(writers), 1) < 2 THEN 'low' WHEN max(writers) > 1 AND NOT bool_and(is_writer) OR bool_and(outside) AND NOT bool_and(is_writer) THEN 'high' ELSE 'medium' END AS severity
    FROM judged WHERE (outside OR NOT is_writer AND NOT busy OR writers > 1 AND NOT is_writer)
    GROUP BY source, target, object, ${ANSWER}`,
  explanation: "{user} on {source} {changed|to change} {object} on {target} ({operations}, {count} times): {why}.",
  falsePositives: ["A manual job", "Rescan of a repository", "Import of backups"],
  references: ["https://attack.mitre.org/techniques/T1565/001/"],
  blindTo: [],
  samples: [
    { capture: "chain-metadata.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
