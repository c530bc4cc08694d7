import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS } from "../sql.ts";
import { CHANGES_SEEN, ENTRIES, LISTINGS } from "./manifest-sql.ts";

export const listingDiffers: Detection = {
  id: "BT-IN-011",
  title: "Manifest entry without file, or file without entry",
  phase: "integrity",
  attack: ["T1485", "T1565.001"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["manifests", "directory_listing"],
  learningDays: 0,
  parameters: {},
  // A directory that was listed from the first name to the last, against the newest list of it. What the backup software was seen to delete or
  // rename is retention. A file more is news only if nobody was seen to write it: backups go on after a list was made.
  query: `
    WITH entry AS (SELECT manifest, generated, manifest_path, name, original, regexp_replace(place, '/[^/]*$', '') AS dir FROM ${ENTRIES}),
    directory AS (SELECT manifest, generated, manifest_path, dir, regexp_extract(dir, '[^/]*$') AS last, list(DISTINCT name) AS listed FROM entry WHERE dir <> '' GROUP BY ALL),
    listing AS (SELECT *, regexp_extract(place, '[^/]*$') AS last FROM ${LISTINGS}),
    fit AS (
      SELECT l.rid, l.ts, l.client, l.server, l.actor, l.share, l.object, l.names, d.manifest, d.dir, d.generated, d.manifest_path, d.listed
      FROM listing l JOIN directory d ON d.last = l.last AND d.generated <= l.ts AND (ends_with(l.place, d.dir) OR (l.inner_place <> '' AND ends_with(d.dir, l.inner_place)))
      QUALIFY row_number() OVER (PARTITION BY l.rid, d.dir ORDER BY d.generated DESC, d.manifest DESC) = 1
    ), differing AS (
      SELECT rid, unnest(list_filter(listed, lambda n: NOT list_contains(names, n))) AS name, 'lacks' AS what FROM fit
      UNION ALL
      SELECT rid, unnest(list_filter(names, lambda n: NOT list_contains(listed, n) AND regexp_matches(n, '${ARCHIVE_PATTERN}'))), 'has' FROM fit
    ), judged AS (
      SELECT d.rid, d.name, d.what, bool_or(c.client IN ${BACKUP_ACTORS}) AS is_own, count(c.rid) AS seen
      FROM differing d JOIN fit f USING (rid) LEFT JOIN ${CHANGES_SEEN} c ON c.name = d.name AND c.server = f.server AND c.ts BETWEEN f.generated AND f.ts
      GROUP BY ALL
    ), summed AS (
      SELECT f.rid, f.ts, f.client, f.server, f.actor, coalesce(nullif(f.object, ''), f.share) AS object, f.generated, f.manifest_path,
             count(*) FILTER (WHERE what = 'lacks') AS lacking, count(*) FILTER (WHERE what = 'has' AND seen = 0) AS added, min(name) FILTER (WHERE what = 'lacks') AS first_lacking,
             min(name) FILTER (WHERE what = 'has' AND seen = 0) AS first_added, bool_and(coalesce(is_own, false)) FILTER (WHERE what = 'lacks') AS is_retention
      FROM judged j JOIN fit f USING (rid) GROUP BY ALL)
    SELECT ts, ts AS ts_last, [rid] AS records, client AS source, server AS target, actor AS "user", object, lacking AS count, lacking, added, coalesce(first_lacking, first_added) AS first, regexp_extract(manifest_path, '[^/]*$') AS list,
           strftime(generated, '%Y-%m-%d %H:%M:%SZ') AS dated, 'observed' AS outcome, CASE WHEN lacking = 0 THEN 'low' ELSE 'high' END AS severity,
           CASE WHEN lacking = 0 THEN 'A backup file that the list does not have' END AS title,
           CASE WHEN is_retention AND lacking > 0 THEN 'The backup software was seen to remove every one of them' END AS explained
    FROM summed WHERE lacking > 0 OR added > 0`,
  explanation:
    "The listing of {object} on {target} lacks {lacking} files of {list} of {dated} and has {added} backup files that nobody was seen to write, first {first}; {source} ({user}) asked for it.",
  falsePositives: ["Retention that was not captured: accept what is older than its time"],
  references: ["https://attack.mitre.org/techniques/T1485/"],
  blindTo: [
    { text: "listings by SMB 1, which are not read", query: null },
    {
      text: "listings of which not all was seen",
      query: "SELECT count(*) AS n FROM directory_listing WHERE NOT complete",
    },
  ],
  samples: [
    { capture: "files-missing.rows", findings: 1 },
    { capture: "manifest-agrees.rows", findings: 0 },
  ],
};
