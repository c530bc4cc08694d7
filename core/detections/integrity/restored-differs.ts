import type { Detection } from "../detection.ts";
import { COMPARED, IS_RESTORE } from "./manifest-sql.ts";

export const restoredDiffers: Detection = {
  id: "BT-IN-019",
  title: "Restored data differs from what was recorded at backup time",
  phase: "integrity",
  attack: ["T1565.001"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["manifests", "object_version"],
  learningDays: 0,
  parameters: { tolerance: 0 },
  // Plain files that the backup software writes to a machine, or that are read from a store: what a restore moves. A restore of
  // another point in time differs as a rule: the list of that point is the one to compare with.
  query: `
    WITH restored AS (SELECT * FROM ${COMPARED} WHERE ${IS_RESTORE} AND verdict <> 'not comparable'),
    sums AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, client, server, min(direction) AS direction, count(DISTINCT place) AS all_files, count(DISTINCT place) FILTER (WHERE verdict <> 'same') AS bad_files,
             list(rid ORDER BY ts) FILTER (WHERE verdict <> 'same') AS rids, arg_min(object, ts) FILTER (WHERE verdict <> 'same') AS object, arg_min(found, ts) FILTER (WHERE verdict <> 'same') AS found,
             arg_min(listed, ts) FILTER (WHERE verdict <> 'same') AS listed, arg_min(algorithm, ts) FILTER (WHERE verdict <> 'same') AS algorithm, min(actor) AS actor,
             arg_min(regexp_extract(manifest_path, '[^/]*$'), ts) AS list, arg_min(generated, ts) AS generated
      FROM restored GROUP BY client, server, CAST(ts AS DATE))
    SELECT ts, ts_last, rids[:200] AS records, CASE WHEN direction = 'write' THEN client ELSE server END AS source, CASE WHEN direction = 'write' THEN server ELSE client END AS target, actor AS "user", bad_files AS count, object, all_files, found, listed, algorithm, list,
           strftime(generated, '%Y-%m-%d %H:%M:%SZ') AS dated, 'confirmed' AS outcome
    FROM sums WHERE bad_files > $tolerance`,
  explanation:
    "{count} of {all_files} files restored from {source} to {target} are not what {list} of {dated} records, first {object}: {algorithm} {found} instead of {listed}.",
  falsePositives: ["A restore point older or newer than the list: take the list of that point"],
  references: ["https://attack.mitre.org/techniques/T1565/001/", "https://www.rfc-editor.org/rfc/rfc8493"],
  blindTo: [{ text: "restores by a mover of the product's own or behind encryption", query: null }],
  samples: [
    { capture: "restore-differs.rows", findings: 1 },
    { capture: "manifest-agrees.rows", findings: 0 },
  ],
};
