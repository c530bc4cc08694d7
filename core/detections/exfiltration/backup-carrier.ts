import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE, OUTSIDE } from "../sql.ts";

export const backupCarrier: Detection = {
  id: "BT-EX-011",
  title: "Backup tool that carries data away",
  phase: "exfiltration",
  attack: ["T1567.002", "T1048"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["backup_product|object_store|restic"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 100000 },
  // Products that anybody can run and that bring their own repository, known by what they say, towards the outside or from the estate to a machine that is not of it.
  query: `
    WITH spoken AS (
      SELECT p.ts, p.rid, p.uid, p."id.orig_h" AS source, p."id.resp_h" AS target, p.product, p.seen FROM backup_product p
      WHERE p.confidence >= 0.6 AND regexp_matches(p.product, '(?i)(restic|kopia|borg|duplicati|proxmox backup|acronis|duplicacy|urbackup|bacula|bareos|veeam|arq|rustic|plakar)')
      UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", 'restic', 'its REST interface' FROM restic
      UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", product, 'its calls to an object store' FROM object_store WHERE regexp_matches(coalesce(product, ''), '(?i)(restic|kopia|duplicati|duplicacy|rustic)')
    )
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(DISTINCT s.rid ORDER BY s.rid)[:100] AS records, count(*) AS count, s.source, s.target, s.product, s.product AS object, min(s.seen) AS seen, sum(c.orig_bytes) AS sent_octets, sum(c.resp_bytes) AS received_octets, 'confirmed' AS outcome,
           CASE WHEN s.source IN ${ESTATE} THEN CASE WHEN sum(c.orig_bytes) >= $octets THEN 'high' ELSE 'medium' END ELSE 'medium' END AS severity
    FROM (SELECT DISTINCT ON (uid, product) * FROM spoken) s JOIN conn c ON c.uid = s.uid
    WHERE s.source IN ${INSIDE} AND (s.target IN ${OUTSIDE} OR s.source IN ${ESTATE} AND s.target NOT IN ${ESTATE} AND s.product IN ('restic', 'Kopia', 'Borg', 'BorgBackup', 'Duplicati', 'Duplicacy'))
    GROUP BY s.source, s.target, s.product HAVING sum(c.orig_bytes) > sum(c.resp_bytes)`,
  explanation:
    "{source} had a session of {product} (known by {seen}) with {target}, which is no registered repository: {sent_octets} out, {received_octets} in.",
  falsePositives: ["The site's own off-site target that the scope does not name"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [
    { text: "tools that say nothing outside TLS", query: "SELECT count(*) AS n FROM ssl WHERE established" },
    { text: "tools that run inside SSH", query: `SELECT count(*) AS n FROM ssh WHERE inferred_use = 'file copy'` },
  ],
  samples: [
    { capture: "backup-tools-out.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
