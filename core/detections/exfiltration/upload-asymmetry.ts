import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const uploadAsymmetry: Detection = {
  id: "BT-EX-007",
  title: "Large upload to a new peer outside",
  phase: "exfiltration",
  attack: ["T1048", "T1041", "T1567"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { ratio: 5, floor_octets: 100000000, least_octets: 1000000, factor: 5, learning_days: 7 },
  // Who sent enough to anybody is found first, as there may be millions of hosts; only those are looked at day by day. Until a week has been seen, a
  // fixed floor; then a multiple of the most that the host sent out on any day before. Both directions of opening count: an outside peer may also fetch.
  query: `
    WITH pair AS (
      SELECT least("id.orig_h", "id.resp_h") AS a, greatest("id.orig_h", "id.resp_h") AS b,
             sum(coalesce(CASE WHEN "id.orig_h" <= "id.resp_h" THEN orig_bytes ELSE resp_bytes END, 0)) AS sent_a,
             sum(coalesce(CASE WHEN "id.orig_h" <= "id.resp_h" THEN resp_bytes ELSE orig_bytes END, 0)) AS sent_b
      FROM conn WHERE orig_bytes > 0 OR resp_bytes > 0 GROUP BY 1, 2 HAVING greatest(sent_a, sent_b) >= $least_octets
    ), side AS (
      SELECT address, internal FROM assets WHERE address IN (SELECT a FROM pair UNION ALL SELECT b FROM pair)
    ), sender AS (
      SELECT DISTINCT CASE WHEN x.internal THEN a ELSE b END AS address
      FROM pair JOIN side x ON x.address = a JOIN side y ON y.address = b
      WHERE x.internal <> y.internal AND CASE WHEN x.internal THEN sent_a ELSE sent_b END >= $least_octets
    ), sent_conn AS NOT MATERIALIZED (
      SELECT rid, ts, duration, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, service, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received
      FROM conn WHERE "id.orig_h" IN (SELECT address FROM sender)
      UNION ALL
      SELECT rid, ts, duration, "id.resp_h", "id.orig_h", "id.resp_p", service, coalesce(resp_bytes, 0), coalesce(orig_bytes, 0)
      FROM conn WHERE "id.resp_h" IN (SELECT address FROM sender)
    ), outside AS (
      SELECT address FROM assets WHERE NOT internal AND address IN (SELECT target FROM sent_conn)
    ), flow AS NOT MATERIALIZED (
      SELECT * FROM sent_conn WHERE target IN (SELECT address FROM outside)
    ), pair_day AS (
      SELECT source, target, CAST(ts AS DATE) AS day, sum(sent) AS sent, sum(received) AS received, min(ts) AS ts, max(ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT))) AS ts_last,
             count(*) AS count, arg_max(port, sent) AS port, arg_max(service, sent) AS service
      FROM flow GROUP BY 1, 2, 3
    ), host_day AS (
      SELECT source, day, max(sum(sent)) OVER (PARTITION BY source ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS most
      FROM pair_day GROUP BY source, day
    ), peer AS (
      SELECT target, min(day) FILTER (sent >= $least_octets) AS first_bulk FROM pair_day GROUP BY target
    ), reader AS (
      SELECT "id.orig_h" AS source, min(ts) AS ts FROM smb_operations
      WHERE action = 'transfer' AND bytes_read > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}') GROUP BY 1
    ), judged AS (
      SELECT p.*, coalesce(h.most, 0) AS most, p.ts > ${LEARNED_UNTIL} AS learned
      FROM pair_day p JOIN host_day h ON h.source = p.source AND h.day = p.day JOIN peer e ON e.target = p.target
      WHERE p.sent >= $least_octets AND p.sent >= $ratio * p.received AND e.first_bulk = p.day
    ), hit AS (
      SELECT * FROM judged WHERE sent >= CASE WHEN learned THEN greatest($least_octets, $factor * most) ELSE $floor_octets END
    ), listed AS (
      SELECT h.source, h.target, h.day, list(f.rid ORDER BY f.sent DESC, f.rid)[:100] AS records
      FROM hit h JOIN flow f ON f.source = h.source AND f.target = h.target AND CAST(f.ts AS DATE) = h.day GROUP BY ALL
    )
    SELECT j.ts, j.ts_last, l.records, j.count AS record_count, j.count, j.source, j.target, j.sent AS sent_octets, j.received AS received_octets,
           j.port, coalesce(nullif(j.service, ''), 'unrecognised protocol') AS service, 'confirmed' AS outcome,
           CASE WHEN j.learned THEN 'on no earlier day did it send more than ' || formatReadableDecimalSize(CAST(j.most AS BIGINT)) || ' outside' ELSE 'the evidence is too short to know its usual level' END AS usual_text,
           CASE WHEN j.source IN ${ESTATE} OR r.ts < j.ts_last OR j.learned THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN r.ts < j.ts_last THEN 'The same host had read backup files over SMB before' WHEN j.source IN ${ESTATE} THEN 'The sender is part of the backup estate' END AS note
    FROM hit j JOIN listed l ON l.source = j.source AND l.target = j.target AND l.day = j.day LEFT JOIN reader r ON r.source = j.source`,
  explanation:
    "{source} sent {sent_octets} to {target} (port {port}, {service}) and received only {received_octets}; no host inside had sent bulk data there before, and {usual_text}.",
  falsePositives: ["A cloud backup tier or service provider that was just set up", "Video meetings"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [],
  samples: [
    { capture: "large-upload.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
