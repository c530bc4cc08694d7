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
    WITH challenged AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, challenge, domainname, username, accepted, uid IN (SELECT uid FROM http) AS is_http FROM ntlm WHERE challenge IS NOT NULL AND challenge <> '0000000000000000'
    ), victim AS (
      SELECT *, row_number() OVER (PARTITION BY challenge, relay ORDER BY ts, rid) AS nr
      FROM (SELECT * RENAME (source AS victim, target AS relay) FROM challenged WHERE source <> target AND (challenge, target) IN (SELECT (challenge, source) FROM challenged))
    ), victims AS (
      -- With the nearest before and after of which another host was the victim: nothing is relayed to who gave it.
      SELECT *, max(CASE WHEN is_last THEN nr END) OVER (PARTITION BY challenge, relay ORDER BY nr ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS other_before,
             min(CASE WHEN is_first THEN nr END) OVER (PARTITION BY challenge, relay ORDER BY nr ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS other_after
      FROM (SELECT *, victim <> lag(victim) OVER w AS is_first, victim <> lead(victim) OVER w AS is_last FROM victim WINDOW w AS (PARTITION BY challenge, relay ORDER BY nr))
    ), relayed AS (
      SELECT *, victims - own AS nr_of_pairs, victims_http - own_http AS nr_http FROM (
        SELECT *, min(nr) OVER near AS first, max(nr) OVER near AS last, count(nr) OVER near AS victims, count(nr) FILTER (is_http) OVER near AS victims_http, min(CASE WHEN NOT is_relayed THEN host END) OVER near AS least_victim, count(nr) OVER near_host AS own, count(nr) FILTER (is_http) OVER near_host AS own_http
        FROM (SELECT rid, ts, source AS relay, target AS host, challenge, domainname, username, accepted, is_http, true AS is_relayed FROM challenged WHERE (challenge, source) IN (SELECT (challenge, relay) FROM victim)
          UNION ALL BY NAME SELECT relay, victim AS host, challenge, ts, nr, is_http, false AS is_relayed FROM victim)
        WINDOW near AS (PARTITION BY challenge, relay ORDER BY epoch_ns(ts) RANGE BETWEEN 1000000000 * CAST($seconds AS BIGINT) PRECEDING AND 1000000000 * CAST($seconds AS BIGINT) FOLLOWING),
               near_host AS (PARTITION BY challenge, relay, host ORDER BY epoch_ns(ts) RANGE BETWEEN 1000000000 * CAST($seconds AS BIGINT) PRECEDING AND 1000000000 * CAST($seconds AS BIGINT) FOLLOWING)
      ) WHERE is_relayed AND victims > own
    ), edge AS (
      SELECT r.* EXCLUDE (first, last), r.host AS target, r.first AS nr_from, r.last AS nr_to, CASE WHEN f.victim = r.host THEN f.other_after ELSE r.first END AS first, CASE WHEN l.victim = r.host THEN l.other_before ELSE r.last END AS last,
             row_number() OVER (PARTITION BY r.relay, r.host ORDER BY r.rid) AS place
      FROM relayed r JOIN victims f ON f.challenge = r.challenge AND f.relay = r.relay AND f.nr = r.first JOIN victims l ON l.challenge = r.challenge AND l.relay = r.relay AND l.nr = r.last
    ), pass AS (
      SELECT f.ts, l.ts AS ts_last, e.rid AS relay_rid, e.ts AS relayed_at, CASE WHEN e.least_victim = e.target THEN least(f.victim, l.victim) ELSE e.least_victim END AS victim, e.relay, e.target, e.nr_of_pairs,
             concat_ws('\\', nullif(coalesce(e.domainname, f.domainname), ''), coalesce(e.username, f.username)) AS account, e.accepted, e.is_http AND e.nr_http = e.nr_of_pairs AS is_http
      FROM edge e JOIN victim f ON f.challenge = e.challenge AND f.relay = e.relay AND f.nr = e.first JOIN victim l ON l.challenge = e.challenge AND l.relay = e.relay AND l.nr = e.last
    ), shown AS (
      -- The first fifty around each of those log-ons that are shown, and the nearest that count.
      SELECT e.relay, e.target, list(DISTINCT v.rid ORDER BY v.rid)[:50] AS victim_rids
      FROM (SELECT challenge, relay, target, unnest(list_concat([first, last], range(nr_from, least(nr_to, nr_from + 49) + 1))) AS nr FROM edge WHERE place <= 50) e
      JOIN victim v ON v.challenge = e.challenge AND v.relay = e.relay AND v.nr = e.nr AND v.victim <> e.target GROUP BY e.relay, e.target
    ), meant AS (
      SELECT ts, rid, "id.orig_h" AS relay, "id.resp_h" AS target, concat_ws('\\', nullif(domainname, ''), username) AS account, target_spn, hostname, accepted FROM ntlm
      WHERE contains(target_spn, '/') AND username IS NOT NULL AND server_nb_computer_name IS NOT NULL AND regexp_matches(split_part(target_spn, '/', 2), '[A-Za-z]')
        AND NOT starts_with(lower(split_part(split_part(target_spn, '/', 2), '.', 1)), lower(server_nb_computer_name)) AND NOT starts_with(lower(server_nb_computer_name), lower(split_part(split_part(target_spn, '/', 2), '.', 1)))
        AND lower(split_part(target_spn, '/', 2)) NOT IN ('localhost') AND lower(split_part(split_part(target_spn, '/', 2), ':', 1)) <> lower(coalesce(server_dns_computer_name, ''))
        AND lower(coalesce(hostname, '')) <> lower(server_nb_computer_name)
    ), first_user AS (
      SELECT lower(hostname) AS hostname, min("id.orig_h") AS address, count(DISTINCT "id.orig_h") AS addresses FROM ntlm WHERE hostname IS NOT NULL GROUP BY 1
    )
    SELECT min(p.ts) AS ts, max(greatest(p.ts_last, p.relayed_at)) AS ts_last, list_concat(min(s.victim_rids), list(DISTINCT p.relay_rid ORDER BY p.relay_rid)[:50]) AS records, CAST(sum(p.nr_of_pairs) AS BIGINT) AS count,
           relay AS source, target, coalesce(first(account ORDER BY p.ts, p.relay_rid) FILTER (account <> ''), '') AS "user", min(victim) AS object, 'was given to it by ' || min(victim) || ' with the same challenge' AS how,
           CASE WHEN bool_and(is_http) AND relay IN (SELECT "id.resp_h" FROM http GROUP BY 1 HAVING count(DISTINCT "id.orig_h") >= $clients) THEN 'medium' ELSE 'critical' END AS severity, 0.9 AS confidence, 'fact' AS basis,
           CASE WHEN bool_or(accepted) THEN 'confirmed' WHEN bool_and(accepted = false) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM pass p JOIN shown s USING (relay, target) GROUP BY relay, target
    UNION ALL
    SELECT min(m.ts), max(m.ts), list(m.rid ORDER BY m.ts)[:100], count(*), m.relay, m.target, min(m.account), min(m.target_spn), 'was made for ' || min(m.target_spn), 'medium', 0.5, 'inference',
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
