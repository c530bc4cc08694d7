import type { Detection } from "../detection.ts";

/** Whether two servers both give a setting, and not the same. */
const differs = (setting: string): string =>
  `(later.${setting} <> first_one.${setting} AND later.${setting} <> '' AND first_one.${setting} <> '')`;

/** Whether the two lists of a setting have nothing in common. */
const isOther = (setting: string): string =>
  `(${differs(setting)} AND NOT list_has_any(string_split(later.${setting}, ', '), string_split(first_one.${setting}, ', ')))`;

/** The first of a list, and how many more there are. */
const someOf = (list: string): string =>
  `(array_to_string(${list}[:4], ', ') || CASE WHEN len(${list}) > 4 THEN ' and ' || (len(${list}) - 4) || ' more' ELSE '' END)`;

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
  parameters: { senders: 10 },
  // Two DHCP servers that give one network different routers, name servers or proxy settings. RFC 2131 3.1. A machine that goes on to claim an address by ARP
  // beside another, or tells two hosts that it is the other; of two that both do, the one that stands between others or that does not send from that address, or both. A flood of hardware addresses is one finding a day. And without ARP: the hardware address through which a machine reaches the outside becomes that of another machine of the same link, and back or beside the old one.
  query: `
    WITH offer AS (
      SELECT ts, rid, mac, coalesce(server_addr, servers[1]) AS server, coalesce(relays[1], '') AS relay, list_sort(coalesce(routers, [])) AS routers, list_sort(coalesce(dns_servers, [])) AS names, coalesce(proxy_config, '') AS proxy, regexp_extract(coalesce(assigned_addr, requested_addr, ''), '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) AS net, servers
      FROM dhcp WHERE coalesce(server_addr, servers[1]) IS NOT NULL
    ), server AS (
      SELECT net, relay, server, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, mode(array_to_string(routers, ', ') ORDER BY array_to_string(routers, ', ')) AS routers, mode(array_to_string(names, ', ') ORDER BY array_to_string(names, ', ')) AS names, mode(proxy ORDER BY proxy) AS proxy, count(DISTINCT mac) AS clients
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
    ), contest AS (
      SELECT ts, rid, "id.orig_h" AS claimed, "id.resp_h" AS told, regexp_extract(addl, '^[0-9a-f:]{17}') AS mac, regexp_extract(addl, 'beside ([0-9a-f:]{17})$', 1) AS other, nullif(regexp_extract(addl, 'which is ([0-9.]+)', 1), '') AS own
      FROM weird WHERE name = 'arp_address_contested'
    ), holder AS (
      SELECT DISTINCT "id.orig_h" AS address, orig_l2_addr AS mac FROM conn WHERE "id.orig_h" IN (SELECT claimed FROM contest) AND orig_l2_addr IS NOT NULL
    ), amid AS (
      SELECT ts, rid, "id.orig_h" AS claimed, "id.resp_h" AS told, regexp_extract(addl, '^[0-9a-f:]{17}') AS mac, nullif(regexp_extract(addl, 'which is ([0-9.]+)', 1), '') AS own FROM weird WHERE name = 'arp_between'
    ), sided AS (
      SELECT c.*, EXISTS (SELECT 1 FROM contest e WHERE e.claimed = c.claimed AND e.mac = c.other AND e.other = c.mac) AS is_mutual,
             c.mac IN (SELECT mac FROM amid) AS is_amid, c.other IN (SELECT mac FROM amid) AS is_other_amid,
             EXISTS (SELECT 1 FROM holder h WHERE h.address = c.claimed AND h.mac = c.mac) AS holds, EXISTS (SELECT 1 FROM holder h WHERE h.address = c.claimed AND h.mac = c.other) AS other_holds
      FROM contest c
    ), claim AS (
      SELECT ts, rid, CASE WHEN is_mutual AND is_amid = is_other_amid AND holds = other_holds THEN least(mac, other) || ' and ' || greatest(mac, other) ELSE mac END AS mac, mac AS sender, own, claimed, told, other, other_holds AND NOT holds AS is_held, false AS is_between
      FROM sided WHERE NOT is_mutual OR is_amid > is_other_amid OR (is_amid = is_other_amid AND holds <= other_holds)
      UNION ALL
      SELECT ts, rid, mac, mac, own, claimed, told, NULL, false, true FROM amid
    ), crowd AS (
      SELECT CAST(ts AS DATE) AS day, count(DISTINCT sender) || ' hardware addresses' AS senders FROM claim GROUP BY 1 HAVING count(DISTINCT sender) > $senders
    ), spoof AS (
      SELECT coalesce(w.senders, c.mac) AS mac, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS rids, count(*) AS count, CASE WHEN count(DISTINCT sender) = 1 THEN min(own) END AS own,
             list(DISTINCT claimed ORDER BY claimed) AS addresses, list(DISTINCT told ORDER BY told) FILTER (told IS NOT NULL) AS hosts, list(DISTINCT other ORDER BY other) FILTER (other IS NOT NULL) AS others,
             count(DISTINCT sender) AS senders, bool_or(is_held) AS is_held, bool_or(is_between) AS is_between, NOT bool_and(is_between) AS is_contested, min(sender) AS sender
      FROM claim c LEFT JOIN crowd w ON w.day = CAST(c.ts AS DATE) GROUP BY coalesce(w.senders, c.mac), CAST(ts AS DATE)
    )
    SELECT * EXCLUDE (source, senders, is_arp), source, CASE WHEN senders > 1 AND object LIKE '% addresses' THEN object WHEN senders > 1 THEN 'The hardware addresses ' || object ELSE coalesce(source, 'A machine') END AS who, CASE WHEN is_arp THEN 'noted ' ELSE '' END || CASE WHEN count = 1 THEN 'once' ELSE count || ' times' END AS often FROM (
    SELECT later.ts, later.ts_last, list_concat(later.rids, first_one.rids[:10]) AS records, later.count, later.server AS source, CAST(NULL AS VARCHAR) AS target, later.net AS object,
           'gave addresses in ' || later.net || '.0 beside ' || first_one.server || ', with other settings: ' || concat_ws('; ', CASE WHEN ${differs("routers")} THEN 'router ' || later.routers || ' instead of ' || first_one.routers END,
             CASE WHEN ${differs("names")} THEN 'name server ' || later.names || ' instead of ' || first_one.names END, CASE WHEN later.proxy <> first_one.proxy AND later.proxy <> '' THEN 'proxy settings ' || later.proxy END) AS did,
           CASE WHEN ${isOther("routers")} AND list_contains(string_split(later.routers, ', '), later.server) OR ${isOther("names")} AND list_contains(string_split(later.names, ', '), later.server) THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome, ['T1557.003'] AS techniques, 1 AS senders, false AS is_arp
    FROM server later JOIN server first_one ON first_one.net = later.net AND first_one.relay = later.relay AND first_one.server <> later.server AND first_one.ts < later.ts AND first_one.ts_last >= later.ts - INTERVAL 1 DAY
    WHERE ${differs("routers")} OR ${differs("names")} OR (later.proxy <> first_one.proxy AND later.proxy <> '')
    UNION ALL
    SELECT g.ts, g.ts_last, list_concat(g.rids, o.rids[:10]), g.count, m.address, CAST(NULL AS VARCHAR), g.client_mac, 'became the way to the outside for the machine with the hardware address ' || g.client_mac || ', which was ' || o.gateway_mac, 'medium', 'observed', ['T1557.002'], 1, false
    FROM gateway g JOIN gateway o ON o.client_mac = g.client_mac AND o.gateway_mac <> g.gateway_mac AND o.ts < g.ts
    JOIN machine m ON m.mac = g.gateway_mac AND m.addresses <= 3
    WHERE g.client_mac <> g.gateway_mac AND NOT EXISTS (SELECT 1 FROM machine k WHERE k.mac = o.gateway_mac AND k.addresses <= 3 AND k.address = m.address)
    UNION ALL
    SELECT ts, ts_last, rids, count, own, CASE WHEN len(hosts) = 1 THEN hosts[1] END, mac, CASE WHEN senders > 1 THEN 'each claimed ' || ${someOf("addresses")} || ' by ARP without being asked'
             ELSE 'told ' || CASE WHEN hosts IS NULL THEN 'all' ELSE ${someOf("hosts")} END || ' by ARP, without being asked, that ' || ${someOf("addresses")} || ' had the hardware address ' || mac END
           || CASE WHEN is_contested AND senders = 1 THEN ', while ' || ${someOf("others")} || ' claimed ' || CASE WHEN len(addresses) = 1 THEN 'that address' ELSE 'some of them' END || ' too' || CASE WHEN is_held THEN ' and sent from ' || CASE WHEN len(addresses) = 1 THEN 'it' ELSE 'there' END ELSE '' END ELSE '' END
           || CASE WHEN is_between THEN ', so as to stand between two of them' ELSE '' END,
           CASE WHEN is_between AND is_contested AND NOT EXISTS (SELECT 1 FROM gateway g WHERE g.gateway_mac = spoof.sender AND g.ts < spoof.ts - INTERVAL 1 MINUTE) THEN 'high' WHEN is_between THEN 'medium' ELSE 'low' END, 'observed', ['T1557.002'], senders, true
    FROM spoof)`,
  explanation: "{who} {did} ({often}).",
  falsePositives: [
    "Two servers of the site that are configured differently",
    "A second router of the link",
    "Two machines that were given the same address",
    "A cluster whose two halves both think that they are active",
    "A product that keeps unknown machines off the network by ARP",
  ],
  references: ["https://attack.mitre.org/techniques/T1557/003/", "RFC 2131 3.1"],
  blindTo: [
    {
      text: "ARP inside tunnels, in parts of the network whose broadcasts and answers were not captured, and over link layers other than Ethernet",
      query: null,
    },
    {
      text: "false answers to questions that were asked, claims repeated less often than every 15 seconds or for less than 10, or beside a holder that says nothing by ARP itself",
      query: null,
    },
    { text: "neighbour discovery of IPv6", query: null },
  ],
  samples: [
    { capture: "product-consoles.rows", findings: 0 },
    { capture: "address-spoofing.rows", findings: 1 },
    { capture: "dhcp.pcapng", findings: 1 },
    { capture: "neighbours.rows", findings: 1 },
  ],
};
