import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const commvaultInternalAccount: Detection = {
  id: "BT-IA-009",
  title: "Commvault log-on by an internal account or injected argument (CVE-2025-57788, 57791)",
  phase: "initial-access",
  attack: ["T1190", "T1505.003", "T1078"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { minutes: 60 },
  query: `
    WITH asked AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, bool_or(status_code = 200) AS taken
      FROM http WHERE list_contains(coalesce(telltales, []), 'internal account') GROUP BY 1, 2
    ), page AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, ts, rid, uri FROM http WHERE regexp_matches(uri, '(?i)\\.jspx?($|[?;])') AND status_code = 200
    ), after AS (
      SELECT a.source, a.target, max(p.ts) AS ts, list(p.rid ORDER BY p.ts)[:50] AS rids, max_by(p.uri, p.ts) AS uri
      FROM asked a JOIN page p ON p.source = a.source AND p.target = a.target AND p.ts BETWEEN a.ts AND a.ts_last + to_minutes($minutes) GROUP BY 1, 2
    )
    SELECT a.ts, greatest(a.ts_last, coalesce(f.ts, a.ts_last)) AS ts_last, list_concat(a.rids, coalesce(f.rids, [])) AS records, a.count, a.source, a.target, f.uri AS object,
           CASE WHEN f.uri IS NULL THEN '' ELSE ' and later fetched ' || f.uri END AS page_text, CASE WHEN f.uri IS NULL THEN 'high' ELSE 'critical' END AS severity,
           CASE WHEN a.taken THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM asked a LEFT JOIN after f ON f.source = a.source AND f.target = a.target`,
  explanation:
    "{source} used the internal account or the command argument of the published flaws in {count} requests to the Commvault server {target}{page_text}.",
  falsePositives: ["Vendor support scripts that use the sharing account"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2025-57791"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
