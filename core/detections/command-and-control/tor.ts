import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { TOR_NAMES } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const tor: Detection = {
  id: "BT-C2-005",
  title: "Tor",
  phase: "command-and-control",
  attack: ["T1090.003"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  ofConnections: true,
  parameters: { unresolved_names: 2 },
  // A relay's certificate names www.<random>.net and is signed by www.<other random>.com, with nothing else in either name; its client asks for a third such name,
  // which nobody looked up. TLS 1.3 hides the certificate: then two such names that no DNS answer gave must be seen, where DNS was captured at all.
  query: `
    WITH ${contactsWith(TOR_NAMES)}, relay AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, server_name, subject, issuer,
             regexp_matches(coalesce(subject, ''), '^CN=www\\.[a-z2-7]{8,20}\\.net$') AND regexp_matches(coalesce(issuer, ''), '^CN=www\\.[a-z2-7]{8,20}\\.com$') AS by_certificate,
             regexp_matches(coalesce(server_name, ''), '^www\\.[a-z2-7]{4,25}\\.(com|net)$') AND regexp_matches(coalesce(server_name, ''), '[a-z][2-7]+[a-z]|[2-7][a-z]+[2-7]|[bcdfghjklmnpqrstvwxz]{5}') AS by_name
      FROM ssl
    ), asked AS (
      SELECT DISTINCT lower(rtrim(query, '.')) AS name FROM dns WHERE query LIKE 'www.%'
    ), has_dns AS (
      SELECT count(*) > 0 AS yes FROM dns WHERE "id.resp_p" = 53 AND qtype_name IN ('A', 'AAAA')
    ), peer AS (
      SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:50] AS records, count(*) AS count, r.source, arg_min(r.target, r.ts) AS target, count(DISTINCT r.target) AS relays,
             bool_or(r.by_certificate) AS certain, count(DISTINCT r.server_name) FILTER (r.by_name AND a.name IS NULL) AS odd_names, list(DISTINCT coalesce(r.server_name, r.subject) ORDER BY coalesce(r.server_name, r.subject))[:4] AS names
      FROM relay r LEFT JOIN asked a ON a.name = r.server_name WHERE r.by_certificate OR r.by_name GROUP BY r.source
    ), socks_onion AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, lower("request.name") AS name FROM socks WHERE "request.name" ILIKE '%.onion'
    )
    SELECT ts, ts_last, records, count, source, target, 'TLS' AS object,
           CASE WHEN certain THEN relays || ' servers had certificates as Tor''s relays make them' ELSE 'it asked ' || relays || ' servers for random names that no name server was asked for' END || ' (' || array_to_string(names, ', ') || ')' AS evidence,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity, CASE WHEN certain THEN 0.9 ELSE 0.5 END AS confidence, 'confirmed' AS outcome
    FROM peer, has_dns WHERE certain OR odd_names >= $unresolved_names AND relays >= $unresolved_names AND has_dns.yes
    UNION ALL
    SELECT ts, ts_last, records, count, source, target, service, 'it ' || CASE WHEN is_connected THEN 'spoke to' ELSE 'looked up' END || ' ' || service || ': ' || array_to_string(names, ', '),
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' WHEN service = 'the Tor project' THEN 'low' ELSE 'medium' END, 0.9, CASE WHEN is_connected THEN 'confirmed' ELSE 'attempted' END
    FROM contact WHERE NOT (service = 'a hidden service' AND seen = ['SOCKS'])
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:50], count(*), source, target, 'SOCKS', 'it asked a proxy for the hidden services ' || array_to_string(list(DISTINCT name ORDER BY name)[:4], ', '), CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END, 0.95, 'confirmed'
    FROM socks_onion GROUP BY source, target`,
  explanation: "{source} seems to have used Tor: {evidence}.",
  falsePositives: ["Research hosts", "Programs that ask for random names on purpose"],
  references: ["https://attack.mitre.org/techniques/T1090/003/"],
  blindTo: [{ text: "bridges with pluggable transports, which look like nothing", query: null }],
  samples: [
    { capture: "tools-by-name.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
