import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const minioBootstrap: Detection = {
  id: "BT-IA-013",
  title: "MinIO bootstrap information leak (CVE-2023-28432)",
  phase: "initial-access",
  attack: ["T1190", "T1552"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  // Nodes of a cluster ask each other; a node is a host that is also asked.
  query: `
    WITH asked AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, status_code, response_body_len, coalesce(telltales, []) AS telltales FROM http WHERE regexp_matches(uri, '^/minio/bootstrap/v[0-9]/verify')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target,
           CASE WHEN bool_or(list_contains(telltales, 'secret variable')) THEN 'the answer held its secret variables' WHEN bool_or(status_code = 200) THEN 'it answered, and its answer was not read' ELSE 'it refused' END AS answer,
           CASE WHEN bool_or(list_contains(telltales, 'secret variable')) THEN 'critical' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(list_contains(telltales, 'secret variable')) THEN 'confirmed' WHEN bool_or(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM asked WHERE source NOT IN (SELECT target FROM asked) GROUP BY source, target`,
  explanation:
    "{source}, which is no node of the cluster, called the bootstrap service of the object store {target} {count} times; {answer}.",
  falsePositives: ["A node that joins the cluster"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2023-28432"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "s3.pcapng", findings: 0 },
  ],
};
