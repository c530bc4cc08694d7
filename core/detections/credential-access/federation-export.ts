import type { Detection } from "../detection.ts";

export const federationExport: Detection = {
  id: "BT-CA-024",
  title: "Federation server's configuration exported",
  phase: "credential-access",
  attack: ["T1606.002", "T1552.004"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  // Servers of a farm copy the configuration, with the key that signs tokens, from each other through this service; they send no user agent. [MS-ADFSWAP], AD FS policy store transfer
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(auth_user) AS "user", coalesce(min(user_agent), 'no user agent') AS object,
           sum(response_body_len) AS octets, CASE WHEN bool_or(status_code = 200) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(user_agent IS NOT NULL) THEN 'high' ELSE 'low' END AS severity
    FROM http WHERE method = 'POST' AND regexp_matches(uri, '(?i)^/adfs/services/policystoretransfer')
    GROUP BY "id.orig_h", "id.resp_h", coalesce(status_code >= 400, false)`,
  explanation:
    "{source} {read|to read} the configuration of the federation server {target} from the service by which servers of a farm copy it, in {count} requests (user agent: {object}; {octets} came back). That configuration holds, itself encrypted, the key with which tokens for any account are signed; this service encrypts its messages, so that what was handed over is not shown by the packets.",
  falsePositives: ["Other servers of the farm"],
  references: ["https://attack.mitre.org/techniques/T1606/002/"],
  blindTo: [{ text: "requests inside TLS", query: "SELECT count(*) AS n FROM ssl WHERE established" }],
  samples: [
    { capture: "federation-export.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
