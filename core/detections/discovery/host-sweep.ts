import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS } from "../sql.ts";

export const hostSweep: Detection = {
  id: "BT-DI-023",
  title: "Sweep over the hosts of a network",
  phase: "discovery",
  attack: ["T1018", "T1046"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["conn|weird"],
  learningDays: 0,
  parameters: { hosts: 20, minutes: 10, failed_share: 0.5, quick_share: 0.8 },
  // One port, or echo requests, to many hosts inside within minutes; most of them do not answer. Only whoever has enough such attempts on a day is looked at in full.
  query: `
    WITH near AS NOT MATERIALIZED (
      SELECT *, coalesce(resp_pkts, 0) = 0 OR conn_state IN ('REJ', 'RSTRH') AS fails FROM conn
      WHERE ((proto = 'tcp' AND conn_state IN ('S0', 'REJ', 'RSTO', 'RSTR', 'RSTRH', 'RSTOS0', 'SH', 'S1', 'SF') AND coalesce(orig_bytes, 0) <= 512)
          OR (proto = 'icmp' AND "id.orig_p" = 8) OR (proto = 'udp' AND conn_state = 'S0' AND "id.resp_p" IN (53, 69, 111, 123, 137, 161, 389, 500, 623, 1434, 1604, 5060)))
    ), suspect AS (
      SELECT "id.orig_h" AS source, proto, CASE WHEN proto = 'icmp' THEN 0 ELSE "id.resp_p" END AS port, CAST(ts AS DATE) AS day FROM near
      WHERE fails OR "id.resp_p" IN (22, 135, 139, 445, 3389, 5985) AND coalesce(duration, 0) < 5000000000
      GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT "id.resp_h") >= least($failed_share, $quick_share) * $hosts
    ), probe AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CASE WHEN proto = 'icmp' THEN 'echo' ELSE proto || ' ' || "id.resp_p" END AS kind, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid,
             bool_and(fails) AS failed, bool_and(coalesce(orig_bytes, 0) <= 512 AND coalesce(duration, 0) < 5000000000) AND min("id.resp_p") IN (22, 135, 139, 445, 3389, 5985) AS quick
      FROM near n SEMI JOIN suspect s ON s.source = n."id.orig_h" AND s.proto = n.proto AND s.port = CASE WHEN n.proto = 'icmp' THEN 0 ELSE n."id.resp_p" END AND s.day = CAST(n.ts AS DATE)
      WHERE "id.resp_h" IN (SELECT address FROM assets WHERE internal) AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
        AND NOT regexp_matches("id.resp_h", '(\\.255$|^22[4-9]\\.|^23[0-9]\\.|^ff)')
      GROUP BY 1, 2, 3, 4
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, kind, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM probe
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, CAST(NULL AS VARCHAR) AS target, count(*) AS count, kind AS object,
           count(*) FILTER (NOT failed) || ' answered' AS answered, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds, 'medium' AS severity, ['T1018', 'T1046'] AS techniques, count(*) || ' hosts' AS hosts_text
    FROM dense GROUP BY source, kind, day HAVING bool_or(reached) AND (count(*) FILTER (failed) >= $failed_share * count(*) OR count(*) FILTER (quick OR failed) >= $quick_share * count(*))
    UNION ALL
    -- Each row is of 32 addresses that all were asked for within ten seconds; another row may be of the same.
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:200], count(*), "id.orig_h", CAST(NULL AS VARCHAR), count(*), 'ARP', 'which of them answered is not in the records', greatest(10, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9), 'low', ['T1018'], CASE WHEN count(*) = 1 THEN '32 addresses' ELSE '32 addresses within 10 seconds, at least ' || count(*) || ' times,' END
    FROM weird WHERE name = 'arp_sweep' AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS} GROUP BY "id.orig_h", CAST(ts AS DATE)`,
  explanation: "{source} tried {hosts_text} with {object} within {span_seconds}; {answered}.",
  falsePositives: [
    "Inventory or vulnerability scanners",
    "Monitoring of hosts that are down",
    "Routers and DHCP servers that look for neighbours",
  ],
  references: ["https://attack.mitre.org/techniques/T1018/", "https://attack.mitre.org/techniques/T1046/"],
  blindTo: [
    { text: "ARP inside tunnels, and in parts of the network whose broadcasts were not captured", query: null },
    { text: "neighbour discovery of IPv6", query: null },
  ],
  samples: [
    { capture: "host-sweep.rows", findings: 1 },
    { capture: "neighbours.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
