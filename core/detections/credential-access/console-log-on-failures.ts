import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const consoleLogOnFailures: Detection = {
  id: "BT-CA-017",
  title: "Failed log-ons to a backup console or API",
  phase: "credential-access",
  attack: ["T1110"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["http|hypervisor_api|syslog"],
  learningDays: 0,
  parameters: { failures: 5, minutes: 10 },
  // Refused log-ons of product APIs, and what Veeam tells by syslog: wrong code 40205, too many attempts 40206, not permitted 44002.
  query: `
    WITH failed AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(auth_user, username) AS account, 'HTTP ' || status_code AS how FROM http
      WHERE status_code IN (401, 403) AND (regexp_matches(uri, '(?i)(/api/oauth2/token|/api/sessionMngr|/api/v[0-9.]+/(token|sessions|authentication)|/c/router|/api2/json/access/ticket|/api2/extjs/access/ticket|/rest/(login|v[0-9.]+/auth|com/vmware/cis/session)|/api/session$|/SDK/?|/sdk/?$|/webapi/(auth|entry)\\.cgi|/cgi-bin/authLogin\\.cgi|/RestServlet/Login|/webconsole/|/ddem|/v1/auth|/login|/signin|/minio/login|/api/internal/(login|session)|/auth/|/oauth)') OR auth_scheme IN ('basic', 'digest', 'bearer'))
        AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR}
      UNION ALL
      SELECT ts, rid, coalesce(nullif(regexp_extract(message, '(?i)(?:ip|address|host)["= :]+([0-9]{1,3}(?:\\.[0-9]{1,3}){3})', 1), ''), "id.orig_h"), "id.orig_h", nullif(regexp_extract(message, '(?i)user(?:name)?="([^"]+)"', 1), ''), 'event ' || regexp_extract(message, 'instanceId="?(4020[56]|44002)', 1)
      FROM syslog WHERE regexp_matches(message, 'instanceId="?(40205|40206|44002)\\b')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", coalesce(fault, 'HTTP ' || status_code) FROM hypervisor_api WHERE regexp_matches(operation, '(?i)^(login|loginbytoken|POST .*/(session|access/ticket))') AND (fault IS NOT NULL OR status_code IN (401, 403))
    ), dense AS (
      SELECT *, ts - lag(ts, $failures - 1) OVER (PARTITION BY source, target ORDER BY ts) <= to_minutes($minutes) AS reached FROM failed
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(*) AS count, source, target, CASE WHEN count(DISTINCT account) = 1 THEN min(account) END AS "user",
           coalesce(list(DISTINCT account ORDER BY account) FILTER (account IS NOT NULL), ['names not readable']) AS accounts, list(DISTINCT how ORDER BY how) AS how, 'refused' AS outcome
    FROM dense GROUP BY source, target, CAST(ts AS DATE) HAVING bool_or(reached)`,
  explanation: "{source} failed {count} log-ons at the console or API of {target} ({accounts}; {how}).",
  falsePositives: ["Expired token of an automation"],
  references: ["https://attack.mitre.org/techniques/T1110/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "console-log-on-failures.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
