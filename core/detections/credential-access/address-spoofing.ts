import type { Detection } from "../detection.ts";

export const addressSpoofing: Detection = {
  id: "BT-CA-021",
  title: "DHCP or address spoofing",
  phase: "credential-access",
  attack: ["T1557.002", "T1557.003"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["dhcp"],
  learningDays: 0,
  parameters: {},
  // Two DHCP servers that give one network different routers, name servers or proxy settings. RFC 2131 3.1
  query: `
    WITH offer AS (
      SELECT ts, rid, mac, coalesce(server_addr, servers[1]) AS server, coalesce(relays[1], '') AS relay, coalesce(routers, []) AS routers, coalesce(dns_servers, []) AS names, coalesce(proxy_config, '') AS proxy, regexp_extract(coalesce(assigned_addr, requested_addr, ''), '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) AS net, servers
      FROM dhcp WHERE coalesce(server_addr, servers[1]) IS NOT NULL
    ), server AS (
      SELECT net, relay, server, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, mode(array_to_string(routers, ', ')) AS routers, mode(array_to_string(names, ', ')) AS names, mode(proxy) AS proxy, count(DISTINCT mac) AS clients
      FROM offer WHERE net <> '' GROUP BY 1, 2, 3
    )
    SELECT later.ts, later.ts_last, list_concat(later.rids, first_one.rids[:10]) AS records, later.count, later.server AS source, CAST(NULL AS VARCHAR) AS target, later.net AS object, first_one.server AS old_server,
           concat_ws('; ', CASE WHEN later.routers <> first_one.routers THEN 'router ' || later.routers || ' instead of ' || first_one.routers END, CASE WHEN later.names <> first_one.names THEN 'name server ' || later.names || ' instead of ' || first_one.names END,
                     CASE WHEN later.proxy <> first_one.proxy THEN 'proxy settings ' || later.proxy END) AS difference,
           CASE WHEN list_contains(string_split(later.routers, ', '), later.server) OR list_contains(string_split(later.names, ', '), later.server) THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome
    FROM server later JOIN server first_one ON first_one.net = later.net AND first_one.relay = later.relay AND first_one.server <> later.server AND first_one.ts < later.ts AND first_one.ts_last >= later.ts - INTERVAL 1 DAY
    WHERE later.routers <> first_one.routers OR later.names <> first_one.names OR (later.proxy <> first_one.proxy AND later.proxy <> '')`,
  explanation:
    "{source} gave addresses in {object}.0 beside {old_server}, with other settings: {difference} ({count} times).",
  falsePositives: ["Two servers of the site that are configured differently"],
  references: ["https://attack.mitre.org/techniques/T1557/003/", "RFC 2131 3.1"],
  blindTo: [{ text: "ARP, of which no record is kept", query: null }],
  samples: [
    { capture: "product-consoles.rows", findings: 0 },
    { capture: "address-spoofing.rows", findings: 1 },
    { capture: "dhcp.pcapng", findings: 1 },
  ],
};
