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
  parameters: { services: 4, searched: 2, minutes: 10 },
  // Tickets encrypted with RC4 (etype 23) for services that run under user accounts. [MS-KILE] 3.1.5.2. One is enough where the request
  // offers RC4 alone, whatever the answer is. Tickets of any encryption count where the same host had just searched the directory for accounts with service names. Classes of services that
  // the machine itself runs have its password, which nobody guesses.
  query: `
    WITH ticket AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, client, lower(service) AS service, CAST(ts AS DATE) AS day,
             min(ts) AS ts, arg_min(rid, ts) AS rid, bool_and(lower(coalesce(cipher, '')) LIKE 'rc4%' OR lower(coalesce(cipher, '')) LIKE 'arcfour%') AS rc4,
             bool_or(len(coalesce(etypes, [])) > 0 AND len(list_filter(etypes, lambda e: NOT starts_with(e, 'rc4'))) = 0) AS only_rc4, bool_or(success) AS given
      FROM kerberos
      WHERE request_type = 'TGS' AND (success OR error_code = 14) AND service IS NOT NULL
        AND NOT regexp_matches(service, '(?i)^(krbtgt|kadmin)') AND NOT regexp_matches(split_part(service, '@', 1), '\\$$')
      GROUP BY 1, 2, 3, 4, 5
    ), searched AS (
      SELECT ts, rid, "id.orig_h" AS source FROM ldap_search WHERE scope <> 'base' AND regexp_matches(lower(filter), 'serviceprincipalname=\\*')
    ), own_class AS (
      SELECT *, regexp_matches(service, '^(cifs|host|ldap|gc|rpcss|dns|termsrv|wsman)/') AS is_machines FROM ticket
    ), led AS (
      SELECT * REPLACE (CASE WHEN NOT is_machines THEN search_rid END AS search_rid) FROM (
        SELECT * REPLACE (min(search_rid) OVER (PARTITION BY source ORDER BY epoch_ns(ts) RANGE BETWEEN 60000000000 * CAST($minutes AS BIGINT) PRECEDING AND CURRENT ROW) AS search_rid)
        FROM (SELECT * FROM own_class UNION ALL BY NAME SELECT source, ts, rid AS search_rid FROM searched)
      ) WHERE rid IS NOT NULL
    ), weak AS (
      SELECT *, (rc4 OR only_rc4) AND ts - lag(ts, $services - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM led
      WHERE only_rc4 OR (given AND rc4 AND NOT is_machines) OR (given AND search_rid IS NOT NULL)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list_concat(list(DISTINCT search_rid) FILTER (search_rid IS NOT NULL), list(rid ORDER BY ts, rid)[:200]) AS records, count(*) AS count, source, min(target) AS target,
           ${accountOfClient("min(client)")} AS "user", list(service ORDER BY ts, rid) AS services, min(service) AS object, CASE WHEN bool_or(given) THEN 'confirmed' ELSE 'refused' END AS outcome,
           CASE WHEN bool_or(given AND reached) OR count(search_rid) >= $services THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(given AND rc4) THEN 'was given tickets with RC4 encryption' WHEN bool_or(only_rc4) THEN 'asked for tickets with RC4 encryption' ELSE 'was given tickets' END AS did,
           concat(CASE WHEN bool_or(only_rc4) AND NOT coalesce(bool_or(reached), false) THEN '; it offered nothing better, which Windows does not do by itself' END, CASE WHEN count(search_rid) > 0 THEN '; right before it had searched the directory for accounts with service names' END) AS offer_text
    FROM weak GROUP BY source, day HAVING bool_or(reached) OR bool_or(only_rc4) OR count(search_rid) >= $searched`,
  explanation: "{user} on {source} {did} for {count} services: {services}{offer_text}.",
  falsePositives: ["Old services without AES keys"],
  references: ["https://attack.mitre.org/techniques/T1558/003/"],
  blindTo: [],
  samples: [
    { capture: "kerberoasting.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
