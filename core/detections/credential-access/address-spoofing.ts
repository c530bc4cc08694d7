import type { Detection } from "../detection.ts";

/** Whether two servers both give a setting, and not the same. */
const differs = (setting: string): string =>
  `(later.${setting} <> first_one.${setting} AND later.${setting} <> '' AND first_one.${setting} <> '')`;

/** Whether the two lists of a setting have nothing in common. */
const isOther = (setting: string): string =>
  `(${differs(setting)} AND NOT list_has_any(string_split(later.${setting}, ', '), string_split(first_one.${setting}, ', ')))`;

export const addressSpoofing: Detection = {
  id: "BT-CA-021",
  title: "DHCP or address spoofing",
  phase: "credential-access",
  attack: ["T1557.002", "T1557.003"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["conn|dhcp|weird"],
  learningDays: 0,
  parameters: {},
  // Two DHCP servers that give one network different routers, name servers or proxy settings. RFC 2131 3.1. An address that ARP tells somebody to be another
  // machine's than before, but for the holder that takes its own back. And without ARP: the hardware address through which a machine reaches the outside becomes that of another machine of the same link, and back or beside the old one.
  query: `
    WITH offer AS (
      SELECT ts, rid, mac, coalesce(server_addr, servers[1]) AS server, coalesce(relays[1], '') AS relay, list_sort(coalesce(routers, [])) AS routers, list_sort(coalesce(dns_servers, [])) AS names, coalesce(proxy_config, '') AS proxy, regexp_extract(coalesce(assigned_addr, requested_addr, ''), '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) AS net, servers
      FROM dhcp WHERE coalesce(server_addr, servers[1]) IS NOT NULL
    ), server AS (
      SELECT net, relay, server, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, mode(array_to_string(routers, ', ')) AS routers, mode(array_to_string(names, ', ')) AS names, mode(proxy) AS proxy, count(DISTINCT mac) AS clients
      FROM offer WHERE net <> '' GROUP BY 1, 2, 3
    ), outward AS (
      SELECT ts, rid, orig_l2_addr AS client_mac, resp_l2_addr AS gateway_mac FROM conn
      WHERE orig_l2_addr IS NOT NULL AND resp_l2_addr IS NOT NULL AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) AND "id.resp_h" IN (SELECT address FROM assets WHERE NOT internal)
        AND NOT regexp_matches("id.resp_h", '^(ff|22[4-9]|23[0-9]|255)\\.')
    ), gateway AS (
      SELECT client_mac, gateway_mac, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts, 50) AS rids, count(*) AS count FROM outward GROUP BY 1, 2
    ), machine AS (
      SELECT orig_l2_addr AS mac, min("id.orig_h") AS address, count(DISTINCT "id.orig_h") AS addresses FROM conn
      WHERE orig_l2_addr IN (SELECT gateway_mac FROM gateway) AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) GROUP BY 1
    ), moved AS (
      SELECT ts, rid, "id.orig_h" AS claimed, "id.resp_h" AS told, regexp_extract(addl, '^[0-9a-f:]{17}') AS mac, regexp_extract(addl, 'instead of ([0-9a-f:]{17})$', 1) AS before, nullif(regexp_extract(addl, 'which is ([0-9.]+)', 1), '') AS own
      FROM weird WHERE name = 'arp_address_moved'
    ), claim AS (
      SELECT mac, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS rids, count(*) AS count, any_value(own) AS own, list(DISTINCT claimed ORDER BY claimed) AS addresses, list(DISTINCT told ORDER BY told) AS hosts, false AS is_between
      FROM moved m WHERE NOT EXISTS (SELECT 1 FROM moved e WHERE e.claimed = m.claimed AND e.before = m.mac AND e.ts <= m.ts) GROUP BY ALL
      UNION ALL
      SELECT addl, CAST(ts AS DATE), min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), NULL, list(DISTINCT "id.orig_h" ORDER BY "id.orig_h"), list(DISTINCT "id.resp_h" ORDER BY "id.resp_h"), true
      FROM weird WHERE name = 'arp_between' GROUP BY 1, 2
    ), spoof AS (
      SELECT mac, day, min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:100] AS rids, sum(count) AS count, any_value(own) AS own, list_sort(list_distinct(flatten(list(addresses)))) AS addresses, list_sort(list_distinct(flatten(list(hosts)))) AS hosts, bool_or(is_between) AS is_between, NOT bool_and(is_between) AS has_moved
      FROM claim GROUP BY mac, day
    )
    SELECT * EXCLUDE (source), source, coalesce(source, 'A machine') AS who FROM (
    SELECT later.ts, later.ts_last, list_concat(later.rids, first_one.rids[:10]) AS records, later.count, later.server AS source, CAST(NULL AS VARCHAR) AS target, later.net AS object,
           'gave addresses in ' || later.net || '.0 beside ' || first_one.server || ', with other settings: ' || concat_ws('; ', CASE WHEN ${differs("routers")} THEN 'router ' || later.routers || ' instead of ' || first_one.routers END,
             CASE WHEN ${differs("names")} THEN 'name server ' || later.names || ' instead of ' || first_one.names END, CASE WHEN later.proxy <> first_one.proxy AND later.proxy <> '' THEN 'proxy settings ' || later.proxy END) AS did,
           CASE WHEN ${isOther("routers")} AND list_contains(string_split(later.routers, ', '), later.server) OR ${isOther("names")} AND list_contains(string_split(later.names, ', '), later.server) THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome, ['T1557.003'] AS techniques
    FROM server later JOIN server first_one ON first_one.net = later.net AND first_one.relay = later.relay AND first_one.server <> later.server AND first_one.ts < later.ts AND first_one.ts_last >= later.ts - INTERVAL 1 DAY
    WHERE ${differs("routers")} OR ${differs("names")} OR (later.proxy <> first_one.proxy AND later.proxy <> '')
    UNION ALL
    SELECT g.ts, g.ts_last, list_concat(g.rids, o.rids[:10]), g.count, m.address, CAST(NULL AS VARCHAR), g.client_mac, 'became the way to the outside for the machine with the hardware address ' || g.client_mac || ', which was ' || o.gateway_mac, 'medium', 'observed', ['T1557.002']
    FROM gateway g JOIN gateway o ON o.client_mac = g.client_mac AND o.gateway_mac <> g.gateway_mac AND o.ts < g.ts
    JOIN machine m ON m.mac = g.gateway_mac AND m.addresses <= 3
    WHERE g.client_mac <> g.gateway_mac AND NOT EXISTS (SELECT 1 FROM machine k WHERE k.mac = o.gateway_mac AND k.addresses <= 3 AND k.address = m.address)
    UNION ALL
    SELECT ts, ts_last, rids, count, own, CASE WHEN len(hosts) = 1 THEN hosts[1] END, mac, 'told ' || array_to_string(hosts[:4], ', ') || CASE WHEN len(hosts) > 4 THEN ' and ' || (len(hosts) - 4) || ' more' ELSE '' END || ' by ARP that '
           || array_to_string(addresses[:4], ', ') || CASE WHEN len(addresses) > 4 THEN ' and ' || (len(addresses) - 4) || ' more' ELSE '' END || ' had the hardware address ' || mac || CASE WHEN is_between THEN ', so that it stood between two of them' ELSE ', after another machine had held that address' END,
           CASE WHEN is_between AND has_moved THEN 'high' WHEN is_between THEN 'medium' ELSE 'low' END, 'observed', ['T1557.002']
    FROM spoof)`,
  explanation: "{who} {did} ({count} times).",
  falsePositives: [
    "Two servers of the site that are configured differently",
    "A second router of the link",
    "Two machines that were given the same address",
    "The host of virtual machines behind a wireless adapter, or a router that answers for others",
  ],
  references: ["https://attack.mitre.org/techniques/T1557/003/", "RFC 2131 3.1"],
  blindTo: [],
  samples: [
    { capture: "product-consoles.rows", findings: 0 },
    { capture: "address-spoofing.rows", findings: 1 },
    { capture: "dhcp.pcapng", findings: 1 },
    { capture: "neighbours.rows", findings: 1 },
  ],
};
