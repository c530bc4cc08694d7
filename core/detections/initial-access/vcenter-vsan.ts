import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const vcenterVsan: Detection = {
  id: "BT-IA-014",
  title: "vCenter vSAN plug-in request without a session (CVE-2021-21985)",
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
           CASE WHEN bool_or(status_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_and(status_code >= 400) THEN 'medium' ELSE 'critical' END AS severity
    FROM http WHERE method = 'POST' AND contains(uri, '/ui/h5-vsan/rest/proxy/service/') AND len(coalesce(cookie_vars, [])) = 0 AND auth_scheme IS NULL
    GROUP BY "id.orig_h", "id.resp_h", coalesce(status_code >= 400, false)`,
  explanation: "{source} called the vSAN proxy service of vCenter {target} {count} times without a session ({object}).",
  falsePositives: ["The vSphere Client of an administrator, which has a session"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-21985"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
