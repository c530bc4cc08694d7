import { ARCHIVE_PATTERN } from "../sql.ts";
import type { Detection } from "../detection.ts";
import { IS_BACKUP, OUTCOME, runsOf } from "./ledger-sql.ts";

export const nfsRename: Detection = {
  id: "BT-TI-010",
  title: "Backup files renamed over NFS",
  phase: "tampering",
  attack: ["T1486", "T1485"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["nfs"],
  learningDays: 0,
  parameters: { n: 5, window_minutes: 10 },
  // From a backup's name to one that no product gives. Products rename the other way at the end of a job, from a temporary name.
  query: `
    WITH renaming AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", outcome, object, new_object,
             CASE WHEN contains(split_part(new_object, '/', -1), '.') THEN lower(regexp_extract(new_object, '(\\.[^./]{1,40})$', 1)) ELSE '(none)' END AS suffix
      FROM archive_op
      WHERE protocol = 'nfs' AND operation = 'rename' AND regexp_matches(object, '${ARCHIVE_PATTERN}') AND ${IS_BACKUP} AND new_object IS NOT NULL
        AND NOT regexp_matches(new_object, '${ARCHIVE_PATTERN}')
        AND NOT regexp_matches(new_object, '(?i)(\\.(tmp|temp|old|bak|partial|deleted|veeam\\.[0-9]+\\.lock)|/\\.nfs[0-9a-f]+)$')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user",
           count(DISTINCT object) AS count, suffix, arg_min(object, ts) AS object, arg_min(new_object, ts) AS new_name, ${OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'granted') THEN 'renamed' ELSE 'asked to rename' END AS did,
           CASE WHEN count(DISTINCT object) >= $n THEN 'critical' ELSE 'high' END AS severity
    FROM ${runsOf("renaming", `source, target, coalesce("user", ''), suffix, outcome`)} GROUP BY source, target, "user", suffix, outcome, number`,
  explanation:
    "{user} on {source} {did} {count} backup files on {target} over NFS to names ending in {suffix}, first {object} to {new_name}.",
  falsePositives: ["Product conversions that rename to a suffix that is not in the list"],
  references: ["https://attack.mitre.org/techniques/T1486/", "RFC 1813 3.3.14"],
  blindTo: [
    {
      text: "files inside NFS sealed by Kerberos",
      query: "SELECT count(*) AS n FROM nfs WHERE security = 'gss_privacy'",
    },
  ],
  samples: [
    { capture: "nfs.pcapng", findings: 1 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
