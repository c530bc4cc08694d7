import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";
import { CHANGES_SEEN, COMPARED, IS_RESTORE } from "./manifest-sql.ts";

export const manifestMismatch: Detection = {
  id: "BT-IN-007",
  title: "Content on the wire differs from the manifest",
  phase: "integrity",
  attack: ["T1565.001", "T1565.002"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["manifests", "object_version"],
  learningDays: 0,
  parameters: { undated_confidence: 0.75 },
  // All octets went by and their digest is not the listed one. What its usual writer (the backup software, or who wrote this object before the
  // list was made) rewrote since then is another version. Written before the list was made counts only if nothing was seen to write it in between.
  query: `
    WITH compared AS (SELECT * FROM ${COMPARED}), change AS (SELECT * FROM ${CHANGES_SEEN}),
    bad AS (SELECT * FROM compared WHERE verdict IN ('different', 'older manifest') AND NOT ${IS_RESTORE}),
    since AS (
      SELECT b.rid, w.rid AS by_rid, w.ts, w.client, w.actor,
             w.client IN ${BACKUP_ACTORS} OR EXISTS (SELECT 1 FROM change h WHERE h.client = w.client AND h.server = b.server AND h.place = b.place AND h.ts <= b.generated) AS is_usual
      FROM bad b JOIN change w ON w.server = b.server AND w.place = b.place AND w.rid <> b.rid
       AND w.ts BETWEEN least(b.generated, b.ts) AND greatest(b.generated, b.ts)
       AND NOT (b.direction = 'write' AND w.client = b.client AND w.ts BETWEEN b.ts AND b.ended)
    ), told AS (
      SELECT rid, count(*) AS writes, count(*) FILTER (WHERE NOT is_usual) AS strange, arg_max(client, ts) FILTER (WHERE NOT is_usual) AS stranger, arg_max(actor, ts) FILTER (WHERE NOT is_usual) AS strange_actor,
             list(by_rid ORDER BY ts)[:50] AS by_rids FROM since GROUP BY rid
    ), judged AS (
      SELECT b.*, coalesce(t.writes, 0) AS writes, coalesce(t.strange, 0) AS strange, t.stranger, t.strange_actor, coalesce(t.by_rids, []) AS by_rids,
             b.client IN ${BACKUP_ACTORS} OR EXISTS (SELECT 1 FROM change h WHERE h.client = b.client AND h.server = b.server AND h.place = b.place AND h.ts <= b.generated) AS by_usual
      FROM bad b LEFT JOIN told t USING (rid)
    ), kept AS (
      SELECT *, CASE WHEN verdict = 'older manifest' THEN 'written after the list was made'
                     WHEN direction = 'write' THEN 'written before the list was made, and not seen to change in between'
                     WHEN strange > 0 THEN 'read after it had been changed'
                     WHEN writes > 0 THEN 'read after its usual writer had written it again' ELSE 'read, with nothing seen to change it since' END AS how,
                coalesce(stranger, client) AS source, coalesce(CASE WHEN stranger IS NOT NULL THEN strange_actor END, actor) AS who
      FROM judged WHERE NOT (verdict = 'older manifest' AND by_usual) AND NOT (verdict = 'different' AND direction = 'write' AND writes > 0)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list_distinct(flatten(list(list_concat(by_rids, [rid]) ORDER BY ts)))[:200] AS records, count(DISTINCT place) AS count, source, server AS target, any_value(who) AS "user", arg_min(object, ts) AS object, how, 'confirmed' AS outcome,
           arg_min(algorithm, ts) AS algorithm, arg_min(found, ts) AS found, arg_min(listed, ts) AS listed, strftime(arg_min(generated, ts), '%Y-%m-%d %H:%M:%SZ') AS dated, arg_min(regexp_extract(manifest_path, '[^/]*$'), ts) AS list,
           CASE WHEN how = 'written after the list was made' THEN 'high' ELSE 'critical' END AS severity,
           CASE WHEN bool_or(dated_by = 'file') THEN $undated_confidence ELSE 0.95 END AS confidence,
           CASE WHEN bool_or(dated_by = 'file') THEN 'The list does not say when it was made: the time of its file was taken' END AS note,
           CASE WHEN how = 'read after its usual writer had written it again' THEN 'Rewritten since the list was made by the machine that always writes it' END AS explained
    FROM kept GROUP BY source, server, how, CAST(ts AS DATE)`,
  explanation:
    "{count} listed objects on {target} do not have the content that {list} of {dated} lists, first {object}, {how}: {algorithm} {found} instead of {listed}. Seen from {source} ({user}).",
  falsePositives: [
    "A list older than a legitimate rewrite (synthetic full, merge): give the list that was made last, or of finished restore points only",
  ],
  references: [
    "https://attack.mitre.org/techniques/T1565/001/",
    "https://github.com/jessek/hashdeep/blob/master/FILEFORMAT",
  ],
  blindTo: [
    {
      text: "listed objects of which not all octets were seen",
      query: `SELECT count(*) AS n FROM ${COMPARED} WHERE verdict = 'not comparable'`,
    },
    SEALED_SMB_FILES,
  ],
  samples: [
    { capture: "manifest-mismatch.rows", findings: 3 },
    { capture: "manifest-agrees.rows", findings: 0 },
  ],
};
