import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const iscsiDiscovery: Detection = {
  id: "BT-DI-016",
  title: "iSCSI target discovery by an unknown initiator",
  phase: "discovery",
  attack: ["T1046", "T1018"],
  severity: "medium",
  confidence: 0.8,
  basis: "fact",
  needs: ["iscsi"],
  learningDays: 0,
  parameters: {},
  // SessionType=Discovery with SendTargets by a host that is neither part of the backup estate nor a hypervisor, nor had used a target before. RFC 7143 4.3
  query: `
    WITH found AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, initiator, success, coalesce(targets, []) AS targets FROM iscsi
      WHERE session_type = 'Discovery' AND "id.orig_h" NOT IN ${ESTATE_OR_HYPERVISOR} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), used AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, initiator, min(ts) AS ts FROM iscsi WHERE session_type = 'Normal' AND success GROUP BY 1, 2, 3
    )
    SELECT min(f.ts) AS ts, max(f.ts) AS ts_last, list(f.rid ORDER BY f.ts)[:100] AS records, count(*) AS count, f.source, f.target, coalesce(f.initiator, 'without a name') AS object, list_sort(list_distinct(flatten(list(f.targets)))) AS targets,
           CASE WHEN bool_or(u.ts IS NOT NULL) THEN 'low' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(len(f.targets) > 0) THEN 'confirmed' WHEN bool_and(f.success = false) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(u.ts IS NOT NULL) THEN 'The initiator then used a target, as hosts do that are being attached' END AS note
    FROM found f LEFT JOIN used u ON u.source = f.source AND u.target = f.target AND u.initiator IS NOT DISTINCT FROM f.initiator
    GROUP BY f.source, f.target, f.initiator HAVING coalesce(min(u.ts) > min(f.ts), true)`,
  explanation:
    "Initiator {object} on {source} {listed|to list} the iSCSI targets of {target} {count} times: {targets}.",
  falsePositives: ["A host that is being attached"],
  references: ["https://attack.mitre.org/techniques/T1046/", "RFC 7143 4.3"],
  blindTo: [],
  samples: [
    { capture: "iscsi-discovery.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
