import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const vcenterVrops: Detection = {
  id: "BT-IA-015",
  title: "vCenter vROps plug-in request (CVE-2021-21972)",
  phase: "initial-access",
  attack: ["T1190"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, max(uri) AS object,
           CASE WHEN bool_or(contains(uri, 'uploadova') AND method = 'POST' AND coalesce(status_code, 0) < 400) THEN 'critical' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(status_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM http WHERE regexp_matches(uri, '/vropspluginui/rest/services/(getstatus|uploadova)')
    GROUP BY "id.orig_h", "id.resp_h", coalesce(status_code >= 400, false)`,
  explanation:
    "{source} {used|to use} the vROps plug-in of vCenter {target} {count} times ({object}), the place of the flaw CVE-2021-21972.",
  falsePositives: ["Vulnerability scanners"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-21972"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
