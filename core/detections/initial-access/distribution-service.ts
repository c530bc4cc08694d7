import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, OUTSIDE } from "../sql.ts";

export const distributionService: Detection = {
  id: "BT-IA-005",
  title: "Veeam Distribution Service reached by a stranger (CVE-2022-26500)",
  phase: "initial-access",
  attack: ["T1190", "T1210"],
  severity: "high",
  confidence: 0.55,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { minutes: 10 },
  query: `
    WITH reached AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, sum(orig_bytes) AS in_octets
      FROM conn
      WHERE proto = 'tcp' AND "id.resp_p" = 9380 AND orig_bytes > 0 AND resp_bytes > 0 AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
        AND ("id.resp_h" IN ${ESTATE} OR uid IN (SELECT uid FROM backup_product WHERE product ILIKE '%veeam%'))
      GROUP BY 1, 2
    ), fetched AS (
      SELECT "id.orig_h" AS host, "id.resp_h" AS peer, min(ts) AS ts, arg_min(rid, ts) AS rid FROM conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND "id.orig_h" IN (SELECT target FROM reached) AND "id.resp_h" NOT IN ${ESTATE} GROUP BY 1, 2
    ), after AS (
      SELECT r.source, r.target, max(f.ts) AS ts, list(f.rid ORDER BY f.ts)[:20] AS rids, list(f.peer ORDER BY f.ts) AS peers, bool_or(f.peer = r.source OR f.peer IN ${OUTSIDE}) AS is_grave
      FROM reached r JOIN fetched f ON f.host = r.target AND f.ts BETWEEN r.ts AND r.ts_last + to_minutes($minutes) GROUP BY 1, 2
    )
    SELECT r.ts, greatest(r.ts_last, coalesce(a.ts, r.ts_last)) AS ts_last, r.rids || coalesce(a.rids, []) AS records, r.count, r.source, r.target, r.in_octets,
           CASE WHEN a.peers IS NULL THEN '' ELSE '; within ' || $minutes || ' minutes ' || r.target || ' opened its first connection to ' || array_to_string(a.peers[:5], ', ') || CASE WHEN len(a.peers) > 5 THEN ' and ' || (len(a.peers) - 5) || ' others' ELSE '' END END AS after_text,
           CASE WHEN a.is_grave THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome
    FROM reached r LEFT JOIN after a ON a.source = r.source AND a.target = r.target`,
  explanation:
    "{source} connected {count} times to the Veeam Distribution Service of {target} and sent {in_octets}{after_text}; in unpatched releases this service took calls from anybody.",
  falsePositives: ["A new distribution server"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2022-26500"],
  blindTo: [],
  samples: [
    { capture: "distribution-service.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
