import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const kerberoasting: Detection = {
  id: "BT-CA-008",
  title: "Kerberoasting",
  phase: "credential-access",
  attack: ["T1558.003"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: { services: 4, minutes: 10 },
  // Tickets encrypted with RC4 (etype 23) for services that run under user accounts. [MS-KILE] 3.1.5.2. One is enough where the request
  // offers RC4 alone. Classes of services that the machine itself runs have its password, which nobody guesses.
  query: `
    WITH ticket AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, client, lower(service) AS service, CAST(ts AS DATE) AS day,
             min(ts) AS ts, arg_min(rid, ts) AS rid, bool_and(lower(coalesce(cipher, '')) LIKE 'rc4%' OR lower(coalesce(cipher, '')) LIKE 'arcfour%') AS rc4,
             bool_or(len(coalesce(etypes, [])) > 0 AND len(list_filter(etypes, lambda e: NOT starts_with(e, 'rc4'))) = 0) AS only_rc4
      FROM kerberos
      WHERE request_type = 'TGS' AND success AND service IS NOT NULL
        AND NOT regexp_matches(service, '(?i)^(krbtgt|kadmin)') AND NOT regexp_matches(split_part(service, '@', 1), '\\$$')
      GROUP BY 1, 2, 3, 4, 5
    ), weak AS (
      SELECT *, ts - lag(ts, $services - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM ticket
      WHERE rc4 AND (only_rc4 OR NOT regexp_matches(service, '^(cifs|host|ldap|gc|rpcss|dns|termsrv|wsman)/'))
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, min(target) AS target,
           ${accountOfClient("any_value(client)")} AS "user", list(service ORDER BY ts) AS services, min(service) AS object, 'confirmed' AS outcome,
           CASE WHEN bool_or(reached) THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(reached) THEN '' ELSE '; it offered nothing better, which Windows does not do by itself' END AS offer_text
    FROM weak GROUP BY source, day HAVING bool_or(reached) OR bool_or(only_rc4)`,
  explanation: "{user} on {source} was given tickets with RC4 encryption for {count} services: {services}{offer_text}.",
  falsePositives: ["Old services without AES keys"],
  references: ["https://attack.mitre.org/techniques/T1558/003/"],
  blindTo: [],
  samples: [
    { capture: "kerberoasting.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
