import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS } from "../sql.ts";

export const hypervisorSlp: Detection = {
  id: "BT-IA-017",
  title: "Service location traffic to a hypervisor (CVE-2021-21974)",
  phase: "initial-access",
  attack: ["T1210"],
  severity: "high",
  confidence: 0.5,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 1000 },
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, sum(orig_bytes) AS in_octets,
           CASE WHEN max(orig_bytes) >= $octets THEN 'high' ELSE 'low' END AS severity, CASE WHEN sum(resp_bytes) > 0 THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM estate_conn
    WHERE "id.resp_p" = 427 AND proto IN ('tcp', 'udp') AND orig_bytes > 0
      AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role = 'hypervisor' AND confidence >= 0.6)
      AND "id.orig_h" NOT IN (SELECT address FROM asset_roles WHERE role IN ('vcenter', 'hypervisor', 'backup-server', 'proxy') AND confidence >= 0.6) AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation:
    "{source} sent {in_octets} to the service location port of the hypervisor {target} in {count} connections; older releases have a flaw there that gives the machine away.",
  falsePositives: ["CIM monitoring"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2021-21974"],
  blindTo: [],
  samples: [
    { capture: "hypervisor-slp.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
