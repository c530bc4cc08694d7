import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const entropyJump: Detection = {
  id: "BT-IN-004",
  title: "Entropy jump in readable backup payload",
  phase: "integrity",
  attack: ["T1486", "T1565.001"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["smb_operations"],
  learningDays: 3,
  parameters: { dh: 0.8, h: 7.99, ds: 0.3, chi_square: 310, files: 5 },
  // Of one client, share and kind of file: the first days against each later one. A jump of all kinds at once is rather a setting of the job.
  query: `
    WITH measured AS (
      SELECT rid, ts, CAST(ts AS DATE) AS day, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(path, '') AS share, lower(regexp_extract(name, '\\.([A-Za-z0-9]{1,12})$', 1)) AS suffix, name,
             entropy_written, entropy_written >= $h AND chi_square_written <= $chi_square AS is_random
      FROM smb_operations WHERE action = 'transfer' AND entropy_written IS NOT NULL AND ("id.resp_h" IN ${ESTATE} OR NOT EXISTS (SELECT 1 FROM assets WHERE in_estate))
    ), learned AS (
      SELECT source, target, share, suffix, median(entropy_written) AS usual, avg(CASE WHEN is_random THEN 1.0 ELSE 0 END) AS usual_share, count(*) AS files FROM measured
      WHERE ts < ${LEARNED_UNTIL} GROUP BY 1, 2, 3, 4 HAVING count(*) >= $files
    ), later AS (
      SELECT source, target, share, suffix, day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, arg_min(name, ts) AS object, median(entropy_written) AS now,
             avg(CASE WHEN is_random THEN 1.0 ELSE 0 END) AS now_share
      FROM measured WHERE ts >= ${LEARNED_UNTIL} GROUP BY 1, 2, 3, 4, 5 HAVING count(*) >= $files
    )
    SELECT min(l.ts) AS ts, max(l.ts_last) AS ts_last, flatten(list(l.records ORDER BY l.ts))[:200] AS records, l.source, l.target, CAST(sum(l.count) AS BIGINT) AS count, arg_min(l.object, l.ts) AS object, l.share, l.suffix,
           round(min(u.usual), 2) AS h0, round(median(l.now), 2) AS h1, min(u.files) AS files, 'confirmed' AS outcome
    FROM later l JOIN learned u ON u.source = l.source AND u.target = l.target AND u.share = l.share AND u.suffix = l.suffix
    WHERE l.now - u.usual >= $dh AND l.now_share - u.usual_share >= $ds GROUP BY l.source, l.target, l.share, l.suffix`,
  explanation:
    "Files *.{suffix} that {source} writes to {share} on {target} became nearly random: entropy {h0} in {files} files before, {h1} in {count} since, first {object}.",
  falsePositives: ["Compression or encryption switched on in the job", "Archives of media"],
  references: ["https://doi.org/10.3390/e24101503", "https://arxiv.org/abs/2303.17351"],
  blindTo: [SEALED_SMB_FILES, { text: "payload of other protocols, which is not measured", query: null }],
  samples: [
    { capture: "source-encrypted.rows", findings: 1 },
    { capture: "encrypting-jobs.rows", findings: 0 },
  ],
};
