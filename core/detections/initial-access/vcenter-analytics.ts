import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const vcenterAnalytics: Detection = {
  id: "BT-IA-016",
  title: "vCenter analytics upload (CVE-2021-22005)",
  phase: "initial-access",
  attack: ["T1190"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(uri) AS object,
           CASE WHEN bool_and(status_code >= 400) THEN 'medium' ELSE 'critical' END AS severity,
           CASE WHEN bool_or(status_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM http WHERE method = 'POST' AND regexp_matches(uri, '/analytics/(telemetry|ceip)/.*(hyper/send|dataapp)')
    GROUP BY "id.orig_h", "id.resp_h", coalesce(status_code >= 400, false)`,
  explanation:
    "{source} posted to the analytics service of vCenter {target} {count} times ({object}), the request of CVE-2021-22005.",
  falsePositives: ["Vulnerability scanners"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-22005"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
