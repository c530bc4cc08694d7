import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE } from "../sql.ts";

export const inPlaceEncryption: Detection = {
  id: "BT-TI-005",
  title: "In-place encryption of backup data on a share",
  phase: "tampering",
  attack: ["T1486"],
  severity: "critical",
  confidence: 0.85,
  basis: "inference",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { h: 7.95, rise: 0.3, files: 5, bytes: 200_000_000, window_minutes: 15, chi_square: 310 },
  // One client opens files that are there, and writes over their beginning what looks random. That counts where it had read something less
  // random from the file. Archives are compressed, so that of them chi-square decides, which compressed octets seldom pass.
  query: `
    WITH transfer AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(path || '\\', '') || name AS object, bytes_read, bytes_written, write_start, entropy_read, entropy_written, chi_square_read, chi_square_written,
             regexp_matches(name, '${ARCHIVE_PATTERN}') AS is_archive, coalesce(create_action, 'OPENED') IN ('OPENED', 'OVERWRITTEN') AS was_there
      FROM smb_operations WHERE action = 'transfer' AND name IS NOT NULL AND (entropy_read IS NOT NULL OR entropy_written IS NOT NULL)
    ), before AS (
      SELECT source, target, object, min(entropy_read) AS entropy_read, max(chi_square_read) AS chi_square_read, min(ts) AS ts FROM transfer WHERE bytes_read > 0 GROUP BY 1, 2, 3
    ), rewritten AS (
      SELECT t.rid, t.ts, t.source, t.target, "user", t.object, bytes_written, entropy_written, b.entropy_read, is_archive FROM transfer t
      JOIN before b ON b.source = t.source AND b.target = t.target AND b.object = t.object AND b.ts <= t.ts
      WHERE was_there AND bytes_written > 0 AND write_start = 0 AND t.entropy_written >= $h AND t.chi_square_written <= $chi_square
        AND (t.entropy_written - b.entropy_read >= $rise OR (is_archive AND b.chi_square_read > $chi_square))
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, min("user") AS "user", count(DISTINCT object) AS count, arg_min(object, ts) AS object,
           CAST(sum(bytes_written) AS BIGINT) AS octets, round(median(entropy_read), 2) AS was, round(median(entropy_written), 2) AS became, 'confirmed' AS outcome,
           CASE WHEN target IN ${ESTATE} OR bool_or(is_archive) THEN 'critical' ELSE 'medium' END AS severity
    FROM rewritten GROUP BY source, target, time_bucket(to_minutes($window_minutes), CAST(ts AS TIMESTAMP))
    HAVING count(DISTINCT object) >= $files OR sum(bytes_written) >= $bytes`,
  explanation:
    "{user} on {source} overwrote {count} files on {target} in place with {octets} that look random (entropy {was} before, {became} after), beginning with {object}.",
  falsePositives: ["Encryption that its owner switched on"],
  references: ["https://attack.mitre.org/techniques/T1486/", "https://doi.org/10.3390/e24101503"],
  blindTo: [
    SEALED_SMB_FILES,
    {
      text: "files over NFS, whose octets are not measured",
      query: "SELECT count(*) AS n FROM nfs WHERE operation = 'WRITE'",
    },
  ],
  samples: [
    { capture: "archives-encrypted.rows", findings: 1 },
    { capture: "encrypting-jobs.rows", findings: 0 },
  ],
};
