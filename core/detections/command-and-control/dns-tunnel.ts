import type { Detection } from "../detection.ts";
import { DOMAIN } from "./generated-names.ts";

/** Scripts that no word mixes. */
const SCRIPTS = [
  "Cyrillic",
  "Greek",
  "Han}\\p{Hiragana}\\p{Katakana",
  "Hangul",
  "Arabic",
  "Hebrew",
  "Thai",
  "Devanagari",
];
/**
 * Octets that no word is written in: control octets, three in a row beyond ASCII that are no UTF-8 (each is a character of ISO 8859-1 then; words have them apart),
 * or letters of several scripts.
 */
const IS_ODD = `(regexp_matches(query, '[\\x00-\\x1f\\x7f-\\x{9f}]|[\\x{80}-\\x{ff}]{3}')
  OR regexp_matches(query, '[^\\x00-\\x{ff}]') AND ${SCRIPTS.map((script) => `CAST(regexp_matches(query, '[\\p{${script}}]') AS INTEGER)`).join(" + ")} >= 2)`;

export const dnsTunnel: Detection = {
  id: "BT-C2-002",
  title: "DNS tunnelling",
  phase: "command-and-control",
  attack: ["T1071.004", "T1572", "T1048.003"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["dns"],
  learningDays: 0,
  parameters: {
    names: 100,
    length: 30,
    short_names: 40,
    short_length: 45,
    few_names: 15,
    few_length: 80,
    odd_names: 10,
    texts: 8,
    text_octets: 1000,
  },
  // Many different long names below one domain from one host, or many different long texts that answer it; names without a real domain are counted by their first label. Reverse lookups and service discovery are left out.
  // Few names tell where they are as long as a name can nearly be, are long and hold octets that no word has, or ask for a type that nothing else uses.
  // Few names by their length alone are medium, as look-ups of reputation have such too. A server of names asks for others, so what it does says less of itself.
  query: `
    WITH label AS (
      SELECT asked, lower(asked) AS query, is_rare OR length(asked) >= $length AND ${IS_ODD} AS is_odd,
             CASE WHEN regexp_matches(split_part(rtrim(asked, '.'), '.', -1), '(?i)^[a-z-]{2,24}$') THEN ${DOMAIN}
                  ELSE lower(split_part(asked, '.', 1)) || '.*' END AS domain
      FROM (SELECT query AS asked, query, lower(rtrim(query, '.')) AS name, bool_or(qtype_name IN ('NULL', 'PRIVATE')) AS is_rare FROM dns WHERE query IS NOT NULL GROUP BY query)
      WHERE length(asked) - length(replace(asked, '.', '')) >= 2 AND NOT regexp_matches(asked, '(?i)(\\.arpa|\\.local|_tcp|_udp|_msdcs)')
    ), long_domain AS (
      SELECT domain FROM (SELECT domain, count(DISTINCT query) AS names, max(length(query) - length(domain)) AS longest, count(DISTINCT query) FILTER (is_odd) AS odd FROM label GROUP BY domain)
      WHERE names >= $names AND longest >= $length OR names >= $short_names AND longest >= $short_length OR names >= $few_names AND longest >= $few_length OR odd >= $odd_names AND longest >= $length
    ), long_label AS (
      SELECT * FROM label WHERE domain IN (SELECT domain FROM long_domain)
    ), name AS (
      SELECT d."id.orig_h" AS source, min(d."id.resp_h") AS target, CAST(d.ts AS DATE) AS day, l.query, l.domain, bool_or(l.is_odd) AS is_odd, min(d.ts) AS ts, max(d.ts) AS ts_last, arg_min(d.rid, d.ts) AS rid, count(*) AS asked, min(d.qtype_name) AS qtype
      FROM dns d JOIN long_label l ON l.asked = d.query GROUP BY d."id.orig_h", CAST(d.ts AS DATE), l.query, l.domain
    ), answered AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, ${DOMAIN} AS domain, ts, rid, regexp_replace(array_to_string(answers, ''), '^TXT [0-9]+ ', '') AS text, qtype_name AS type
      FROM (SELECT *, lower(rtrim(query, '.')) AS name FROM dns)
      WHERE qtype_name IN ('TXT', 'NULL', 'KEY', 'PRIVATE') AND len(answers) > 0 AND NOT regexp_matches(query, '(?i)(_dmarc|_domainkey|_spf|\\.arpa|\\.local|_acme-challenge|_tcp|_udp|_dns-sd)')
    ), by_name AS (
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target, count(*) AS count, domain, domain AS object,
           'asked for ' || count(*) || ' different names of three labels and more below ' || domain || ' on one day (' || CAST(round(avg(length(query) - length(domain))) AS BIGINT) || ' characters on average, types ' || array_to_string(list(DISTINCT qtype ORDER BY qtype), ', ') || '), in all ' AS act,
           sum(length(query) - length(domain)) AS name_octets, '' AS first_text, CAST([] AS VARCHAR[]) AS first_typed, day, count(*) < $short_names AND count(*) FILTER (is_odd) < $odd_names AS is_few
    FROM name GROUP BY source, domain, day
    HAVING (count(*) >= $names AND avg(length(query) - length(domain)) >= $length)
        OR (count(*) >= $short_names AND avg(length(query) - length(domain)) >= $short_length)
        OR (count(*) >= $few_names AND avg(length(query) - length(domain)) >= $few_length)
        OR count(*) FILTER (is_odd) >= $odd_names
    ), by_text AS (
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target, count(DISTINCT text) AS count, domain, domain AS object,
           'got ' || count(DISTINCT text) || ' different texts in answers for names below ' || domain || ' on one day (types ' || array_to_string(list(DISTINCT type ORDER BY type), ', ') || '), in all ' AS act,
           sum(length(text)) AS name_octets, '; the first of them: ' AS first_text, [arg_min(text, ts)] AS first_typed, day, false AS is_few
    FROM answered GROUP BY source, domain, day
    HAVING count(DISTINCT text) >= $texts AND sum(length(text)) >= $text_octets
       AND count(*) FILTER (regexp_matches(text, '[A-Za-z0-9+/=_-]{40,}') AND NOT regexp_matches(text, '(?i)(v=|verification|=[a-z0-9_-]{20,}$)')) >= 0.5 * count(*)
    )
    SELECT * EXCLUDE (day, is_few), 'observed' AS outcome, CASE WHEN len(first_typed) = 0 THEN ['T1071.004', 'T1572', 'T1048.003'] ELSE ['T1071.004', 'T1572'] END AS techniques,
           CASE WHEN source IN (SELECT "id.resp_h" FROM dns WHERE "id.resp_p" = 53 AND rcode_name IS NOT NULL) OR is_few AND (source, domain, day) NOT IN (SELECT (source, domain, day) FROM by_text) THEN 'medium' ELSE 'high' END AS severity
    FROM (SELECT * FROM by_name UNION ALL SELECT * FROM by_text WHERE (source, domain, day) NOT IN (SELECT (source, domain, day) FROM by_name))`,
  explanation: "{source} {act}{name_octets}{first_text}{first_typed}.",
  falsePositives: ["Anti-virus and reputation look-ups", "Content delivery networks"],
  references: ["https://attack.mitre.org/techniques/T1071/004/"],
  blindTo: [],
  samples: [
    { capture: "dns-tunnel.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
