import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const kerberosDowngrade: Detection = {
  id: "BT-CA-011",
  title: "Kerberos encryption downgrade, as for overpass-the-hash",
  phase: "credential-access",
  attack: ["T1550.002", "T1558.001", "T1550.003"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: {},
  // Windows offers AES first. A log-on request that offers RC4 only, answered with an AES ticket (so the domain has AES keys), is how a tool asks that holds nothing
  // but a password hash. [MS-KILE] 3.1.5.2
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, ${accountOfClient("client")} AS "user",
           min(cipher) AS cipher, 'confirmed' AS outcome
    FROM kerberos
    WHERE request_type = 'AS' AND success AND len(etypes) > 0 AND len(list_filter(etypes, lambda e: NOT starts_with(e, 'rc4'))) = 0
      AND starts_with(cipher, 'aes') AND client IS NOT NULL AND NOT regexp_matches(split_part(client, '/', 1), '\\$$')
    GROUP BY "id.orig_h", "id.resp_h", client, CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} asked {target} for a ticket-granting ticket (TGT) offering RC4 only, {count} times, and was given it; the domain has AES keys (the ticket itself is encrypted with {cipher}), which Windows offers first.",
  falsePositives: ["Old devices and Java or Linux clients that are set to RC4"],
  references: ["https://attack.mitre.org/techniques/T1550/002/", "MS-KILE 3.1.5.2"],
  blindTo: [],
  samples: [{ capture: "domain-logon.pcapng", findings: 0 }],
};
