import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const hypervisorFromStranger: Detection = {
  id: "BT-AD-003",
  title: "Hypervisor management from a host that is not a jump host",
  phase: "admin-access",
  attack: ["T1078", "T1021.007"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 2048 },
  // Web services, host client, VAMI, CIM, Prism and Proxmox; SSH has a detection of its own.
  query: `
    WITH managed AS (
      SELECT address, min(confidence) AS sure, bool_or(role = 'hypervisor') AS is_host FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6 GROUP BY address
    ), session AS (
      SELECT c.rid, c.ts, c."id.orig_h" AS source, c."id.resp_h" AS target, c."id.resp_p" AS port, c.orig_bytes + c.resp_bytes AS octets, m.sure, m.is_host
      FROM estate_conn c JOIN managed m ON m.address = c."id.resp_h"
      WHERE c.proto = 'tcp' AND c."id.resp_p" IN (443, 902, 5480, 5989, 8006, 8697, 9440) AND c.orig_bytes >= $octets AND c.resp_bytes > 0
        AND c."id.orig_h" NOT IN ${ESTATE} AND c."id.orig_h" NOT IN (SELECT address FROM managed)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, list(DISTINCT port ORDER BY port) AS ports, sum(octets) AS octets,
           'confirmed' AS outcome, min(sure) AS role_confidence,
           CASE WHEN bool_or(is_host) AND EXISTS (SELECT 1 FROM asset_roles WHERE role = 'vcenter' AND confidence >= 0.6) THEN 'directly, past the vCenter' ELSE 'itself' END AS way,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'info' ELSE 'medium' END AS severity
    FROM session GROUP BY source, target HAVING min(ts) > ${LEARNED_UNTIL}`,
  explanation:
    "{source} used the management service of hypervisor {target} {way} (port {ports}, {octets}); it had not done so in {learned} and is no administration host.",
  falsePositives: ["New proxy", "New administrator machine"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "hypervisor-from-stranger.rows", findings: 1 },
    { capture: "hypervisor-mornings.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
