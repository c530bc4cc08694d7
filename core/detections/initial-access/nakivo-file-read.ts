import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const nakivoFileRead: Detection = {
  id: "BT-IA-007",
  title: "NAKIVO Director file read (CVE-2024-48248)",
  phase: "initial-access",
  attack: ["T1190", "T1552.001"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(telltale_text) AS object,
           sum(response_body_len) AS octets, CASE WHEN bool_or(status_code = 200 AND response_body_len > 0) THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM http WHERE method = 'POST' AND uri LIKE '/c/router%' AND list_contains(coalesce(telltales, []), 'image by path')
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation:
    "{source} asked the NAKIVO Director {target} for files by their path {count} times without a session ({object}) and received {octets}.",
  falsePositives: ["None known"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2024-48248"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
