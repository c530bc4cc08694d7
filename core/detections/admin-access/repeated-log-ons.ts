import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, CONSOLE_PORTS, ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const repeatedLogOns: Detection = {
  id: "BT-AD-014",
  title: "Repeated administrative log-ons",
  phase: "admin-access",
  attack: ["T1078", "T1021"],
  severity: "low",
  confidence: 0.5,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { s: 3, n: 5 },
  // Bound of the upper tail: Poisson (Chernoff) while the variance does not exceed the mean, else by the variance.
  query: `
    WITH log_on AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target FROM ssh WHERE coalesce(auth_success, true) AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR}
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h" FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL AND "user" NOT LIKE '%$' AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR}
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h" FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes >= 1000 AND resp_bytes >= 1000 AND ("id.resp_p" IN (3389, 5985, 5986, ${CONSOLE_PORTS})) AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR}
    ), session AS NOT MATERIALIZED (
      SELECT *, date_trunc('hour', CAST(ts AS TIMESTAMP)) AS hour FROM log_on WHERE source NOT IN ${ESTATE}
    ), hour AS (
      SELECT target, hour, count(*) AS n, count(DISTINCT source) AS sources, CASE WHEN count(DISTINCT source) = 1 THEN min(source) END AS source, min(ts) AS ts, max(ts) AS ts_last
      FROM session GROUP BY ALL
    ), span AS (
      SELECT greatest(1, date_diff('hour', min(ts), min(${LEARNED_UNTIL}))) AS hours FROM conn
    ), usual AS (
      SELECT target, sum(n) / min(s.hours) AS mean, greatest(0, sum(n * n) / min(s.hours) - power(sum(n) / min(s.hours), 2)) AS variance, max(n) AS most
      FROM hour CROSS JOIN span s WHERE ts <= ${LEARNED_UNTIL} GROUP BY target
    ), judged AS (
      SELECT h.*, greatest(coalesce(u.mean, 0), 0.01) AS mean, coalesce(u.variance, 0) AS variance, coalesce(u.most, 0) AS most FROM hour h LEFT JOIN usual u ON u.target = h.target WHERE h.ts > ${LEARNED_UNTIL} AND h.n >= $n
    ), scored AS (
      SELECT *, CASE WHEN variance <= mean THEN (n * ln(n / mean) - n + mean) / ln(10) ELSE power(greatest(0, n - mean), 2) / (2 * variance) / ln(10) END AS surprise FROM judged
    ), told AS (
      SELECT * FROM scored WHERE surprise >= $s AND n > most
    )
    SELECT s.ts, s.ts_last, l.records, s.n AS count, s.source, s.target, s.sources, round(s.mean, 2) AS usual, s.most, round(s.surprise, 1) AS surprise, power(10, -s.surprise) AS chance, 24 * (SELECT count(DISTINCT target) FROM hour) AS tests, 'confirmed' AS outcome,
           CASE WHEN s.source IN ${ADMIN_HOSTS} THEN 'info' WHEN s.n >= 20 THEN 'medium' ELSE 'low' END AS severity
    FROM told s JOIN (SELECT target, hour, list(rid ORDER BY ts)[:50] AS records FROM session SEMI JOIN told USING (target, hour) GROUP BY ALL) l ON l.target = s.target AND l.hour = s.hour`,
  explanation:
    "{count} administrative log-ons from {sources} hosts reached {target} within an hour; in {learned} it had {usual} an hour and never more than {most}.",
  falsePositives: ["Scripted monitoring"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "repeated-log-ons.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
