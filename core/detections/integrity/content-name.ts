import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

/** What files of a suffix begin with, as hexadecimal patterns. */
const SIGNATURES = `(VALUES
  ('zip', '^504b0(304|506|708)'), ('docx', '^504b0304'), ('xlsx', '^504b0304'), ('pptx', '^504b0304'), ('odt', '^504b0304'), ('jar', '^504b0304'),
  ('pdf', '^(efbbbf)?25504446'), ('png', '^89504e47'), ('jpg', '^ffd8ff'), ('jpeg', '^ffd8ff'), ('gif', '^474946'), ('doc', '^d0cf11e0'), ('xls', '^d0cf11e0'), ('ppt', '^d0cf11e0'), ('msi', '^d0cf11e0'),
  ('vmdk', '^(4b444d56|434f5744|23204469736b2044)'), ('vhdx', '^7668647866696c65'), ('avhdx', '^7668647866696c65'), ('vhd', '^(636f6e6563746978|637873706172736|.{0,16}$)'), ('qcow2', '^514649fb'), ('bkf', '^54415045'),
  ('tib', '^ce24b9a2'), ('tibx', '^41524348'), ('sqlite', '^53514c69746520666f726d6174'), ('gz', '^1f8b'), ('tgz', '^1f8b'), ('7z', '^377abcaf271c'), ('rar', '^52617221'), ('bz2', '^425a68'), ('xz', '^fd377a585a'), ('zst', '^28b52ffd'),
  ('exe', '^4d5a'), ('dll', '^4d5a'), ('vma', '^564d4100'))`;

export const contentName: Detection = {
  id: "BT-IN-006",
  title: "File content does not match its name",
  phase: "integrity",
  attack: ["T1486", "T1565.001"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { n: 10, share: 0.3, window_minutes: 60 },
  // The first octets as they were written or read, against the signature of the suffix. All zero is a file that was only made; text is a
  // placeholder. Files that one host moves by the hundred are told where enough of them fail.
  query: `
    WITH file AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(path || '\\', '') || name AS object, magic, bytes_written > 0 AS is_write, lower(regexp_extract(name, '\\.([A-Za-z0-9]{2,6})$', 1)) AS suffix
      FROM smb_operations WHERE action = 'transfer' AND magic IS NOT NULL AND length(magic) >= 32 AND coalesce(write_start, 0) = 0
    ), known AS (
      SELECT f.*, NOT regexp_matches(f.magic, s.pattern) AND NOT regexp_matches(f.magic, '^(00)+$') AND NOT regexp_matches(f.magic, '^((0[9ad]|[2-6][0-9a-f]|7[0-9a-e])+)$') AS fails
      FROM file f JOIN ${SIGNATURES} s(suffix, pattern) ON s.suffix = f.suffix
    )
    SELECT min(ts) FILTER (fails) AS ts, max(ts) FILTER (fails) AS ts_last, (list(rid ORDER BY ts) FILTER (fails))[:200] AS records, count(DISTINCT object) FILTER (fails) AS count, source, target, min("user") AS "user", arg_min(object, ts) FILTER (fails) AS object,
           count(DISTINCT object) AS files, list(DISTINCT suffix) FILTER (fails) AS kinds, 'confirmed' AS outcome, CASE WHEN is_write THEN 'written' ELSE 'read' END AS did,
           CASE WHEN target IN ${ESTATE} AND is_write THEN 'high' WHEN is_write THEN 'medium' ELSE 'low' END AS severity
    FROM known GROUP BY source, target, is_write, time_bucket(to_minutes($window_minutes), CAST(ts AS TIMESTAMP))
    HAVING count(DISTINCT object) FILTER (fails) >= $n AND count(DISTINCT object) FILTER (fails) >= $share * count(DISTINCT object)`,
  explanation:
    "{count} of {files} files that {user} on {source} had {did} on {target} do not begin with the signature of their type ({kinds}), first {object}.",
  falsePositives: ["Encryption by the client by design"],
  references: ["https://attack.mitre.org/techniques/T1486/"],
  blindTo: [SEALED_SMB_FILES, { text: "files over NFS, of which no first octets are kept", query: null }],
  samples: [
    { capture: "files-encrypted.rows", findings: 1 },
    { capture: "sparse-archives.rows", findings: 0 },
  ],
};
