import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE } from "../sql.ts";

export const veeamSecurePort: Detection = {
  id: "BT-IA-001",
  title: "Veeam secure-connections port opened by a stranger (CVE-2023-27532)",
  phase: "initial-access",
  attack: ["T1190", "T1210", "T1212"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 4096 },
  // Mount servers and consoles talk to 9401; unpatched releases gave credentials to anybody who asked there.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target,
           sum(orig_bytes) AS in_octets, sum(resp_bytes) AS octets,
           CASE WHEN "id.resp_h" IN ${ESTATE} AND max(resp_bytes) >= $octets THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN max(resp_bytes) >= $octets THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM conn
    WHERE proto = 'tcp' AND "id.resp_p" = 9401 AND orig_bytes > 0 AND resp_bytes > 0
      AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      AND ("id.resp_h" IN ${ESTATE} OR uid IN (SELECT uid FROM backup_product WHERE product ILIKE '%veeam%'))
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation:
    "{source} opened the secure-connections port of the Veeam server {target} {count} times although it is neither part of the backup estate nor a console, and received {octets}; in unpatched releases this port gives stored credentials without a log-on.",
  falsePositives: ["New mount server or console", "Vulnerability scanners"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2023-27532"],
  blindTo: [{ text: "what is asked for, which TLS hides", query: null }],
  samples: [
    { capture: "veeam-secure-port.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
