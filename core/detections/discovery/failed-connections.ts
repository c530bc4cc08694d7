import type { Detection } from "../detection.ts";
import { LEARNED_UNTIL } from "../sql.ts";

export const failedConnections: Detection = {
  id: "BT-BL-007",
  title: "Failed connections of a host rise",
  phase: "discovery",
  attack: ["T1046", "T1110"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { attempts: 20, sigmas: 3.09, targets: 2 },
  // Share of refused and unanswered connections of an hour against the share of the days of learning: normal approximation of the beta-binomial tail, 3.09 standard deviations is p = 0.001.
  query: `
    WITH hour AS (
      SELECT "id.orig_h" AS source, date_trunc('hour', ts) AS hour, count(*) AS tried, count(*) FILTER (conn_state IN ('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH')) AS failed, count(DISTINCT "id.resp_h") FILTER (conn_state IN ('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH')) AS targets,
             min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts, 200) FILTER (conn_state IN ('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH')) AS rids
      FROM conn WHERE proto = 'tcp' AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) GROUP BY 1, 2
    ), usual AS (
      SELECT source, sum(tried) AS tried, (sum(failed) + 1) / (sum(tried) + 2) AS share, count(*) AS hours FROM hour WHERE ts <= ${LEARNED_UNTIL} GROUP BY source
    )
    SELECT h.ts, h.ts_last, h.rids AS records, h.failed AS record_count, h.source, CAST(NULL AS VARCHAR) AS target, h.failed AS count, h.tried, h.targets, round(100 * h.failed / h.tried) AS share_percent, round(100 * u.share) AS usual_percent, 'observed' AS outcome
    FROM hour h JOIN usual u ON u.source = h.source
    WHERE h.ts > ${LEARNED_UNTIL} AND h.tried >= $attempts AND h.targets >= $targets AND u.hours >= 24
      AND h.failed - h.tried * u.share > $sigmas * sqrt(h.tried * u.share * (1 - u.share) * (1 + h.tried / (u.tried + 3)))
      AND h.failed >= 0.2 * h.tried`,
  explanation:
    "{count} of {tried} connections of {source} failed in an hour ({share_percent} %, to {targets} hosts); in {learned} {usual_percent} % of its connections failed.",
  falsePositives: ["A server that is down"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "failed-connections.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
