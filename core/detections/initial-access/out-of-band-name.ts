import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const outOfBandName: Detection = {
  id: "BT-IA-022",
  title: "Out-of-band test domain resolved",
  phase: "initial-access",
  attack: ["T1190", "T1595.002"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dns"],
  learningDays: 0,
  parameters: {},
  // Domains of services that tell their user that a name was looked up: how injected code is proved to run.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, min("id.resp_h") AS target, min(query) AS object,
           list(DISTINCT query ORDER BY query) AS names, CASE WHEN "id.orig_h" IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(len(coalesce(answers, [])) > 0) THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM dns
    WHERE query IN (SELECT query FROM (SELECT DISTINCT query FROM dns) WHERE regexp_matches(query, '(^|\\.)(oast\\.(pro|live|site|online|fun|me)|interact\\.sh|interactsh\\.com|burpcollaborator\\.net|oastify\\.com|dnslog\\.(cn|link|pw|store)|ceye\\.io|canarytokens\\.com|requestbin\\.net|pipedream\\.net|r87\\.me|bxss\\.me|eyes\\.sh|tu4\\.org|vcap\\.me|requestrepo\\.com|log4shell\\.huntress\\.com|leakix\\.net)$'))
      AND "id.orig_h" IN (SELECT address FROM assets WHERE internal)
    GROUP BY "id.orig_h"`,
  explanation:
    "{source} resolved {names}, which belongs to a service for proving that injected code was run ({count} questions).",
  falsePositives: ["Approved penetration tests"],
  references: ["https://attack.mitre.org/techniques/T1190/"],
  blindTo: [{ text: "names resolved inside TLS or HTTPS", query: null }],
  samples: [
    { capture: "out-of-band-name.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
