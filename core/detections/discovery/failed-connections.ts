import type { Detection } from "../detection.ts";
import { FAILED_STATES, INSIDE, LEARNED_UNTIL, upperTail } from "../sql.ts";

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
  parameters: { attempts: 20, sigmas: 3.09, targets: 2, failed_share: 0.2 },
  // Share of refused and unanswered connections of an hour against the share of the days of learning: normal approximation of the beta-binomial tail, 3.09 standard deviations is p = 0.001.
  query: `
    WITH failure AS (
      SELECT "id.orig_h" AS source, date_trunc('hour', ts) AS hour, count(*) AS failed, count(DISTINCT "id.resp_h") AS targets
      FROM failed_conn WHERE conn_state IN (${FAILED_STATES}) AND "id.orig_h" IN ${INSIDE} GROUP BY 1, 2
    ), suspect AS (
      SELECT DISTINCT source FROM failure WHERE hour >= date_trunc('hour', ${LEARNED_UNTIL}) AND targets >= $targets AND failed >= $failed_share * $attempts
    ), hour AS (
      SELECT t.source, t.hour, t.tried, coalesce(f.failed, 0) AS failed, coalesce(f.targets, 0) AS targets, t.ts, t.ts_last
      FROM (SELECT "id.orig_h" AS source, date_trunc('hour', ts) AS hour, count(*) AS tried, min(ts) AS ts, max(ts) AS ts_last FROM conn WHERE proto = 'tcp' AND "id.orig_h" IN (SELECT source FROM suspect) GROUP BY 1, 2) t
      LEFT JOIN failure f ON f.source = t.source AND f.hour = t.hour
    ), usual AS (
      SELECT source, sum(tried) AS tried, (sum(failed) + 1) / (sum(tried) + 2) AS share, count(*) AS hours FROM hour WHERE ts <= ${LEARNED_UNTIL} GROUP BY source
    ), risen AS (
    SELECT h.*, u.share, (h.failed - h.tried * u.share) / sqrt(h.tried * u.share * (1 - u.share) * (1 + h.tried / (u.tried + 3))) AS z FROM hour h JOIN usual u ON u.source = h.source
    WHERE h.ts > ${LEARNED_UNTIL} AND h.tried >= $attempts AND h.targets >= $targets AND u.hours >= 24
      AND h.failed - h.tried * u.share > $sigmas * sqrt(h.tried * u.share * (1 - u.share) * (1 + h.tried / (u.tried + 3)))
      AND h.failed >= $failed_share * h.tried
    )
    SELECT r.ts, r.ts_last, list(c.rid ORDER BY c.ts)[:200] AS records, r.failed AS record_count, r.source, CAST(NULL AS VARCHAR) AS target, r.failed AS count, r.tried, r.targets, round(100 * r.failed / r.tried) AS share_percent, round(100 * r.share) AS usual_percent, round(r.z, 1) AS deviations, ${upperTail("r.z")} AS chance, 24 * (SELECT count(*) FROM assets WHERE internal) AS tests, 'observed' AS outcome
    FROM risen r JOIN failed_conn c ON c."id.orig_h" = r.source AND date_trunc('hour', c.ts) = r.hour AND c.conn_state IN (${FAILED_STATES})
    GROUP BY r.ts, r.ts_last, r.failed, r.source, r.tried, r.targets, r.share, r.z`,
  explanation:
    "{count} of {tried} connections of {source} failed in an hour ({share_percent} %, to {targets} hosts); in {learned} {usual_percent} % of its connections failed ({deviations} standard deviations).",
  falsePositives: ["A server that is down"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "failed-connections.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
