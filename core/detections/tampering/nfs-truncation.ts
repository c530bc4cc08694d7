import { ARCHIVE_PATTERN } from "../sql.ts";
import type { Detection } from "../detection.ts";
import { OUTCOME } from "./ledger-sql.ts";

export const nfsTruncation: Detection = {
  id: "BT-TI-011",
  title: "Backup files truncated over NFS",
  phase: "tampering",
  attack: ["T1485", "T1561"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["nfs"],
  learningDays: 0,
  parameters: { frac: 0.5 },
  // The old size is the last that any answer or write showed for the path. A file that its writer cuts to write it anew is told lower.
  query: `
    WITH cut AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce("user", 'uid ' || uid_number || ' at ' || machine) AS "user", outcome, path, size AS new_octets
      FROM nfs
      WHERE size IS NOT NULL AND regexp_matches(path, '${ARCHIVE_PATTERN}') AND (operation = 'SETATTR' OR (operation = 'OPEN' AND detail LIKE '%truncated by opening%'))
    ), seen AS (
      SELECT ts, "id.resp_h" AS target, path, greatest(coalesce(size, 0), coalesce("end", 0)) AS octets FROM nfs
      WHERE operation IN ('WRITE', 'READ', 'LOOKUP', 'GETATTR', 'ACCESS', 'COMMIT') AND outcome = 'confirmed' AND (size > 0 OR "end" > 0) AND regexp_matches(path, '${ARCHIVE_PATTERN}')
    ), writer AS (
      SELECT "id.resp_h" AS target, path, arg_min("id.orig_h", ts) AS source, min(ts) AS ts FROM nfs
      WHERE operation = 'WRITE' AND outcome = 'confirmed' AND regexp_matches(path, '${ARCHIVE_PATTERN}') GROUP BY 1, 2
    ), measured AS (
      SELECT c.*, s.octets AS old_octets, coalesce(w.source = c.source, false) AS is_writer
      FROM cut c ASOF JOIN seen s ON s.target = c.target AND s.path = c.path AND s.ts < c.ts
      LEFT JOIN writer w ON w.target = c.target AND w.path = c.path AND w.ts < c.ts
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, "user", path AS object,
           max(old_octets) AS old_octets, min(new_octets) AS new_octets, ${OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'set the size of' ELSE 'asked to set the size of' END AS did,
           CASE WHEN is_writer THEN 'medium' ELSE 'critical' END AS severity,
           CASE WHEN is_writer THEN 'The machine had written the file itself: some products write one file over and over' END AS note
    FROM measured WHERE new_octets < $frac * old_octets
    GROUP BY source, target, "user", path, is_writer, outcome`,
  explanation: "{user} on {source} {did} {object} on {target} from {old_octets} to {new_octets}.",
  falsePositives: ["Creation with an explicit size of 0", "Products that reuse one file and cut it before each run"],
  references: ["RFC 1813 3.3.2", "RFC 7530 16.32"],
  blindTo: [
    {
      text: "files inside NFS sealed by Kerberos",
      query: "SELECT count(*) AS n FROM nfs WHERE security = 'gss_privacy'",
    },
    { text: "files whose size no packet showed before", query: null },
  ],
  samples: [
    { capture: "nfs.pcapng", findings: 2 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
