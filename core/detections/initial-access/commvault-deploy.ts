import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const commvaultDeploy: Detection = {
  id: "BT-IA-008",
  title: "Commvault Command Center deploy request (CVE-2025-34028)",
  phase: "initial-access",
  attack: ["T1190", "T1505.003"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { minutes: 10 },
  query: `
    WITH asked AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, min(uri) AS uri, bool_or(status_code < 400) AS taken
      FROM http WHERE regexp_matches(uri, '(?i)/commandcenter/deploy(Webpackage|ServiceCommcell)\\.do') GROUP BY 1, 2
    ), page AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, ts, rid, uri FROM http
      WHERE regexp_matches(uri, '(?i)(MetricsUpload|/\\.tmp/|/dist-cc/).*\\.jspx?') AND status_code = 200
    ), after AS (
      SELECT a.source, a.target, max(p.ts) AS ts, list(p.rid ORDER BY p.ts)[:50] AS rids, min(p.uri) AS uri
      FROM asked a JOIN page p ON p.source = a.source AND p.target = a.target AND p.ts BETWEEN a.ts AND a.ts_last + to_minutes($minutes) GROUP BY 1, 2
    )
    SELECT a.ts, greatest(a.ts_last, coalesce(f.ts, a.ts_last)) AS ts_last, list_concat(a.rids, coalesce(f.rids, [])) AS records, a.count, a.source, a.target, coalesce(f.uri, a.uri) AS object,
           CASE WHEN f.uri IS NULL THEN '' ELSE ' and then requested ' || f.uri END AS page_text, CASE WHEN f.uri IS NULL THEN 'high' ELSE 'critical' END AS severity,
           CASE WHEN f.uri IS NOT NULL OR a.taken THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM asked a LEFT JOIN after f ON f.source = a.source AND f.target = a.target`,
  explanation:
    "{source} told the Commvault web server {target} to fetch and unpack a package ({count} times){page_text}.",
  falsePositives: ["The vendor's own updates use other hosts and no such page"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2025-34028"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
