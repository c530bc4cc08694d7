import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

/** Columns that make calls those of one program to one other machine; `HTTP` is told by name and by what the program calls itself. */
const SAME_CALLER = (a: string, b: string): string =>
  `${b}.source = ${a}.source AND ${b}.target = ${a}.target AND ${b}.port = ${a}.port AND ${b}.name IS NOT DISTINCT FROM ${a}.name AND ${b}.kind = ${a}.kind AND ${b}.agent IS NOT DISTINCT FROM ${a}.agent`;

/** When the largest of `column` was, with its day where the calls went on over more than one. */
const timeOfLargest = (column: string): string =>
  `(CASE WHEN CAST(min(ts) AS DATE) <> CAST(max(ts) AS DATE) THEN strftime(CAST(arg_max(ts, ${column}) AS TIMESTAMP), '%Y-%m-%d ') ELSE '' END
    || strftime(CAST(arg_max(ts, ${column}) AS TIMESTAMP), '%H:%M:%S'))`;

/** The largest of `column`, with its time, where it stands out of the others: what was brought, or returned. */
const largest = (column: string, what: string): string =>
  `CASE WHEN max(${column}) >= $large_octets AND max(${column}) > 10 * median(${column})
        THEN ${what} || CASE WHEN max(${column}) >= 1e9 THEN round(max(${column}) / 1e9, 1) || ' GB' WHEN max(${column}) >= 1e6 THEN round(max(${column}) / 1e6, 1) || ' MB' ELSE round(max(${column}) / 1e3, 1) || ' kB' END
          || ' at ' || ${timeOfLargest(column)} END`;

