import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

/** The label that somebody registered, by the last two labels; three where the last two are a country's second level. */
export const DOMAIN = `CASE WHEN regexp_matches(name, '\\.(co|com|net|org|gov|ac|edu)\\.[a-z]{2}$') THEN array_to_string(string_split(name, '.')[-3:], '.') ELSE array_to_string(string_split(name, '.')[-2:], '.') END`;

/** Whether a label looks as if nobody chose it: hexadecimal of some length, digits among letters, or many consonants in a row. */
const RANDOM_LABEL = `(
  regexp_matches(label, '^[0-9a-f]{8,32}$') AND regexp_matches(label, '[0-9].*[0-9]') AND regexp_matches(label, '[a-f].*[a-f]')
  OR length(label) BETWEEN 12 AND 40 AND len(regexp_extract_all(label, '[a-z][0-9]|[0-9][a-z]')) >= 4
  OR length(label) BETWEEN 10 AND 40 AND regexp_matches(label, '[bcdfghjklmnpqrstvwxz]{6}') AND NOT contains(label, '-'))`;

export const generatedNames: Detection = {
  id: "BT-C2-014",
  title: "Generated names",
  phase: "command-and-control",
  attack: ["T1568.002"],
  severity: "medium",
  confidence: 0.65,
  basis: "inference",
  needs: ["dns|http"],
  learningDays: 0,
  parameters: { domains: 20, minutes: 10, letters: 5 },
  // Many domains that do not exist within minutes, a suffix of the site's own that is tried with everything apart; and HTTP in clear with a domain whose registered label looks drawn by lot. What
  // content networks draw by lot stands further left.
  query: `
    WITH failed AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, lower(rtrim(query, '.')) AS name FROM dns
      WHERE rcode_name = 'NXDOMAIN' AND contains(rtrim(query, '.'), '.') AND qtype_name IN ('A', 'AAAA', 'TXT', 'MX', 'NS') AND NOT regexp_matches(query, '(?i)(\\.arpa|\\.local|\\.lan|\\.home|\\.corp|\\.internal|\\.localdomain)\\.?$')
    ), registered AS (
      SELECT ts, rid, source, target, ${DOMAIN} AS domain FROM failed
    ), unheard AS (
      SELECT source, min(target) AS target, domain, min(ts) AS ts, arg_min(rid, ts) AS rid, time_bucket(to_minutes(CAST($minutes AS INTEGER)), CAST(min(ts) AS TIMESTAMP)) AS bucket FROM registered GROUP BY source, domain
    ), random_host AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, method, uri, coalesce(request_body_len, 0) AS sent, domain, split_part(domain, '.', 1) AS label
      FROM (SELECT *, ${DOMAIN} AS domain FROM (SELECT *, lower(split_part(host, ':', 1)) AS name FROM http WHERE host IS NOT NULL AND NOT regexp_matches(host, '^[0-9.:\\[\\]]+$') AND contains(host, '.')))
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, source, min(target) AS target, count(*) AS count, 'names that do not exist' AS object,
           'asked for ' || count(*) || ' domains that do not exist within ' || $minutes || ' minutes, such as ' || array_to_string(list(domain ORDER BY ts)[:4], ', ') AS act,
           'observed' AS outcome, CASE WHEN source IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity, CAST(0.65 AS DOUBLE) AS confidence
    FROM unheard GROUP BY source, bucket
    HAVING count(*) >= $domains AND avg(len(list_distinct(string_split(split_part(domain, '.', 1), '')))) >= $letters
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], source, target, count(*), domain, 'sent HTTP requests to ' || domain || ', a name that looks drawn by lot, and handed over ' || formatReadableDecimalSize(CAST(sum(sent) AS BIGINT)),
           'confirmed', 'medium', CAST(0.5 AS DOUBLE)
    FROM random_host WHERE ${RANDOM_LABEL} GROUP BY source, target, domain HAVING sum(sent) > 0 OR bool_or(regexp_matches(coalesce(uri, ''), '(?i)[?&][a-z]{1,3}=.*&.*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-'))`,
  explanation: "{source} {act}. It fits names that a program generates.",
  falsePositives: [
    "A search suffix that is set wrongly",
    "Browsers that probe for a resolver that lies",
    "Short names of link services",
  ],
  references: ["https://attack.mitre.org/techniques/T1568/002/"],
  blindTo: [
    {
      text: "names inside encrypted DNS",
      query: `SELECT count(*) AS n FROM conn WHERE "id.resp_p" = 853 AND orig_bytes > 0`,
    },
  ],
  samples: [
    { capture: "generated-names.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
