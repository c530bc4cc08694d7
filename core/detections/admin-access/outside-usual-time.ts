import type { Detection } from "../detection.ts";
import {
  ADMIN_HOSTS,
  ADMIN_PROTOCOL,
  CONSOLE_PORTS,
  ESTATE,
  ESTATE_OR_HYPERVISOR,
  LEARNED_UNTIL,
  windowHolds,
} from "../sql.ts";

export const outsideUsualTime: Detection = {
  id: "BT-AD-002",
  title: "Administrative session outside the change window",
  phase: "admin-access",
  attack: ["T1078", "T1029"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 14,
  parameters: { p: 0.02, n: 8 },
  // Hours of workdays and of weekends apart, with the hours beside them, over all administration of the estate; Laplace smoothing.
  query: `
    WITH session AS (
      SELECT c.rid, c.ts, c."id.orig_h" AS source, c."id.resp_h" AS target, coalesce(${ADMIN_PROTOCOL}, 'console') AS protocol, orig_bytes + resp_bytes AS octets,
             timezone(z.zone, timezone('UTC', CAST(c.ts AS TIMESTAMP))) AS started
      FROM estate_conn c CROSS JOIN (SELECT coalesce((SELECT min(zone) FROM change_windows), (SELECT min(zone) FROM job_windows), 'UTC') AS zone) z
      WHERE proto = 'tcp' AND orig_bytes >= 1000 AND resp_bytes >= 1000 AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} AND "id.orig_h" NOT IN ${ESTATE}
        AND (${ADMIN_PROTOCOL} IN ('SSH', 'RDP', 'WinRM', 'VNC', 'Telnet') OR "id.resp_p" IN (${CONSOLE_PORTS}))
    ), placed AS (
      SELECT *, hour(started) AS hour, isodow(started) <= 5 AS workday FROM session
    ), learned AS (
      SELECT count(*) AS n, count(DISTINCT date_trunc('day', started)) AS days FROM placed WHERE ts <= ${LEARNED_UNTIL}
    ), cell AS (
      SELECT workday, hour, count(*) AS n FROM placed WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), near AS (
      SELECT p.rid, sum(coalesce(c.n, 0)) AS n FROM placed p LEFT JOIN cell c ON c.workday = p.workday AND (c.hour = p.hour OR c.hour = (p.hour + 1) % 24 OR c.hour = (p.hour + 23) % 24) WHERE p.ts > ${LEARNED_UNTIL} GROUP BY p.rid
    )
    SELECT min(p.ts) AS ts, max(p.ts) AS ts_last, list(p.rid ORDER BY p.ts)[:50] AS records, count(*) AS count, p.source, p.target, p.protocol, sum(p.octets) AS octets, min(strftime(p.started, '%a %H:%M')) AS when_text, min(l.n) AS learned_sessions,
           'confirmed' AS outcome, CASE WHEN p.source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'medium' END AS severity,
           CASE WHEN bool_and(EXISTS (SELECT 1 FROM change_windows w WHERE ${windowHolds("p.ts")})) THEN 'It lies in a change window of the scope' END AS explained
    FROM placed p JOIN near n ON n.rid = p.rid CROSS JOIN learned l
    WHERE ((n.n + 0.5) / (l.n + 12) < $p AND l.n >= $n) OR ((SELECT count(*) FROM change_windows) > 0 AND NOT EXISTS (SELECT 1 FROM change_windows w WHERE ${windowHolds("p.ts")}) AND p.source NOT IN ${ADMIN_HOSTS} AND (n.n + 0.5) / (l.n + 12) < 3 * $p)
    GROUP BY p.source, p.target, p.protocol, date_trunc('day', p.started)`,
  explanation:
    "{source} administered {target} with {protocol} at {when_text} ({count} connections, {octets}), a time at which none of {learned_sessions} such sessions to the estate in {learned} lay.",
  falsePositives: ["On-call work: note the ticket"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "admin-at-night.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