/** "4.9 to 5.1", or one number where both are the same. */
const span = (from: string, to: string): string =>
  `(${from} || CASE WHEN ${from} = ${to} THEN '' ELSE ' to ' || ${to} END)`;

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
    large_octets: 4000,
  },
  // Calls of one machine to one other: requests of HTTP in clear, inside too (small answers of nearly the same size, no page that led there), else connections to the
  // outside. The score is the mean of four: intervals and octets sent as their quartiles lie, how much of its own time it fills, how evenly. What went on so in the time of learning is listed low.
  // Large calls do not belong to the beat, but to what is told: they bring a program, or take back what it found.
  query: `
    WITH spoken AS NOT MATERIALIZED (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, host AS name, 'HTTP' AS kind, method, split_part(coalesce(uri, ''), '?', 1) AS path, user_agent AS agent,
             coalesce(request_body_len, 0) AS sent, coalesce(response_body_len, 0) AS received
      FROM http
      WHERE method IN ('GET', 'POST', 'PUT') AND referrer IS NULL AND NOT starts_with(coalesce(uri, ''), '/wsman')
        AND coalesce(soap_action, '') = '' AND coalesce(request_content_type, '') NOT ILIKE '%soap%' AND coalesce(request_content_type, '') NOT IN ('application/ipp', 'application/ocsp-request', 'application/dns-message', 'application/grpc')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "id.resp_p", NULL, CASE WHEN contains(coalesce(service, ''), 'ssl') THEN 'TLS' ELSE 'unrecognised' END, NULL, NULL, NULL, orig_bytes, resp_bytes
      FROM conn
      WHERE proto = 'tcp' AND orig_bytes >= 1 AND resp_bytes >= 1 AND coalesce(service, '') IN ('', 'ssl') AND "id.resp_h" IN ${OUTSIDE}
    ), small AS NOT MATERIALIZED (
      SELECT * FROM spoken WHERE CASE WHEN kind = 'HTTP' THEN received <= $http_octets * 20 ELSE sent <= $octets AND received <= $octets END
    ), busy AS (
      SELECT source, target, port, name, kind, agent FROM small GROUP BY ALL
      HAVING count(*) BETWEEN $least_calls AND $most_calls AND epoch_ns(max(ts)) - epoch_ns(min(ts)) >= $least_seconds * 1e9
         AND (kind <> 'HTTP' OR quantile_cont(received, 0.75) <= $http_octets)
    ), call AS (
      SELECT s.source, s.target, s.port, s.name, s.kind, s.agent, epoch_ns(s.ts) / 1e9 - lag(epoch_ns(s.ts) / 1e9) OVER (PARTITION BY s.source, s.target, s.port, s.name, s.kind, s.agent ORDER BY s.ts, s.rid) AS apart
      FROM small s JOIN busy b ON ${SAME_CALLER("s", "b")}
    ), spaced AS (
      SELECT source, target, port, name, kind, agent, count(*) AS count, quantile_cont(apart, [0.25, 0.5, 0.75]) FILTER (apart >= 0.5) AS gaps, mad(apart) FILTER (apart >= 0.5) AS gap_mad, count(*) FILTER (apart >= 0.5) AS waits
      FROM call GROUP BY ALL
    ), regular AS (
      SELECT * EXCLUDE (count) FROM spaced WHERE waits >= 0.7 * count AND waits >= 4 AND gaps[2] BETWEEN 1 AND $longest_wait_hours * 3600 AND gap_mad / gaps[2] <= $gap_spread
    ), measured AS (
      SELECT r.*, min(ts) AS ts, max(clock) - min(clock) AS span,
             quantile_cont(sent, [0.25, 0.5, 0.75]) AS sizes, mad(sent) AS size_mad, quantile_cont(received, [0.25, 0.5, 0.75]) AS answers, list(clock) AS times, min(clock) AS first_at,
             count(DISTINCT floor(clock / 3600)) AS hours
      FROM (SELECT *, epoch_ns(ts) / 1e9 AS clock FROM small) s
      JOIN regular r ON ${SAME_CALLER("s", "r")}
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
      WHERE CASE WHEN kind = 'HTTP' THEN score >= $http_score AND answers[3] - answers[1] <= greatest(200, 0.2 * answers[2]) ELSE score >= $score AND size_mad <= 0.2 * sizes[2] END
    ), whole AS NOT MATERIALIZED (
      SELECT s.*, count(*) OVER same_path AS path_count, row_number() OVER (same_path ORDER BY s.ts, s.rid) = 1 AS is_first
      FROM spoken s JOIN judged j ON ${SAME_CALLER("s", "j")}
      WINDOW same_path AS (PARTITION BY s.source, s.target, s.port, s.name, s.kind, s.agent, s.path)
    ), told AS (
      SELECT source, target, port, name, kind, agent, min(ts) AS ts, max(ts) AS ts_last, count(*) AS count, sum(sent) AS sent, sum(received) AS received,
             list(rid ORDER BY ts, rid)[:98] AS beginning, [arg_max(rid, received), arg_max(rid, sent)] AS largest_rids,
             list_filter([CASE WHEN count(*) FILTER (method = 'GET') > 0 THEN count(*) FILTER (method = 'GET') || ' GET' END,
                          CASE WHEN count(*) FILTER (method = 'POST') > 0 THEN count(*) FILTER (method = 'POST') || ' POST' END,
                          CASE WHEN count(*) FILTER (method = 'PUT') > 0 THEN count(*) FILTER (method = 'PUT') || ' PUT' END], x -> x IS NOT NULL) AS methods,
             count(*) FILTER (is_first) AS paths, first(path ORDER BY path_count DESC, path) AS path, max(path_count) AS path_count,
             nullif(concat_ws(' and ', ${largest("received", "CASE WHEN kind = 'HTTP' THEN 'by the largest answer ' ELSE 'brought by one connection ' END")},
                              ${largest("sent", "CASE WHEN kind = 'HTTP' THEN 'by the largest request ' ELSE 'taken by one ' END")}), '') AS large_text
      FROM whole GROUP BY source, target, port, name, kind, agent
    )
    SELECT t.ts, t.ts_last, list_concat(beginning, list_filter(list_distinct(largest_rids), x -> NOT list_contains(beginning, x))) AS records, t.count, t.count AS record_count, t.source, t.target, t.port,
           coalesce(split_part(t.name, ':', 1), t.target) AS named, CAST(coalesce(t.name, t.target) || ':' || t.port AS VARCHAR) AS object, t.kind, round(gaps[2], 1) AS interval_seconds,
           ' (interquartile range of the small calls: waits of ' || ${span("round(gaps[1], 1)", "round(gaps[3], 1)")} || ' s, ' || ${span("CAST(sizes[1] AS BIGINT)", "CAST(sizes[3] AS BIGINT)")} || ' B sent, ' || ${span("CAST(answers[1] AS BIGINT)", "CAST(answers[3] AS BIGINT)")} || ' B received)' AS jitter_text, round(score, 2) AS score,
           t.sent AS sent_octets, t.received AS received_octets, 'confirmed' AS outcome, CASE WHEN t.kind = 'TLS' THEN ['T1573'] END AS attack,
           CASE WHEN t.kind <> 'HTTP' THEN '' ELSE
             CASE WHEN len(methods) > 1 THEN ' (' || list_aggregate(methods, 'string_agg', ' and ') || ')' ELSE '' END
             || CASE WHEN paths = 1 THEN ', all for ' || path WHEN 2 * path_count > t.count THEN ', mostly for ' || path
                     ELSE ' for ' || paths || ' paths, such as ' || path || ',' END
             || ' by ' || coalesce(nullif(t.agent, ''), 'a program without a name') END AS what_text,
           CASE WHEN t.kind = 'HTTP' THEN CASE WHEN len(methods) = 1 THEN split_part(methods[1], ' ', 2) ELSE 'HTTP' END || ' requests' WHEN t.kind = 'TLS' THEN 'TLS connections' ELSE 'connections of an unrecognised protocol' END AS calls_text,
           CASE WHEN t.kind = 'HTTP' THEN ' (bodies)' ELSE '' END || coalesce(', ' || large_text, '') AS size_text,
           CASE WHEN is_known THEN 'low' WHEN t.source IN ${ESTATE_OR_HYPERVISOR} AND hours >= $hours THEN 'high' WHEN t.kind = 'HTTP' OR hours >= $hours OR t.source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN is_known THEN 'Severity low: it went on like this in ' || $learned || ' already' WHEN hours < $hours THEN 'It was seen in ' || hours || ' hours only, so its regularity is less sure' END AS note,
           CASE WHEN hours < $hours THEN 0.5 ELSE 0.75 END AS confidence
    FROM judged j JOIN told t ON ${SAME_CALLER("j", "t")}`,
  explanation:
    "{source} called {named} (port {port}) about every {interval_seconds}{jitter_text}: {count} {calls_text}{what_text}; {sent_octets} out, {received_octets} in{size_text}; regularity {score} of 1. Concluded from this pattern alone: a program that asks at intervals whether there is something to do.",
  falsePositives: ["Update and licence checks", "Monitoring", "Web pages that refresh themselves"],
  references: ["https://attack.mitre.org/techniques/T1071/001/", "https://github.com/activecm/rita"],
  blindTo: [],
  samples: [
    { capture: "http-beacon.pcapng", findings: 1 },
    { capture: "status-page.pcapng", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
