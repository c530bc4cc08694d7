import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, BACKUP_ACTORS, ESTATE } from "../sql.ts";
import { IS_BACKUP } from "./ledger-sql.ts";

/** Names of notes that speak of a ransom, or of getting files back. */
const TELLING =
  "(?i)decrypt|ransom|your.?(files|data|network)|how.?to.{0,3}(recover|restore|unlock|get.?(back|your))|(recover|restore|unlock|get.?back).*(files?|data)|(files?|data).*(recover|restore|unlock)";

export const ransomNote: Detection = {
  id: "BT-TI-038",
  title: "Ransom note or ransomware suffix on backup storage",
  phase: "tampering",
  attack: ["T1486", "T1491"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { directories: 4, files: 20, minutes: 15, archives: 3, history_days: 3 },
  // One new text file of a telling name in several directories, or left by a host that renamed backup archives within a day or had deleted some, or one new suffix put behind many names of
  // different kinds. The deletions are findings of their own, so their records are not among those of the note. Machines that write archives there on several days, or act for the backup software, delete old ones as a rule.
  // Names that good software has too (README, HOWTO, restore) tell nothing but beside such renaming.
  query: `
    WITH note AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", lower(split_part(name, '\\', -1)) AS thing,
             regexp_replace(lower(name), '[^\\\\]*$', '') AS place, min(ts) AS ts, arg_min(rid, ts) AS rid
      FROM smb_operations
      WHERE action = 'open' AND create_action = 'CREATED' AND outcome = 'confirmed'
        AND regexp_matches(name, '(?i)(decrypt|recover|restore|ransom|how.?to|read.?me|unlock|your.?files)[^\\\\]*\\.(txt|html?|hta|rtf|bmp)$')
      GROUP BY ALL
    ), spoiler AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last FROM smb_operations
      WHERE action IN ('rename', 'delete') AND outcome = 'confirmed' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
      GROUP BY ALL HAVING count(*) FILTER (action = 'rename' AND NOT regexp_matches(coalesce(target, ''), '${ARCHIVE_PATTERN}')) > 0
    ), writer AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target FROM (
        SELECT "id.orig_h", "id.resp_h", ts FROM smb_operations WHERE bytes_written > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}')
        UNION ALL SELECT "id.orig_h", "id.resp_h", ts FROM archive_op WHERE protocol <> 'smb' AND octets_written > 0 AND ${IS_BACKUP})
      GROUP BY ALL HAVING count(DISTINCT CAST(ts AS DATE)) >= $history_days
    ), deleter AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, count(DISTINCT thing) AS archives FROM (
        SELECT "id.orig_h", "id.resp_h", ts, lower(name) AS thing FROM smb_operations
        WHERE action = 'delete' AND outcome = 'confirmed' AND regexp_matches(name, '${ARCHIVE_PATTERN}')
        UNION ALL SELECT "id.orig_h", "id.resp_h", ts, lower(object) FROM archive_op
        WHERE protocol <> 'smb' AND operation = 'delete' AND outcome = 'granted' AND ${IS_BACKUP})
      WHERE "id.orig_h" NOT IN ${BACKUP_ACTORS} AND ("id.orig_h", "id.resp_h") NOT IN (SELECT (source, target) FROM writer)
      GROUP BY ALL HAVING count(DISTINCT thing) >= $archives
    ), note_dense AS (
      SELECT *, ts - lag(ts, $directories - 1) OVER (PARTITION BY source, target, thing ORDER BY ts) <= to_minutes($minutes) AS reached FROM note
    ), suffixed AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", rid, ts, name,
             lower(target[length(name) + 1:]) AS suffix, lower(regexp_extract(name, '\\.([^.\\\\]{1,12})$', 1)) AS was
      FROM smb_operations
      WHERE action = 'rename' AND outcome = 'confirmed' AND starts_with(lower(target), lower(name) || '.')
        AND length(target) - length(name) BETWEEN 2 AND 60 AND NOT contains(target[length(name) + 1:], '\\')
    ), suffix_dense AS (
      SELECT *, ts - lag(ts, $files - 1) OVER (PARTITION BY source, target, suffix ORDER BY ts) <= to_minutes($minutes) AS reached FROM suffixed
    ), suffix AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, min("user") AS "user",
             count(*) AS count, '*' || suffix AS object, 'put ' || suffix || ' behind the names of ' || count(*) || ' files of ' || count(DISTINCT was) || ' kinds' AS did
      FROM suffix_dense WHERE suffix NOT IN ('.tmp', '.bak', '.old', '.part', '.crdownload')
      GROUP BY source, target, suffix HAVING bool_or(reached) AND count(DISTINCT was) >= 2
    ), harm AS (
      SELECT source, target, ts, ts_last FROM spoiler UNION ALL SELECT source, target, ts, ts_last FROM suffix
    ), noted AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, min("user") AS "user",
             count(*) AS count, thing AS object, 'created the note ' || thing || CASE WHEN count(*) = 1 THEN '' ELSE ' in ' || count(*) || ' directories' END AS did,
             coalesce(bool_or(reached), false) AS is_spread, regexp_matches(thing, '${TELLING}') AS is_telling,
             EXISTS (SELECT 1 FROM harm h WHERE h.source = n.source AND h.target = n.target AND min(n.ts) BETWEEN h.ts - to_hours(24) AND h.ts_last + to_hours(24)) AS is_beside_harm
      FROM note_dense n GROUP BY source, target, thing
    ), behind AS (
      SELECT n.*, d.archives AS deleted
      FROM noted n LEFT JOIN deleter d ON is_telling AND d.source = n.source AND d.target = n.target AND n.ts BETWEEN d.ts AND d.ts_last + to_hours(24)
    )
    SELECT ts, ts_last, records, record_count, source, target, "user", count, object,
           CASE WHEN deleted IS NULL THEN did ELSE did || ' and deleted ' || deleted || ' backup files or objects' END AS did,
           'confirmed' AS outcome, CASE WHEN is_beside_harm OR deleted IS NOT NULL OR target IN ${ESTATE} THEN 'critical' ELSE 'medium' END AS severity
    FROM behind WHERE is_spread AND is_telling OR is_beside_harm OR deleted IS NOT NULL
    UNION ALL
    SELECT *, 'confirmed', 'critical' FROM suffix`,
  explanation: "{user} on {source} {did} on {target}.",
  falsePositives: [
    "Software that writes the same readme file into many folders during installation",
    "An administrator who clears an old share by hand and leaves a note on how to restore",
  ],
  references: ["https://attack.mitre.org/techniques/T1486/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "ransom-note.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
