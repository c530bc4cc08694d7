import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE } from "../sql.ts";

export const rsyncDelete: Detection = {
  id: "BT-TI-024",
  title: "rsync transfer with deletion into a backup module",
  phase: "tampering",
  attack: ["T1485"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["rsync"],
  learningDays: 0,
  parameters: { drop: 0.5, history_days: 3 },
  // A mirror that always deletes is told apart by its other days. What is new is the deletion, or a source that has become much smaller.
  query: `
    WITH act AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", module, options, paths, orig_octets, error, CAST(ts AS DATE) AS day,
             [o FOR o IN options IF regexp_matches(o, '^--(delete|remove-source-files|del$|ignore-errors|force)')] AS telling,
             regexp_matches(coalesce(module, '') || ' ' || coalesce(array_to_string(paths, ' '), ''), '(?i)backup|archive|vault|repo|snapshot|veeam|restic|borg')
               OR list_bool_or([regexp_matches(p, '${ARCHIVE_PATTERN}') FOR p IN coalesce(paths, [])]) AS is_backup
      FROM rsync WHERE (deletes AND direction = 'upload') OR (direction = 'download' AND list_contains(options, '--remove-source-files'))
    ), habit AS (
      SELECT a.rid, count(DISTINCT b.day) AS days, median(b.orig_octets) AS usual_octets FROM act a
      LEFT JOIN act b ON b.source = a.source AND b.target = a.target AND b.module IS NOT DISTINCT FROM a.module AND b.day <> a.day GROUP BY a.rid
    )
    SELECT a.ts, [a.rid] AS records, source, target, "user", module || coalesce('/' || paths[1], '') AS object, telling AS switches, coalesce(orig_octets, 0) AS sent_octets,
           CASE WHEN error IS NULL THEN 'confirmed' ELSE 'refused' END AS outcome,
           CASE WHEN target NOT IN ${ESTATE} AND NOT is_backup THEN 'low' WHEN error IS NOT NULL THEN 'medium' WHEN target IN ${ESTATE} OR h.days >= $history_days THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN h.days >= $history_days AND a.orig_octets >= (1 - $drop) * h.usual_octets
                THEN 'A mirror: the machine has synchronised with deletion on ' || h.days || ' other days, and sent no less than usual' END AS explained,
           CASE WHEN h.days >= $history_days THEN 'On other days it sent ' || CAST(h.usual_octets AS BIGINT) || ' octets' END AS note
    FROM act a JOIN habit h ON h.rid = a.rid`,
  explanation:
    "{user} on {source} {synchronised|to synchronise} {object} of {target} by rsync with deletion enabled ({switches}) and sent {sent_octets}.",
  falsePositives: ["Mirroring jobs that always delete (set aside once they are seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "rsync(1)"],
  blindTo: [{ text: "rsync inside SSH", query: "SELECT count(*) AS n FROM ssh" }],
  samples: [
    { capture: "text-services.pcapng", findings: 1 },
    { capture: "rsync-mirror.rows", findings: 0 },
  ],
};
