import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const restoreElsewhere: Detection = {
  id: "BT-CO-002",
  title: "Restore stream to an unexpected target",
  phase: "collection",
  attack: ["T1005", "T1039"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 200000000 },
  // From a repository, over the ports on which products move data, to a machine that got nothing from it while it was learned.
  query: `
    WITH moved AS (
      SELECT rid, ts, "id.resp_h" AS source, "id.orig_h" AS target, "id.resp_p" AS port, coalesce(resp_bytes, 0) AS given, coalesce(orig_bytes, 0) AS taken FROM conn
      WHERE proto = 'tcp' AND "id.resp_h" IN ${ESTATE} AND ("id.resp_p" BETWEEN 2500 AND 3300 OR "id.resp_p" IN (6162, 10082, 10102, 9103, 8007, 902, 9388, 51515) OR "id.resp_p" BETWEEN 8500 AND 8600)
      UNION ALL
      SELECT rid, ts, "id.orig_h", "id.resp_h", "id.resp_p", coalesce(orig_bytes, 0), coalesce(resp_bytes, 0) FROM conn
      WHERE proto = 'tcp' AND "id.orig_h" IN ${ESTATE} AND ("id.resp_p" BETWEEN 2500 AND 3300 OR "id.resp_p" IN (6162, 10082, 10102, 9103, 902, 9388) OR "id.resp_p" BETWEEN 8500 AND 8600)
    ), known AS (
      SELECT DISTINCT target FROM moved WHERE ts <= ${LEARNED_UNTIL} AND given >= 0.01 * $octets
    )
    SELECT min(m.ts) AS ts, max(m.ts) AS ts_last, list(m.rid ORDER BY m.given DESC)[:50] AS records, count(*) AS count, m.source, m.target, list(DISTINCT m.port ORDER BY m.port) AS ports, sum(m.given) AS given_octets, 'confirmed' AS outcome
    FROM moved m WHERE m.ts > ${LEARNED_UNTIL} AND m.given > 3 * m.taken AND m.target NOT IN ${ESTATE} AND m.target NOT IN (SELECT target FROM known)
    GROUP BY m.source, m.target, CAST(m.ts AS DATE) HAVING sum(m.given) >= $octets`,
  explanation:
    "{target} received {given_octets} of backup data from {source} (port {ports}); in the first {learning_days} days nothing was restored to it.",
  falsePositives: ["The first restore of a new system"],
  references: ["https://attack.mitre.org/techniques/T1005/"],
  blindTo: [],
  samples: [
    { capture: "restore-to-stranger.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
