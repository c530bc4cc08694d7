import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

export const beacon: Detection = {
  id: "BT-C2-001",
  title: "Beaconing",
  phase: "command-and-control",
  attack: ["T1071.001"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: {
    least_calls: 9,
    most_calls: 20000,
    http_score: 0.65,
    score: 0.85,
    gap_spread: 0.35,
    least_seconds: 60,
    hours: 6,
    longest_wait_hours: 6,
    learning_days: 7,
    http_octets: 20000,
    octets: 100000,
  },
  // Calls of one machine to one other: requests of HTTP in clear, inside too (small answers of nearly the same size, no page that led there), else connections to the
  // outside. The score is the mean of four: intervals and octets sent as their quartiles lie, how much of its own time it fills, how evenly. What went on so in the time of learning is listed low.
  query: `
    WITH spoken AS NOT MATERIALIZED (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, host AS name, 'HTTP' AS kind, method || ' ' || split_part(coalesce(uri, ''), '?', 1) AS what, user_agent AS agent,
             coalesce(request_body_len, 0) AS sent, coalesce(response_body_len, 0) AS received
      FROM http
      WHERE method IN ('GET', 'POST', 'PUT') AND referrer IS NULL AND coalesce(response_body_len, 0) <= $http_octets * 20 AND NOT starts_with(coalesce(uri, ''), '/wsman')
        AND coalesce(soap_action, '') = '' AND coalesce(request_content_type, '') NOT ILIKE '%soap%' AND coalesce(request_content_type, '') NOT IN ('application/ipp', 'application/ocsp-request', 'application/dns-message', 'application/grpc')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "id.resp_p", NULL, CASE WHEN contains(coalesce(service, ''), 'ssl') THEN 'TLS' ELSE 'unrecognised' END, NULL, NULL, orig_bytes, resp_bytes
      FROM conn
      WHERE proto = 'tcp' AND orig_bytes BETWEEN 1 AND $octets AND resp_bytes BETWEEN 1 AND $octets AND coalesce(service, '') IN ('', 'ssl') AND "id.resp_h" IN ${OUTSIDE}
    ), busy AS (
      SELECT source, target, port, name, kind, agent FROM spoken GROUP BY ALL
      HAVING count(*) BETWEEN $least_calls AND $most_calls AND epoch_ns(max(ts)) - epoch_ns(min(ts)) >= $least_seconds * 1e9
         AND (kind <> 'HTTP' OR quantile_cont(received, 0.75) <= $http_octets)
    ), call AS (
      SELECT s.source, s.target, s.port, s.name, s.kind, s.agent, epoch_ns(s.ts) / 1e9 - lag(epoch_ns(s.ts) / 1e9) OVER (PARTITION BY s.source, s.target, s.port, s.name, s.kind, s.agent ORDER BY s.ts, s.rid) AS apart
      FROM spoken s JOIN busy b ON b.source = s.source AND b.target = s.target AND b.port = s.port AND b.name IS NOT DISTINCT FROM s.name AND b.kind = s.kind AND b.agent IS NOT DISTINCT FROM s.agent
    ), spaced AS (
      SELECT source, target, port, name, kind, agent, count(*) AS count, quantile_cont(apart, [0.25, 0.5, 0.75]) FILTER (apart >= 0.5) AS gaps, mad(apart) FILTER (apart >= 0.5) AS gap_mad, count(*) FILTER (apart >= 0.5) AS waits
      FROM call GROUP BY ALL
    ), regular AS (
      SELECT * EXCLUDE (count) FROM spaced WHERE waits >= 0.7 * count AND waits >= 4 AND gaps[2] BETWEEN 1 AND $longest_wait_hours * 3600 AND gap_mad / gaps[2] <= $gap_spread
    ), measured AS (
      SELECT r.*, count(*) AS count, min(ts) AS ts, max(ts) AS ts_last, max(clock) - min(clock) AS span, list(rid ORDER BY ts)[:100] AS records,
             quantile_cont(sent, [0.25, 0.5, 0.75]) AS sizes, mad(sent) AS size_mad, quantile_cont(received, [0.25, 0.5, 0.75]) AS answers, count(DISTINCT what) AS whats, mode(what) AS what,
             sum(sent) AS sent, sum(received) AS received, list(clock) AS times, min(clock) AS first_at,
             count(DISTINCT floor(clock / 3600)) AS hours
      FROM (SELECT *, epoch_ns(ts) / 1e9 AS clock FROM spoken) s
      JOIN regular r ON r.source = s.source AND r.target = s.target AND r.port = s.port AND r.name IS NOT DISTINCT FROM s.name AND r.kind = s.kind AND r.agent IS NOT DISTINCT FROM s.agent
      GROUP BY ALL
    ), evenly AS (
      SELECT m.*, (SELECT coalesce(stddev_pop(n) / avg(n), 0) FROM (SELECT b, count(*) AS n FROM (SELECT unnest([least(7, floor(8 * (t - m.first_at) / m.span)) for t in m.times]) AS b) GROUP BY b)) AS unevenness,
             (SELECT count(DISTINCT b) FROM (SELECT unnest([least(7, floor(8 * (t - m.first_at) / m.span)) for t in m.times]) AS b)) AS filled
      FROM measured m
    ), scored AS (
      SELECT *,
             ((CASE WHEN gaps[3] - gaps[1] < 0.1 * gaps[2] THEN 1 ELSE 1 - abs(gaps[1] + gaps[3] - 2 * gaps[2]) / (gaps[3] - gaps[1]) END) + greatest(0, 1 - gap_mad / gaps[2])) / 2 AS by_interval,
             ((CASE WHEN sizes[3] - sizes[1] <= 32 THEN 1 ELSE 1 - abs(sizes[1] + sizes[3] - 2 * sizes[2]) / (sizes[3] - sizes[1]) END) + greatest(0, 1 - size_mad / greatest(sizes[2], 32))) / 2 AS by_size,
             filled / 8 AS by_cover, greatest(0, 1 - unevenness) AS by_evenness
      FROM evenly
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), judged AS (
      SELECT c.*, 0.25 * (by_interval + by_size + by_cover + by_evenness) AS score, s.is_long AND c.ts <= s.learned AS is_known FROM scored c, start s
    )
    SELECT ts, ts_last, records, count, count AS record_count, source, target, port, coalesce(split_part(name, ':', 1), target) AS named, CAST(coalesce(name, target) || ':' || port AS VARCHAR) AS object, kind, round(gaps[2], 1) AS interval_seconds, round(score, 2) AS score,
           sent AS sent_octets, received AS received_octets, 'confirmed' AS outcome, CASE WHEN kind = 'TLS' THEN ['T1573'] END AS attack,
           CASE WHEN kind = 'HTTP' THEN ', mostly ' || what || ' by ' || coalesce(nullif(agent, ''), 'a program without a name') ELSE '' END AS what_text,
           CASE WHEN kind = 'HTTP' THEN 'HTTP requests' WHEN kind = 'TLS' THEN 'TLS connections' ELSE 'connections of an unrecognised protocol' END AS calls_text,
           CASE WHEN is_known THEN 'low' WHEN source IN ${ESTATE_OR_HYPERVISOR} AND hours >= $hours THEN 'high' WHEN kind = 'HTTP' OR hours >= $hours OR source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN is_known THEN 'It went on like this in ' || $learned || ' already' WHEN hours < $hours THEN 'It was seen in ' || hours || ' hours only, so its regularity is less sure' END AS note,
           CASE WHEN hours < $hours THEN 0.5 ELSE 0.75 END AS confidence
    FROM judged
    WHERE CASE WHEN kind = 'HTTP' THEN score >= $http_score AND answers[3] - answers[1] <= greatest(200, 0.2 * answers[2]) ELSE score >= $score AND size_mad <= 0.2 * sizes[2] END`,
  explanation:
    "{source} called {named} (port {port}) every {interval_seconds}: {count} {calls_text}{what_text}; {sent_octets} out, {received_octets} in, regularity {score} of 1. It looks like a program that waits for orders.",
  falsePositives: ["Update and licence checks", "Monitoring", "Web pages that refresh themselves"],
  references: ["https://attack.mitre.org/techniques/T1071/001/", "https://github.com/activecm/rita"],
  blindTo: [],
  samples: [
    { capture: "http-beacon.pcapng", findings: 1 },
    { capture: "status-page.pcapng", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
