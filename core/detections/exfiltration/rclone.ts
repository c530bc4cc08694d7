import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { CLOUD_STORAGE } from "../service-names.ts";
import { ESTATE, ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const rclone: Detection = {
  id: "BT-EX-001",
  title: "Transfer with rclone",
  phase: "exfiltration",
  attack: ["T1567.002", "T1048", "T1020"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  parameters: {
    parallel: 3,
    ratio: 10,
    octets: 1000000,
    greetings: "9dc949149365_97f8aa674fd9,f57a46bbacb6_ab7e3b40a677",
  },
  // By its user agent in clear; within the estate it is a way to back up. Sealed, or with a user agent of another name: as many sessions at one time as rclone has transfers, or sessions that begin with the greeting of Go's own TLS (JA4 from
  // its second part on), which rclone is written with, from one machine to one storage service, nearly all of it sent.
  query: `
    WITH ${contactsWith(CLOUD_STORAGE)}, clear AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(host, "id.resp_h") AS host, user_agent AS agent, coalesce(request_body_len, 0) AS sent, coalesce(response_body_len, 0) AS received
      FROM http WHERE starts_with(lower(coalesce(user_agent, '')), 'rclone/')
    ), session AS (
      SELECT c.ts, c.ts + to_microseconds(CAST(coalesce(c.duration, 0) / 1000 AS BIGINT)) AS ends, v.rid, v.source, v.target, v.service, c.orig_bytes AS sent, c.resp_bytes AS received, l.ja4
      FROM (SELECT DISTINCT ON (uid) * FROM visit WHERE seen IN ('TLS', 'QUIC', 'HTTP') AND uid NOT IN (SELECT uid FROM clear)) v JOIN visit_conn c ON c.uid = v.uid
      LEFT JOIN (SELECT uid, min(ja4) AS ja4 FROM ssl WHERE list_contains(string_split($greetings, ','), split_part(ja4, '_', 2) || '_' || split_part(ja4, '_', 3)) GROUP BY uid) l ON l.uid = v.uid
    ), counted AS (
      SELECT *, count(*) OVER (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS recent, lag(ends, CAST($parallel - 1 AS INTEGER)) OVER (PARTITION BY source, target ORDER BY ts) AS other_ends FROM session
    ), helper AS (
      SELECT DISTINCT "id.orig_h" AS source FROM dns WHERE regexp_matches(lower(query), '(^|\\.)rclone\\.org\\.?$')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, min(agent) AS object, sum(sent) AS sent_octets, sum(received) AS received_octets, 'with ' || min(agent) || ', as its user agent says' AS how, 'sent' AS act,
           'confirmed' AS outcome, 'fact' AS basis, CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} AND target IN ${ESTATE} THEN 'low' WHEN source IN ${ESTATE_OR_HYPERVISOR} AND sum(sent) > sum(received) THEN 'critical' ELSE 'medium' END AS severity, CAST(0.9 AS DOUBLE) AS confidence
    FROM clear GROUP BY source, target
    UNION ALL
    SELECT min(c.ts), max(c.ends), list(c.rid ORDER BY c.ts)[:100], count(*), c.source, c.target, c.service, sum(c.sent), sum(c.received), CASE WHEN bool_or(c.other_ends > c.ts) THEN 'in ' || max(c.recent) || ' sessions at one time to ' || c.service || ', as rclone does' ELSE '(' || c.service || ') with a program in Go, by its greeting of TLS (' || min(c.ja4) || '), which rclone is too' END || CASE WHEN min(h.source) IS NOT NULL THEN ', and it looked up rclone.org' ELSE '' END, 'seems to have sent',
           'confirmed', 'inference', CASE WHEN c.source IN ${ESTATE_OR_HYPERVISOR} AND bool_or(c.other_ends > c.ts) THEN 'high' WHEN c.source IN ${ESTATE_OR_HYPERVISOR} OR bool_or(c.other_ends > c.ts) THEN 'medium' ELSE 'low' END, CASE WHEN min(h.source) IS NOT NULL THEN 0.8 WHEN bool_or(c.other_ends > c.ts) THEN 0.5 ELSE 0.4 END
    FROM counted c LEFT JOIN helper h ON h.source = c.source GROUP BY c.source, c.target, c.service
    HAVING (bool_or(c.other_ends > c.ts) OR bool_or(c.ja4 IS NOT NULL)) AND sum(c.sent) >= $octets AND sum(c.sent) >= $ratio * sum(c.received)`,
  explanation: "{source} {act} {sent_octets} to {target} {how}.",
  falsePositives: [
    "Sites that back up with rclone",
    "Browsers that send many photographs at a time",
    "Other programs in Go that upload",
  ],
  references: ["https://attack.mitre.org/techniques/T1567/002/", "https://rclone.org/docs/"],
  blindTo: [
    {
      text: "user agents inside TLS, by which programs that copy files away are named",
      query: "SELECT count(*) AS n FROM ssl WHERE established",
    },
  ],
  samples: [
    { capture: "cloud-tools.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
