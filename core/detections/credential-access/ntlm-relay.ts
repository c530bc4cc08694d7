import type { Detection } from "../detection.ts";

export const ntlmRelay: Detection = {
  id: "BT-CA-012",
  title: "NTLM relay",
  phase: "credential-access",
  attack: ["T1557.001"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["ntlm"],
  learningDays: 0,
  parameters: { seconds: 30, clients: 3 },
  // The same server challenge in two connections, one to the relay and one of the relay; or a log-on that was meant for another server than the one that got it. [MS-NLMP] 3.1.5
  // What hands HTTP on for several clients may be a proxy of the site.
  query: `
    WITH pass AS (
      SELECT v.ts, v.rid AS victim_rid, r.rid AS relay_rid, r.ts AS relayed_at, v."id.orig_h" AS victim, v."id.resp_h" AS relay, r."id.resp_h" AS target,
             concat_ws('\\', nullif(coalesce(r.domainname, v.domainname), ''), coalesce(r.username, v.username)) AS account, r.accepted,
             v.uid IN (SELECT uid FROM http) AND r.uid IN (SELECT uid FROM http) AS is_http
      FROM ntlm v JOIN ntlm r ON r.challenge = v.challenge AND r."id.orig_h" = v."id.resp_h" AND r."id.resp_h" <> v."id.orig_h"
       AND r.ts BETWEEN v.ts - to_seconds($seconds) AND v.ts + to_seconds($seconds)
      WHERE v.challenge IS NOT NULL AND v.challenge <> '0000000000000000' AND v."id.orig_h" <> v."id.resp_h"
    ), meant AS (
      SELECT ts, rid, "id.orig_h" AS relay, "id.resp_h" AS target, concat_ws('\\', nullif(domainname, ''), username) AS account, target_spn, hostname, accepted FROM ntlm
      WHERE contains(target_spn, '/') AND username IS NOT NULL AND server_nb_computer_name IS NOT NULL AND regexp_matches(split_part(target_spn, '/', 2), '[A-Za-z]')
        AND NOT starts_with(lower(split_part(split_part(target_spn, '/', 2), '.', 1)), lower(server_nb_computer_name)) AND NOT starts_with(lower(server_nb_computer_name), lower(split_part(split_part(target_spn, '/', 2), '.', 1)))
        AND lower(split_part(target_spn, '/', 2)) NOT IN ('localhost') AND lower(split_part(split_part(target_spn, '/', 2), ':', 1)) <> lower(coalesce(server_dns_computer_name, ''))
        AND lower(coalesce(hostname, '')) <> lower(server_nb_computer_name)
    ), first_user AS (
      SELECT lower(hostname) AS hostname, min("id.orig_h") AS address, count(DISTINCT "id.orig_h") AS addresses FROM ntlm WHERE hostname IS NOT NULL GROUP BY 1
    )
    SELECT min(ts) AS ts, max(greatest(ts, relayed_at)) AS ts_last, list_concat(list(DISTINCT victim_rid ORDER BY victim_rid)[:50], list(DISTINCT relay_rid ORDER BY relay_rid)[:50]) AS records, count(*) AS count,
           relay AS source, target, any_value(account) AS "user", min(victim) AS object, 'was given to it by ' || min(victim) || ' with the same challenge' AS how,
           CASE WHEN bool_and(is_http) AND relay IN (SELECT "id.resp_h" FROM http GROUP BY 1 HAVING count(DISTINCT "id.orig_h") >= $clients) THEN 'medium' ELSE 'critical' END AS severity, 0.9 AS confidence, 'fact' AS basis,
           CASE WHEN bool_or(accepted) THEN 'confirmed' WHEN bool_and(accepted = false) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM pass GROUP BY relay, target
    UNION ALL
    SELECT min(m.ts), max(m.ts), list(m.rid ORDER BY m.ts)[:100], count(*), m.relay, m.target, any_value(m.account), min(m.target_spn), 'was made for ' || min(m.target_spn), 'medium', 0.5, 'inference',
           CASE WHEN bool_or(m.accepted) THEN 'confirmed' WHEN bool_and(m.accepted = false) THEN 'refused' ELSE 'attempted' END
    FROM meant m JOIN first_user f ON f.hostname = lower(m.hostname) AND f.addresses > 1
    WHERE NOT EXISTS (SELECT 1 FROM pass p WHERE p.relay = m.relay AND p.target = m.target) GROUP BY m.relay, m.target`,
  explanation: "The NTLM log-on of {user} that {source} made at {target} {how} ({count} times).",
  falsePositives: ["Load balancers and reverse proxies", "Servers reached by an alias"],
  references: ["https://attack.mitre.org/techniques/T1557/001/", "MS-NLMP 3.1.5"],
  blindTo: [{ text: "log-ons inside TLS or SMB3 encryption", query: null }],
  samples: [
    { capture: "ntlm-relay.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
