import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const sshNewPath: Detection = {
  id: "BT-LM-012",
  title: "SSH to repository, NAS or hypervisor for the first time",
  phase: "lateral-movement",
  attack: ["T1021.004"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["ssh"],
  learningDays: 7,
  ofConnections: true,
  parameters: {},
  query: `
    WITH fresh AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target FROM ssh WHERE "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} AND "id.orig_h" NOT IN ${ESTATE} GROUP BY ALL HAVING min(ts) > ${LEARNED_UNTIL}
    )
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.ts)[:50] AS records, count(*) AS count, f.source, f.target,
           coalesce(mode(s.client ORDER BY s.client), 'unknown software') AS client, sum(coalesce(c.duration, 0)) / 1e9 AS open_seconds,
           CASE WHEN bool_or(s.auth_success) THEN 'confirmed' WHEN bool_and(s.auth_success = false) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN f.source IN ${ADMIN_HOSTS} THEN 'info' WHEN bool_and(s.auth_success = false) THEN 'low' ELSE 'medium' END AS severity
    FROM fresh f JOIN ssh s ON s."id.orig_h" = f.source AND s."id.resp_h" = f.target JOIN ssh_conn c ON c.uid = s.uid
    GROUP BY f.source, f.target, coalesce(s.auth_success = false, false)`,
  explanation:
    "{source} opened SSH to {target} with {client} ({count} connections, {open_seconds} in all), a pair not seen in {learned}.",
  falsePositives: ["Administrators from a new jump host"],
  references: ["https://attack.mitre.org/techniques/T1021/004/"],
  blindTo: [],
  samples: [{ capture: "quiet.pcapng", findings: 0 }],
};
