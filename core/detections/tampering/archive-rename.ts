import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, GROUP_OUTCOME } from "../sql.ts";

export const archiveRename: Detection = {
  id: "BT-TI-002",
  title: "Backup files renamed in bulk",
  phase: "tampering",
  attack: ["T1486", "T1485"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { files: 3, minutes: 10 },
  // The new name has no archive suffix any more. Backup products rename among their own suffixes, which does not count. [MS-FSCC] 2.4.43
  query: `
    WITH renaming AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, path, name, target AS new_name,
             CASE WHEN contains(split_part(target, '\\', -1), '.') THEN lower(regexp_extract(target, '(\\.[^.\\\\]{1,40})$', 1)) ELSE '(none)' END AS suffix
      FROM smb_operations
      WHERE action = 'rename' AND regexp_matches(name, '${ARCHIVE_PATTERN}') AND target IS NOT NULL
        AND NOT regexp_matches(target, '${ARCHIVE_PATTERN}')
        AND NOT regexp_matches(target, '(?i)\\.(tmp|temp|old|bak|partial|deleted|veeam\\.[0-9]+\\.lock)$')
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", ''), suffix, outcome ORDER BY ts) > to_minutes($minutes) AS apart FROM renaming
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", ''), suffix, outcome ORDER BY ts) AS number FROM paced
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user",
           count(*) AS count, suffix, arg_min(coalesce(path || '\\', '') || name, ts) AS object, arg_min(new_name, ts) AS new_name,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'renamed' ELSE 'asked to rename' END AS did,
           CASE WHEN count(*) >= $files THEN 'critical' ELSE 'high' END AS severity
    FROM run GROUP BY source, target, "user", suffix, outcome, number`,
  explanation:
    "{user} on {source} {did} {count} backup files on {target} to names ending in {suffix}, first {object} to {new_name}.",
  falsePositives: ["Product conversions that rename to a suffix that is not in the list"],
  references: ["https://attack.mitre.org/techniques/T1486/", "MS-FSCC 2.4.43"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "archive-rename.pcapng", findings: 1 },
    { capture: "retention-delete.pcapng", findings: 0 },
  ],
};
