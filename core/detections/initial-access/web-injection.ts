import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, TELLTALE_AS_SENT } from "../sql.ts";

export const webInjection: Detection = {
  id: "BT-IA-025",
  title: "Injection in a web request",
  phase: "initial-access",
  attack: ["T1190", "T1059"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  // What `telltales` of the http records names, Log4Shell left to BT-IA-019. The answer decides: output of a command or a file of the system in it is success.
  query: `
    WITH piece AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, status_code, "host",
             ${TELLTALE_AS_SENT} AS telltale_text,
             list_filter(telltales, lambda t: t IN ('sql injection', 'ldap injection', 'command injection', 'code injection', 'expression injection', 'shellshock', 'path traversal', 'file inclusion', 'request forgery', 'external entity', 'serialized object', 'cross-site scripting')) AS kinds,
             list_has_any(telltales, ['command output', 'system file', 'secret variable']) AS gave
      FROM http WHERE telltales IS NOT NULL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, count(*) AS record_count, source, target,
           list_sort(list_distinct(flatten(list(kinds)))) AS kinds, coalesce(arg_min(telltale_text, ts) FILTER (gave), arg_min(telltale_text, ts)) AS object,
           CASE WHEN bool_or(gave) THEN 'an answer shows that it worked: it holds what such a command or file gives' WHEN bool_or(status_code BETWEEN 200 AND 299) THEN 'the server answered some as usual' WHEN count(status_code) = 0 THEN 'no answer was captured' ELSE 'none was answered as usual' END AS answer,
           CASE WHEN bool_or(gave) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(gave) THEN 'high' WHEN target IN ${ESTATE_OR_HYPERVISOR} THEN 'high'
                WHEN len(list_filter(list_distinct(flatten(list(kinds))), lambda k: k NOT IN ('cross-site scripting', 'serialized object'))) = 0 THEN 'low' ELSE 'medium' END AS severity
    FROM piece WHERE len(kinds) > 0 GROUP BY source, target`,
  explanation: "{source} sent {target} {kinds} in {count} requests, such as {object}; {answer}.",
  falsePositives: ["Vulnerability scanners and penetration tests", "Forums and editors through which people send code"],
  references: ["https://attack.mitre.org/techniques/T1190/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "web-injection.pcapng", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
