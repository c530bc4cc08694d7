import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { TELLTALE_AS_SENT } from "../sql.ts";

export const log4shell: Detection = {
  id: "BT-IA-019",
  title: "Log4Shell string in a request",
  phase: "initial-access",
  attack: ["T1190", "T1203"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["http|ldap|syslog"],
  learningDays: 0,
  parameters: { seconds: 60 },
  // Where strings of users reach a log: HTTP target, headers and body, LDAP names, syslog. The server that looks the name up then opens LDAP, RMI or HTTP to the place that it names.
  query: `
    WITH string AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, ${TELLTALE_AS_SENT} AS piece FROM http WHERE list_contains(coalesce(telltales, []), 'jndi lookup')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(object, dn) FROM ldap WHERE regexp_matches(coalesce(object, dn, ''), '(?i)\\$\\{.{0,40}j.{0,20}n.{0,20}d.{0,20}i.{0,20}:')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", message FROM syslog WHERE regexp_matches(message, '(?i)\\$\\{(jndi:|[^}]{0,40}\\$?\\{?(lower|upper|env|::-))')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(uri, user_agent) FROM http
        WHERE telltales IS NULL AND (contains(lower(coalesce(uri, '')), '\${jndi:') OR contains(lower(coalesce(user_agent, '')), '\${jndi:'))
    ), met AS (
      SELECT "id.orig_h" AS host, "id.resp_h" AS peer, min(ts) AS ts, arg_min(rid, ts) AS rid, arg_min("id.resp_p", ts) AS port, arg_min(service, ts) AS service FROM conn
      WHERE proto = 'tcp' AND "id.orig_h" IN (SELECT target FROM string)
        AND ("id.resp_p" IN (389, 636, 1099, 1389, 3268) OR contains(coalesce(service, ''), 'ldap') OR "id.resp_h" IN (SELECT source FROM string))
      GROUP BY 1, 2
    ), answered AS (
      SELECT s.source, s.target, min(m.ts) AS ts, arg_min(m.rid, m.ts) AS rid, arg_min(m.peer || ':' || m.port, m.ts) AS peer
      FROM string s JOIN met m ON m.host = s.target AND m.ts BETWEEN s.ts AND s.ts + to_seconds($seconds) GROUP BY 1, 2
    )
    SELECT min(s.ts) AS ts, greatest(max(s.ts), coalesce(min(a.ts), max(s.ts))) AS ts_last,
           CASE WHEN min(a.rid) IS NULL THEN list(s.rid ORDER BY s.ts)[:100] ELSE list_append(list(s.rid ORDER BY s.ts)[:99], min(a.rid)) END AS records,
           count(*) AS count, s.source, s.target, min(s.piece) AS object,
           CASE WHEN min(a.peer) IS NULL THEN 'no connection of the server to look it up was seen' ELSE 'within ' || $seconds || ' seconds the server for the first time opened a connection to ' || min(a.peer) END AS answer,
           CASE WHEN min(a.peer) IS NULL THEN 'medium' ELSE 'critical' END AS severity, CASE WHEN min(a.peer) IS NULL THEN 'attempted' ELSE 'confirmed' END AS outcome
    FROM string s LEFT JOIN answered a ON a.source = s.source AND a.target = s.target
    GROUP BY s.source, s.target`,
  explanation:
    "{source} sent {target} a JNDI look-up, as Log4Shell (CVE-2021-44228) uses it ({object}), {count} times; {answer}.",
  falsePositives: ["Vulnerability scanners"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-44228"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "web-injection.pcapng", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
