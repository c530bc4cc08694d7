import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS } from "../sql.ts";
import { CHANGES_SEEN, CHANGES_TOLD } from "./manifest-sql.ts";

/** Where backups, their catalogues and the configuration of their software lie. */
const PROTECTED = `(?i)(^|[/._-])(backups?|veeam|vbr|repositor(y|ies)|restic|borg|kopia|bacula|bareos|amanda|netbackup|netvault|commvault|networker|catalogs?|proxmox-backup|urbackup|dumps?)([/._-]|$)`;

export const reportOfChanges: Detection = {
  id: "BT-IN-010",
  title: "Integrity report lists changes to backups",
  phase: "integrity",
  attack: ["T1565.001", "T1070"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["manifests"],
  learningDays: 0,
  parameters: { before_hours: 24 },
  // Removed or changed: what a report lists, or what two lists of the same files differ in. Sessions count that were seen to change a file of
  // that name since the report before, or within $before_hours; if the backup software alone did, it is its own work.
  query: `
    WITH told AS (
      SELECT *, regexp_extract(place, '[^/]*$') AS name, row_number() OVER () AS nr FROM ${CHANGES_TOLD}
      WHERE regexp_matches(place, '${ARCHIVE_PATTERN}') OR regexp_matches(place, '${PROTECTED}')
    ), act AS (
      SELECT t.nr, c.rid, c.ts, c.client, c.server, c.actor FROM told t JOIN ${CHANGES_SEEN} c ON c.name = t.name
       AND c.ts BETWEEN coalesce(t.since, t.generated - to_hours(CAST($before_hours AS INTEGER))) AND t.generated
    ), host AS (
      SELECT DISTINCT host AS name FROM told
    ), machine AS (
      SELECT name, min(address) AS address FROM (
        SELECT h.name, a.address FROM host h JOIN assets a ON lower(split_part(a.name, '.', 1)) = lower(split_part(h.name, '.', 1))
        UNION ALL SELECT h.name, a.address FROM host h JOIN assets a ON a.address = h.name) GROUP BY 1
    ), summed AS (
      SELECT t.manifest_path, t.generated, min(t.format) AS format, max(t.since) AS since, count(DISTINCT t.place) AS entries, min(t.original) AS object, list(DISTINCT t.change ORDER BY t.change) AS changes,
             coalesce(list_distinct(list(a.rid ORDER BY a.ts) FILTER (WHERE a.rid IS NOT NULL)), []) AS records, arg_max(a.client, a.ts) FILTER (WHERE a.client NOT IN ${BACKUP_ACTORS}) AS stranger, arg_max(a.client, a.ts) AS client,
             arg_max(a.actor, a.ts) AS actor, coalesce(arg_max(a.server, a.ts), min(m.address)) AS server, bool_and(a.client IN ${BACKUP_ACTORS}) AS is_own, count(DISTINCT t.place) FILTER (WHERE a.rid IS NULL) AS unseen
      FROM told t LEFT JOIN act a USING (nr) LEFT JOIN machine m ON m.name = t.host GROUP BY t.manifest_path, t.generated)
    SELECT generated AS ts, records[:200] AS records, coalesce(stranger, client) AS source, server AS target, actor AS "user", object, entries AS count, changes, format, regexp_extract(manifest_path, '[^/]*$') AS report,
           CASE WHEN len(records) = 0 THEN 'no session that changed them was seen' ELSE 'sessions that changed ' || (entries - unseen) || ' of them were seen' END AS seen, 'observed' AS outcome,
           CASE WHEN is_own AND unseen = 0 THEN 'Every change that the report lists was seen to be made by the backup software' END AS explained
    FROM summed`,
  explanation:
    "{report} ({format}) lists {count} entries of backups that were {changes}, first {object}; {seen}. Changed from {source} ({user}) on {target}.",
  falsePositives: [
    "Expected changes of the chain that is being written: give lists of finished restore points",
    "Retention by the backup software (set aside where it was seen)",
  ],
  references: ["https://attack.mitre.org/techniques/T1565/001/", "https://aide.github.io/"],
  blindTo: [{ text: "changes on the machine itself, which make no traffic", query: null }],
  samples: [
    { capture: "integrity-report.rows", findings: 1 },
    { capture: "manifest-agrees.rows", findings: 0 },
  ],
};
