import type { Detection } from "../detection.ts";

export const dnsTunnel: Detection = {
  id: "BT-C2-002",
  title: "DNS tunnelling",
  phase: "command-and-control",
  attack: ["T1071.004", "T1572"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["dns"],
  learningDays: 0,
  parameters: { names: 100, length: 30, short_names: 40, short_length: 45 },
  // Many different long names below one domain from one host; names without a real domain are counted by their first label. Reverse lookups and service discovery are left out.
  query: `
    WITH name AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, lower(query) AS query,
             CASE WHEN regexp_matches(split_part(rtrim(query, '.'), '.', -1), '(?i)^[a-z-]{2,24}$')
                  THEN array_to_string(string_split(lower(rtrim(query, '.')), '.')[-2:], '.')
                  ELSE lower(split_part(query, '.', 1)) || '.*' END AS domain,
             min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts) AS rid, count(*) AS asked, any_value(qtype_name) AS qtype
      FROM dns
      WHERE query IS NOT NULL AND length(query) - length(replace(query, '.', '')) >= 2
        AND NOT regexp_matches(query, '(?i)(\\.arpa|\\.local|_tcp|_udp|_msdcs)')
      GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target, count(*) AS count,
           domain, domain AS object, avg(length(query) - length(domain)) AS mean_length, sum(length(query) - length(domain)) AS name_octets,
           list(DISTINCT qtype ORDER BY qtype) AS types, 'observed' AS outcome
    FROM name GROUP BY source, domain, day
    HAVING (count(*) >= $names AND avg(length(query) - length(domain)) >= $length)
        OR (count(*) >= $short_names AND avg(length(query) - length(domain)) >= $short_length)`,
  explanation:
    "{source} asked for {count} different names below {domain} in a day ({name_octets} in names, {mean_length} characters on average, types {types}).",
  falsePositives: ["Anti-virus and reputation look-ups", "Content delivery networks"],
  references: ["https://attack.mitre.org/techniques/T1071/004/"],
  blindTo: [],
  samples: [
    { capture: "dns-tunnel.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
