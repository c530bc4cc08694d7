import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const archiveBuilt: Detection = {
  id: "BT-CO-007",
  title: "Archive written after much was read",
  phase: "collection",
  attack: ["T1560", "T1560.001", "T1074.002"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 500000000, least_octets: 1000000, factor: 10, hours: 1 },
  // A file that is a 7z, rar, zip, tar or gzip by its name or its first octets, written over SMB or NFS, after the writer had read about as much over the network.
  query: `
    WITH written AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", name, coalesce(bytes_written, 0) AS octets,
             starts_with(coalesce(magic, ''), '377abcaf271c') OR starts_with(coalesce(magic, ''), '52617221') OR starts_with(coalesce(magic, ''), '504b0304') OR starts_with(coalesce(magic, ''), '1f8b') AS by_magic
      FROM smb_operations WHERE action = 'transfer' AND bytes_written >= $least_octets
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce("user", 'uid ' || uid_number), path, coalesce(octets, 0), false FROM nfs WHERE operation = 'WRITE' AND octets >= $least_octets
    ), packed AS (
      SELECT * FROM written WHERE by_magic AND NOT regexp_matches(coalesce(name, ''), '(?i)\\.(docx|xlsx|pptx|odt|ods|jar|apk|epub|vsdx|msix|nupkg|svgz)$') OR regexp_matches(coalesce(name, ''), '(?i)\\.(7z|rar|zip|tar|t?gz|tar\\.(gz|xz|bz2|zst)|7z\\.[0-9]{3}|part[0-9]+\\.rar|z[0-9]{2})$')
    ), batch AS (
      SELECT source, target, min("user") AS "user", CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, sum(octets) AS octets, list(rid ORDER BY octets DESC)[:20] AS records, count(*) AS count, arg_max(name, octets) AS name FROM packed GROUP BY source, target, CAST(ts AS DATE)
    ), taken AS (
      SELECT rid, ts, "id.orig_h" AS host, "id.resp_h" AS origin, resp_bytes AS octets FROM conn WHERE resp_bytes >= 100000 AND resp_bytes > 2 * coalesce(orig_bytes, 0) AND "id.orig_h" IN (SELECT source FROM batch)
    ), joined AS (
      SELECT b.*, sum(t.octets) AS taken, list(DISTINCT t.origin ORDER BY t.origin)[:4] AS origins, list(t.rid ORDER BY t.octets DESC)[:20] AS taken_records, bool_or(t.origin IN ${ESTATE}) AS from_estate
      FROM batch b JOIN taken t ON t.host = b.source AND t.ts BETWEEN b.ts - to_hours(CAST($hours AS INTEGER)) AND b.ts_last GROUP BY ALL
    )
    SELECT ts, ts_last, taken_records || records AS records, count, source, target, "user", name, name AS object, octets AS written_octets, taken AS taken_octets, origins, 'confirmed' AS outcome,
           CASE WHEN (octets >= $octets OR from_estate) AND (target IN ${ESTATE} OR source IN ${ESTATE} OR from_estate) THEN 'high' WHEN octets >= $octets THEN 'medium' ELSE 'low' END AS severity
    FROM joined WHERE taken BETWEEN octets / $factor AND octets * $factor AND (octets >= $octets OR from_estate OR target IN ${ESTATE})`,
  explanation:
    "{user} on {source} wrote the archive {name} ({written_octets}) to {target} after it had read {taken_octets} from {origins}.",
  falsePositives: ["Logs that are packed for a vendor's support"],
  references: ["https://attack.mitre.org/techniques/T1560/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "packed-and-staged.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
