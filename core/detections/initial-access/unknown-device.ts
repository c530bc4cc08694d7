import type { Detection } from "../detection.ts";
import { LEARNED_UNTIL } from "../sql.ts";

export const unknownDevice: Detection = {
  id: "BT-BL-004",
  title: "Unknown device in the backup segment",
  phase: "initial-access",
  attack: ["T1200", "T1557"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["conn"],
  learningDays: 7,
  parameters: {},
  // Hardware addresses of hosts in the networks (/24) of the backup estate, and of DHCP clients there, that were not there in the days of learning. Routers carry many addresses and are left out.
  query: `
    WITH net AS (
      SELECT DISTINCT regexp_extract(address, '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) AS net FROM assets WHERE in_estate AND contains(address, '.')
    ), near AS (
      SELECT address FROM assets WHERE regexp_extract(address, '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) IN (SELECT net FROM net)
    ), seen AS (
      SELECT ts, rid, orig_l2_addr AS mac, "id.orig_h" AS address, CAST(NULL AS VARCHAR) AS name FROM conn WHERE orig_l2_addr IS NOT NULL AND "id.orig_h" IN (SELECT address FROM near)
      UNION ALL SELECT ts, rid, resp_l2_addr, "id.resp_h", NULL FROM conn WHERE resp_l2_addr IS NOT NULL AND coalesce(resp_pkts, 0) > 0 AND "id.resp_h" IN (SELECT address FROM near)
      UNION ALL SELECT ts, rid, mac, coalesce(assigned_addr, requested_addr, client_addr), coalesce(client_fqdn, host_name) FROM dhcp
        WHERE mac IS NOT NULL AND regexp_extract(coalesce(assigned_addr, requested_addr, client_addr, ''), '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.', 1) IN (SELECT net FROM net)
    ), device AS (
      SELECT lower(mac) AS mac, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts, 50) AS rids, count(DISTINCT address) AS addresses, min(address) AS address, min(name) AS name FROM seen GROUP BY 1
    )
    SELECT ts, ts_last, rids AS records, address AS source, CAST(NULL AS VARCHAR) AS target, mac AS object, coalesce(name, 'not told') AS name,
           CASE WHEN substr(mac, 2, 1) IN ('2', '6', 'a', 'e') THEN 'locally administered' WHEN regexp_matches(mac, '^(00:50:56|00:0c:29|00:05:69|00:15:5d|08:00:27|52:54:00|00:16:3e)') THEN 'of a virtual machine' ELSE 'of a vendor' END AS kind, 'observed' AS outcome
    FROM device WHERE ts > ${LEARNED_UNTIL} AND addresses <= 2`,
  explanation:
    "A device with the hardware address {object} ({kind}; name: {name}) appeared as {source} in a network of the backup estate; it was not there in {learned}.",
  falsePositives: ["New machine", "Randomised address", "Failed-over cluster address"],
  references: ["https://attack.mitre.org/techniques/T1200/"],
  blindTo: [{ text: "devices that only sent ARP, LLDP or IPv6 neighbour discovery", query: null }],
  samples: [
    { capture: "unknown-device.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
