import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE, OUTSIDE } from "../sql.ts";

export const icmpTunnel: Detection = {
  id: "BT-C2-013",
  title: "Tunnel in ICMP or in IP",
  phase: "command-and-control",
  attack: ["T1095", "T1572"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { packets: 10, difference_octets: 4, long_octets: 256, long_packets: 200, octets: 50000 },
  // A reply repeats what the request carries, so both sides of a ping have the same mean length. Echo whose sides differ carries something else; so may very many long ones. Replies without requests and
  // requests that nobody answers but that go on are a tunnel's too. GRE, IP in IP and 6in4 are looked at for machines of the estate only: elsewhere routers use them.
  query: `
    WITH echo AS (
      SELECT *, orig_bytes / orig_pkts AS orig_mean, CASE WHEN resp_pkts > 0 THEN resp_bytes / resp_pkts END AS resp_mean
      FROM conn WHERE proto = 'icmp' AND ("id.orig_p" IN (0, 8) OR "id.orig_p" IN (128, 129)) AND orig_pkts >= $packets AND orig_bytes > 0
    ), odd AS (
      SELECT *, CASE
          WHEN resp_pkts >= $packets AND abs(orig_mean - resp_mean) > $difference_octets THEN 'requests and replies carry different amounts (' || CAST(round(orig_mean) AS BIGINT) || ' and ' || CAST(round(resp_mean) AS BIGINT) || ' octets on average)'
          WHEN greatest(orig_mean, coalesce(resp_mean, 0)) >= $long_octets AND orig_pkts >= $long_packets AND orig_bytes + coalesce(resp_bytes, 0) >= $octets THEN 'so many long echo messages are no test (' || CAST(round(orig_mean) AS BIGINT) || ' octets on average)'
          WHEN coalesce(resp_pkts, 0) = 0 AND orig_pkts >= 2 * $packets AND orig_mean > 2 * 64 AND duration >= 20e9 THEN 'long echo messages go one way and nobody answers' END AS why
      FROM echo
    )
    SELECT min(ts) AS ts, max(ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT))) AS ts_last, list(rid ORDER BY ts)[:50] AS records, sum(orig_pkts + coalesce(resp_pkts, 0)) AS count, source, target, 'ICMP' AS object, 'ICMP echo messages' AS carrier,
           sum(orig_bytes + coalesce(resp_bytes, 0)) AS octets, arg_max(why, orig_bytes) AS why, CASE WHEN bool_or(resp_pkts >= $packets) THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN source IN ${ESTATE} OR target IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity, CAST(0.7 AS DOUBLE) AS confidence
    FROM (SELECT *, least("id.orig_h", "id.resp_h") AS source, greatest("id.orig_h", "id.resp_h") AS target FROM odd WHERE why IS NOT NULL) GROUP BY source, target
    UNION ALL
    SELECT min(t.ts), max(t.ts), list(t.rid ORDER BY t.ts)[:50], sum(t.packets), t."id.orig_h", t."id.resp_h", t.tunnel_type, 'packets inside ' || replace(t.tunnel_type, 'Tunnel::', '') || ' packets', NULL, 'the other end is outside and the scope does not name it', 'confirmed', 'medium', CAST(0.5 AS DOUBLE)
    FROM tunnel t
    WHERE t.tunnel_type IN ('Tunnel::IP', 'Tunnel::GRE', 'Tunnel::TEREDO', 'Tunnel::AYIYA') AND t."id.orig_h" IN ${ESTATE} AND t."id.resp_h" IN ${OUTSIDE} AND t."id.orig_h" IN ${INSIDE}
    GROUP BY t."id.orig_h", t."id.resp_h", t.tunnel_type`,
  explanation: "{source} and {target} exchanged {count} {carrier}: {why}. It looks like a tunnel.",
  falsePositives: ["Tests of the path's largest packet", "Monitoring with long messages"],
  references: ["https://attack.mitre.org/techniques/T1095/", "https://attack.mitre.org/techniques/T1572/"],
  blindTo: [],
  samples: [
    { capture: "echo-tunnel.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
