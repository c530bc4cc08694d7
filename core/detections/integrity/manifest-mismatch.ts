import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, inOrder } from "../sql.ts";
import { CHANGES_SEEN, COMPARED, IS_RESTORE } from "./manifest-sql.ts";

/** Changes of an object that the records of a finding hold. */
const NAMED = 50;

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
    first_change AS (
      SELECT client, server, place, min(ts) AS ts FROM change GROUP BY ALL
    ), written AS (
      SELECT w.rid, epoch_ns(w.ts) AS moment, w.client, w.actor, w.server, w.place, g.generated, w.client IN ${BACKUP_ACTORS} OR f.ts <= g.generated AS is_usual,
             row_number() OVER (PARTITION BY w.server, w.place, g.generated ORDER BY w.ts, w.rid) AS nr
      FROM change w JOIN (SELECT DISTINCT server, place, generated FROM bad) g USING (server, place) JOIN first_change f USING (client, server, place)
    ), told AS (
      -- Up to the act itself where that is a write.
      SELECT * FROM (
        SELECT rid, server, place, generated, count(nr) OVER within AS writes, max(CASE WHEN NOT is_usual THEN { moment: moment, by_rid: by_rid, client: client } END) OVER within AS strange,
               max(CASE WHEN NOT is_usual AND actor IS NOT NULL THEN { moment: moment, by_rid: by_rid, actor: actor } END) OVER within AS named,
               min(nr) OVER within AS nr_from, max(nr) OVER within AS nr_to
        FROM (SELECT * EXCLUDE (rid), rid AS by_rid, 0 AS span FROM written
          UNION ALL BY NAME SELECT rid, server, place, generated, epoch_ns(least(generated, ts)) AS moment, epoch_ns(greatest(generated, ts)) - epoch_ns(least(generated, ts)) - CAST(direction = 'write' AS INTEGER) AS span
            FROM bad WHERE NOT (verdict = 'different' AND direction = 'write'))
        WINDOW within AS (PARTITION BY server, place, generated ORDER BY moment RANGE BETWEEN CURRENT ROW AND span FOLLOWING)
      ) WHERE rid IS NOT NULL AND writes > 0
    ), by_rid AS (
      SELECT t.rid, ${inOrder("{ nr: w.nr, rid: w.rid }")} AS by_rids
      FROM (SELECT rid, server, place, generated, unnest(range(nr_from, least(nr_to, nr_from + ${NAMED - 1}) + 1)) AS nr FROM told) t JOIN written w USING (server, place, generated, nr) GROUP BY t.rid
    ), latest AS (
      SELECT server, place, generated, client, max(moment) AS moment FROM written WHERE moment <= epoch_ns(generated) GROUP BY ALL
    ), two AS (
      SELECT server, place, generated, arg_max({ client: client, moment: moment }, moment, 2) AS writers FROM latest GROUP BY ALL
    ), rewritten AS (
      -- Written before the list was made, and again until then: by another at any time since, by the same after it had ended.
      SELECT b.rid FROM bad b JOIN two t USING (server, place, generated) LEFT JOIN latest own ON own.server = b.server AND own.place = b.place AND own.generated = b.generated AND own.client = b.client
      WHERE b.verdict = 'different' AND b.direction = 'write'
        AND (coalesce(own.moment > epoch_ns(b.ended), false) OR coalesce(list_filter(t.writers, lambda each: each.client <> b.client)[1].moment >= epoch_ns(b.ts), false))
    ), judged AS (
      SELECT b.*, coalesce(t.writes, 0) AS writes, t.strange.client AS stranger, t.named.actor AS strange_actor, coalesce(r.by_rids, []) AS by_rids,
             b.client IN ${BACKUP_ACTORS} OR coalesce(f.ts <= b.generated, false) AS by_usual
      FROM bad b LEFT JOIN told t ON t.rid = b.rid LEFT JOIN by_rid r ON r.rid = b.rid LEFT JOIN first_change f ON f.client = b.client AND f.server = b.server AND f.place = b.place
    ), kept AS (
      SELECT *, CASE WHEN verdict = 'older manifest' THEN 'written after the list was made'
                     WHEN direction = 'write' THEN 'written before the list was made, and not seen to change in between'
                     WHEN stranger IS NOT NULL THEN 'read after it had been changed'
                     WHEN writes > 0 THEN 'read after its usual writer had written it again' ELSE 'read, with nothing seen to change it since' END AS how,
                coalesce(stranger, client) AS source, coalesce(CASE WHEN stranger IS NOT NULL THEN strange_actor END, actor) AS who
      FROM judged WHERE NOT (verdict = 'older manifest' AND by_usual) AND rid NOT IN (SELECT rid FROM rewritten)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list_distinct(flatten(list(list_concat(by_rids, [rid]) ORDER BY ts)))[:200] AS records, count(DISTINCT place) AS count, source, server AS target, min(who) AS "user", arg_min(object, ts) AS object, how, 'confirmed' AS outcome,
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
