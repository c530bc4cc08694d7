import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_PROTOCOL, ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const rdpNewPath: Detection = {
  id: "BT-LM-010",
  title: "RDP along a new path",
  phase: "lateral-movement",
  attack: ["T1021.001", "T1078"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 5000 },
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target,
           sum(coalesce(duration, 0)) / 1e9 AS open_seconds, sum(coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0)) AS octets, 'confirmed' AS outcome,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'info' ELSE 'medium' END AS severity
    FROM conn
    WHERE proto = 'tcp' AND resp_bytes >= $octets AND ${ADMIN_PROTOCOL} = 'RDP'
      AND ("id.resp_h" IN ${ESTATE_OR_HYPERVISOR} OR "id.orig_h" IN ${ESTATE})
    GROUP BY "id.orig_h", "id.resp_h" HAVING min(ts) > ${LEARNED_UNTIL}`,
  explanation:
    "{source} opened remote desktop sessions to {target} ({count} connections, {open_seconds} in all), a pair not seen in {learned}.",
  falsePositives: ["New administrator workstation"],
  references: ["https://attack.mitre.org/techniques/T1021/001/"],
  blindTo: [],
  samples: [
    { capture: "new-admin-protocol.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
