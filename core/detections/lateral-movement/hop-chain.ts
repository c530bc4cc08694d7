import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE_OR_HYPERVISOR } from "../sql.ts";

/** Outer sessions that are looked at with each inner one, the last of them beside the one that lasts longest. */
const OUTER_LOOKED_AT = 20;

export const hopChain: Detection = {
  id: "BT-LM-011",
  title: "Hop chain: one session used inside another",
  phase: "lateral-movement",
  attack: ["T1021.001", "T1021.004"],
  severity: "medium",
  confidence: 0.5,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { overlap: 60, octets: 2000 },
  // Sessions that a person works in: SSH that is no file copy, RDP, VNC, Telnet, WinRM. The inner one begins and lies within the outer one,
  // and the middle host opens no such session to the third on its own.
  query: `
    WITH session AS (
      SELECT rid, uid, ts, ts + to_microseconds(duration // 1000) AS ends, "id.orig_h" AS source, "id.resp_h" AS target, CASE
          WHEN contains(coalesce(service, ''), 'ssh') THEN 'SSH' WHEN contains(coalesce(service, ''), 'rdp') OR "id.resp_p" = 3389 THEN 'RDP'
          WHEN contains(coalesce(service, ''), 'rfb') THEN 'VNC' WHEN contains(coalesce(service, ''), 'telnet') OR "id.resp_p" = 23 THEN 'Telnet'
          WHEN "id.resp_p" IN (5985, 5986) THEN 'WinRM' END AS protocol
      FROM conn
      WHERE proto = 'tcp' AND duration >= CAST($overlap AS BIGINT) * 1000000000 AND orig_bytes >= $octets AND resp_bytes >= $octets
        AND ("id.resp_p" IN (22, 23, 3389, 5985, 5986) OR regexp_matches(coalesce(service, ''), '(^|,)(ssh|rdp|rfb|telnet)(,|$)'))
        AND uid NOT IN (SELECT uid FROM ssh WHERE inferred_use IN ('file copy', 'command', 'tunnel'))
    ), worked AS (
      SELECT * FROM session WHERE protocol IS NOT NULL
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY source, target, protocol ORDER BY ts, rid) AS nr FROM worked
    ), begun AS (
      -- At each moment the last session that had begun, and the one of these that lasts longest.
      SELECT source, target, protocol, ts, max(nr) AS last, max(longest) AS longest
      FROM (SELECT *, max({ ends: ends, nr: nr }) OVER (PARTITION BY source, target, protocol ORDER BY nr ROWS UNBOUNDED PRECEDING) AS longest FROM numbered) GROUP BY ALL
    ), inside AS (
      SELECT i.*, b.last, b.longest.nr AS longest
      FROM (SELECT w.*, k.source AS a, k.protocol AS first FROM worked w JOIN (SELECT DISTINCT source, target, protocol FROM worked) k ON k.target = w.source AND k.source <> w.target) i
      ASOF JOIN begun b ON b.source = i.a AND b.target = i.source AND b.protocol = i.first AND b.ts < i.ts
    ), candidate AS (
      SELECT * EXCLUDE (last, longest), longest AS nr FROM inside UNION SELECT * EXCLUDE (last, longest), unnest(range(greatest(1, last - ${OUTER_LOOKED_AT - 1}), last + 1)) FROM inside
    ), pair AS (
      SELECT o.rid AS outer_rid, o.ts AS outer_ts, o.source AS a, o.target AS b, o.protocol AS first, i.rid AS inner_rid, i.ts AS inner_ts,
             i.target AS c, i.protocol AS second, least(o.ends, i.ends) AS ends
      FROM candidate i JOIN numbered o ON o.source = i.a AND o.target = i.source AND o.protocol = i.first AND o.nr = i.nr
      WHERE i.ts > o.ts AND i.ts < o.ends AND i.ends <= o.ends + to_seconds($overlap)
        AND least(o.ends, i.ends) - i.ts >= to_seconds($overlap)
    ), alone AS (
      SELECT DISTINCT source, target, protocol FROM worked WHERE rid NOT IN (SELECT inner_rid FROM pair)
    ), chain AS (
      SELECT p.* FROM pair p LEFT JOIN alone n ON n.source = p.b AND n.target = p.c AND n.protocol = p.second WHERE n.source IS NULL
    ), longer AS (
      SELECT DISTINCT inner_rid AS rid FROM chain WHERE inner_rid IN (SELECT outer_rid FROM chain)
    )
    SELECT min(outer_ts) AS ts, max(ends) AS ts_last, list_concat(list(DISTINCT outer_rid ORDER BY outer_rid)[:50], list(DISTINCT inner_rid ORDER BY inner_rid)[:50]) AS records,
           a AS source, c AS target, b AS object, b AS middle_host, first, second, count(DISTINCT inner_rid) AS count, 'confirmed' AS outcome,
           max(epoch_ns(ends) - epoch_ns(inner_ts)) / 1e9 AS span_seconds,
           CASE WHEN b IN ${ADMIN_HOSTS} THEN 'info'
                WHEN bool_or(inner_rid IN (SELECT rid FROM longer)) OR b IN ${ESTATE_OR_HYPERVISOR} OR c IN ${ESTATE_OR_HYPERVISOR} THEN 'high'
                ELSE 'medium' END AS severity
    FROM chain GROUP BY a, b, c, first, second`,
  explanation:
    "While {source} had {first} open to {middle_host}, that host opened {second} to {target}, and both were open together for {span_seconds}. In this evidence it opened {second} there at no other time. That fits one person who went on from there; what was typed is not read.",
  falsePositives: ["Jump hosts that the scope does not name"],
  references: ["https://attack.mitre.org/techniques/T1021/"],
  blindTo: [],
  samples: [
    { capture: "hop-chain.rows", findings: 1 },
    { capture: "hop-own-sessions.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
