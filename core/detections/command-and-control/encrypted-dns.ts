import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { PUBLIC_RESOLVERS } from "../service-names.ts";
import { ESTATE, HAS_HISTORY, INSIDE, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

/** Addresses of public resolvers that answer over TLS and HTTPS, as their operators publish them. */
const RESOLVER_ADDRESSES =
  "'1.1.1.1', '1.0.0.1', '1.1.1.2', '1.0.0.2', '1.1.1.3', '1.0.0.3', '8.8.8.8', '8.8.4.4', '9.9.9.9', '149.112.112.112', '9.9.9.10', '149.112.112.10', '9.9.9.11', '149.112.112.11', '208.67.222.222', '208.67.220.220', '94.140.14.14', '94.140.15.15', '94.140.14.140', '185.228.168.9', '185.228.169.9', '76.76.2.0', '76.76.10.0', '194.242.2.2', '223.5.5.5', '223.6.6.6', '1.12.12.12', '120.53.53.53', '2606:4700:4700::1111', '2606:4700:4700::1001', '2001:4860:4860::8888', '2001:4860:4860::8844', '2620:fe::fe', '2620:fe::9'";

export const encryptedDns: Detection = {
  id: "BT-C2-012",
  title: "Encrypted or foreign DNS",
  phase: "command-and-control",
  attack: ["T1071.004", "T1572"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // TLS, HTTPS or QUIC with a resolver that everybody may use; and, for machines of the estate once a week is known, DNS in clear with a server outside that they did not ask before. The site's own resolvers
  // ask such servers themselves: whoever answers others is left out.
  query: `
    WITH ${contactsWith(PUBLIC_RESOLVERS)}, resolver AS (
      SELECT DISTINCT "id.resp_h" AS address FROM dns WHERE "id.resp_p" = 53 AND rcode IS NOT NULL AND "id.resp_h" IN ${INSIDE}
    ), sealed AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, CASE WHEN "id.resp_p" IN (853, 784, 8853) THEN CASE proto WHEN 'udp' THEN 'DNS over QUIC' ELSE 'DNS over TLS' END ELSE 'DNS over HTTPS' END AS how, NULL AS name, orig_bytes AS sent, resp_bytes AS received
      FROM conn
      WHERE orig_bytes > 0 AND resp_bytes > 0 AND (proto = 'tcp' AND "id.resp_p" = 853 OR proto = 'udp' AND "id.resp_p" IN (784, 853, 8853) OR "id.resp_p" = 443 AND "id.resp_h" IN (${RESOLVER_ADDRESSES}))
      UNION ALL
      SELECT v.ts, v.rid, v.source, v.target, 'DNS over HTTPS', v.name, c.orig_bytes, c.resp_bytes FROM visit v JOIN visit_conn c ON c.uid = v.uid
      WHERE v.seen IN ('TLS', 'QUIC') AND c."id.resp_p" NOT IN (784, 853, 8853) AND c."id.resp_h" NOT IN (${RESOLVER_ADDRESSES})
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", 'DNS over HTTPS', host, request_body_len, response_body_len FROM http
      WHERE coalesce(request_content_type, '') = 'application/dns-message' OR coalesce(response_content_type, '') IN ('application/dns-message', 'application/dns-json')
    ), estate_dns AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count
      FROM dns WHERE "id.resp_p" = 53 AND "id.orig_h" IN ${ESTATE} AND "id.resp_h" IN ${OUTSIDE} GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, arg_max(target, coalesce(sent, 0)) AS target, how || CASE WHEN count(name) > 0 THEN ' (' || array_to_string(list(DISTINCT name ORDER BY name)[:3], ', ') || ')' ELSE '' END AS how, how AS object,
           sum(coalesce(sent, 0)) AS sent_octets, sum(coalesce(received, 0)) AS received_octets, 'confirmed' AS outcome, CASE WHEN source IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity
    FROM sealed WHERE source NOT IN (SELECT address FROM resolver) GROUP BY source, sealed.how
    UNION ALL
    SELECT d.ts, d.ts_last, d.records, d.count, d.source, d.target, 'DNS in clear' , 'DNS in clear', NULL, NULL, 'confirmed', 'medium'
    FROM estate_dns d WHERE ${HAS_HISTORY} AND d.ts > ${LEARNED_UNTIL} AND d.source NOT IN (SELECT address FROM resolver)`,
  explanation:
    "{source} asked {target} for names by {how}, past the resolvers of the site ({count} times; {sent_octets} out, {received_octets} in).",
  falsePositives: ["Browsers that bring their own resolver", "Appliances with fixed resolvers"],
  references: ["https://attack.mitre.org/techniques/T1071/004/", "https://attack.mitre.org/techniques/T1572/"],
  blindTo: [{ text: "resolvers that are not public, when they answer on port 443", query: null }],
  samples: [
    { capture: "tools-by-name.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
