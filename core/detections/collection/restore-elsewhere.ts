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
      SELECT ts, ts_last, records, connections, sender AS source, receiver AS target, port, octets AS given, returned_octets AS taken, job FROM transfers
      WHERE sender IN ${ESTATE} AND receiver NOT IN ${ESTATE} AND (port BETWEEN 2500 AND 3300 OR port BETWEEN 8500 AND 8600 OR port IN (902, 6162, 9103, 9388, 10082, 10102) OR port IN (8007, 51515) AND server = sender)
    ), known AS (
      SELECT DISTINCT target FROM moved WHERE ts <= ${LEARNED_UNTIL} AND given >= 0.01 * $octets
    )
    SELECT min(m.ts) AS ts, max(m.ts_last) AS ts_last, flatten(list(m.records ORDER BY m.given DESC))[:50] AS records, CAST(sum(m.connections) AS BIGINT) AS count, m.source, m.target, list(DISTINCT m.port ORDER BY m.port) AS ports, sum(m.given) AS given_octets, 'confirmed' AS outcome
    FROM moved m WHERE m.ts > ${LEARNED_UNTIL} AND m.job IS NULL AND m.given > 3 * m.taken AND m.target NOT IN (SELECT target FROM known)
    GROUP BY m.source, m.target, CAST(m.ts AS DATE) HAVING sum(m.given) >= $octets`,
  explanation:
    "{target} received {given_octets} of backup data from {source} (port {ports}); in {learned} nothing was restored to it.",
  falsePositives: ["The first restore of a new system"],
  references: ["https://attack.mitre.org/techniques/T1005/"],
  blindTo: [],
  samples: [
    { capture: "restore-to-stranger.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
