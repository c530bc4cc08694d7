import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const repositoryPull: Detection = {
  id: "BT-CO-010",
  title: "New client pulls from a backup repository",
  phase: "collection",
  attack: ["T1039", "T1213"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["backup_product|restic|rsync"],
  learningDays: 0,
  ofConnections: true,
  parameters: { ratio: 10, octets: 200000000, least_octets: 100000, learning_days: 7 },
  // Repositories that their own protocols show: rsync, restic, Proxmox, Kopia, Bacula's storage. A client that takes far more than it gives, and that did not come in the time of learning.
  query: `
    WITH session AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", 'rsync (module ' || coalesce(module, '?') || ')' AS protocol, coalesce(resp_octets, 0) AS received, coalesce(orig_octets, 0) AS sent FROM rsync WHERE module IS NOT NULL AND module <> '#list'
      UNION ALL
      SELECT min(ts), min(rid), uid, "id.orig_h", "id.resp_h", min("user"), 'restic (' || min(repository) || ')', coalesce(sum(octets) FILTER (operation = 'read'), 0), coalesce(sum(octets) FILTER (operation = 'write'), 0) FROM restic GROUP BY uid, "id.orig_h", "id.resp_h"
      UNION ALL
      SELECT p.ts, p.rid, p.uid, p."id.orig_h", p."id.resp_h", NULL, p.product, coalesce(c.resp_bytes, 0), coalesce(c.orig_bytes, 0)
      FROM (SELECT DISTINCT ON (uid) * FROM backup_product WHERE regexp_matches(product, '(?i)(kopia|proxmox backup|borg|urbackup)')) p JOIN conn c ON c.uid = p.uid
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), known AS (
      SELECT DISTINCT x.source, x.target FROM session x, start s WHERE x.ts <= s.learned AND s.is_long
    )
    SELECT min(x.ts) AS ts, max(x.ts) AS ts_last, list(x.rid ORDER BY x.received DESC)[:50] AS records, count(*) AS count, x.source, x.target, min(x."user") AS "user", min(x.protocol) AS protocol, min(x.protocol) AS object, sum(x.received) AS received_octets, sum(x.sent) AS sent_octets, 'confirmed' AS outcome,
           CASE WHEN min(s.is_long) THEN '; in ' || $learned || ' it was no client of it' ELSE '' END AS new_text, CASE WHEN x.source IN ${BACKUP_ACTORS} THEN 'it is a backup server or proxy' END AS explained,
           CASE WHEN min(s.is_long) AND x.target IN ${ESTATE} THEN 'high' WHEN min(s.is_long) OR x.target IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity
    FROM session x JOIN start s ON true LEFT JOIN known k ON k.source = x.source AND k.target = x.target
    WHERE k.source IS NULL AND (NOT s.is_long OR x.ts > s.learned)
    GROUP BY x.source, x.target, CAST(x.ts AS DATE)
    HAVING sum(x.received) >= $ratio * sum(x.sent) AND sum(x.received) >= CASE WHEN min(s.is_long) THEN $least_octets ELSE $octets END`,
  explanation:
    "{source} pulled {received_octets} from the repository {target} over {protocol} and gave {sent_octets}{new_text}.",
  falsePositives: ["A replica that is set up", "The first restore of a client"],
  references: ["https://attack.mitre.org/techniques/T1039/"],
  blindTo: [
    {
      text: "repositories inside SSH",
      query: `SELECT count(*) AS n FROM ssh WHERE inferred_use = 'file copy' AND inferred_direction = 'down'`,
    },
  ],
  samples: [
    { capture: "repository-puller.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
