import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const nasArchiver: Detection = {
  id: "BT-IA-012",
  title: "Archive files appear on a NAS after a stranger reached its backup service (CVE-2021-28799)",
  phase: "initial-access",
  attack: ["T1190", "T1486"],
  severity: "high",
  confidence: 0.4,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { hours: 24, files: 10 },
  // Hybrid Backup Sync 8899 and 873, web interface 8080 and 443: then the NAS itself packs its files, and clients only see the new names.
  query: `
    WITH met AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, arg_min(rid, ts) AS rid, arg_min("id.resp_p", ts) AS port FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_p" IN (443, 873, 8080, 8899)
        AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role IN ('nas', 'repository') AND confidence >= 0.6)
        AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2
    ), packed AS (
      SELECT "id.resp_h" AS target, lower(name) AS name, min(ts) AS ts, arg_min(rid, ts) AS rid FROM smb_operations WHERE name ILIKE '%.7z' GROUP BY 1, 2
      UNION ALL SELECT "id.resp_h", lower(coalesce(new_path, path)), min(ts), arg_min(rid, ts) FROM nfs WHERE coalesce(new_path, path) ILIKE '%.7z' GROUP BY 1, 2
    )
    SELECT m.ts, max(p.ts) AS ts_last, list_concat([m.rid], list(p.rid ORDER BY p.ts)[:99]) AS records, count(DISTINCT p.name) AS count, m.source, m.target, m.port, min(p.name) AS object, 'observed' AS outcome
    FROM met m JOIN packed p ON p.target = m.target AND p.ts BETWEEN m.ts AND m.ts + to_hours($hours)
    WHERE m.ts > ${LEARNED_UNTIL}
    GROUP BY m.ts, m.rid, m.source, m.target, m.port HAVING count(DISTINCT p.name) >= $files`,
  explanation:
    "{source} reached port {port} of {target} for the first time; {count} files with the suffix .7z followed within {hours} hours, as when a flaw of the backup service (CVE-2021-28799) was used to pack a NAS.",
  falsePositives: ["A new replication partner and users who pack files"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-28799"],
  blindTo: [],
  samples: [
    { capture: "nas-archiver.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
