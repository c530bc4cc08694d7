import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, LEARNED_UNTIL } from "../sql.ts";

export const storageFromStranger: Detection = {
  id: "BT-AD-006",
  title: "NAS or deduplication-appliance administration",
  phase: "admin-access",
  attack: ["T1078", "T1021.004"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 2048 },
  // Web consoles and shells of NAS, deduplication appliances, tape libraries and object stores; ports by vendor. The backup software itself may call their interfaces.
  query: `
    WITH storage AS (
      SELECT address, min(confidence) AS sure FROM asset_roles WHERE role IN ('repository', 'object-store', 'tape') AND confidence >= 0.6 GROUP BY address
    ), session AS (
      SELECT c.rid, c.ts, c.uid, c."id.orig_h" AS source, c."id.resp_h" AS target, c."id.resp_p" AS port, coalesce(c.orig_bytes, 0) + coalesce(c.resp_bytes, 0) AS octets, s.sure
      FROM estate_conn c JOIN storage s ON s.address = c."id.resp_h"
      WHERE c.proto = 'tcp' AND c.orig_bytes >= $octets AND c.resp_bytes > 0
        AND (c."id.resp_p" IN (22, 23, 80, 443, 3009, 5000, 5001, 8080, 8081, 8443, 8444, 9001, 9090, 9443) OR contains(coalesce(c.service, ''), 'ssh'))
        AND c."id.orig_h" NOT IN ${BACKUP_ACTORS} AND c."id.orig_h" NOT IN (SELECT address FROM storage)
        -- Objects that are stored over these ports are the data path.
        AND c.uid NOT IN (SELECT uid FROM object_store)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, list(DISTINCT port ORDER BY port) AS ports, sum(octets) AS octets,
           'confirmed' AS outcome, min(sure) AS role_confidence, CASE WHEN source IN ${ADMIN_HOSTS} THEN 'info' ELSE 'medium' END AS severity
    FROM session GROUP BY source, target HAVING min(ts) > ${LEARNED_UNTIL}`,
  explanation:
    "{source} used the administration service of the storage {target} (port {ports}, {octets}); it had not done so in {learned}.",
  falsePositives: ["Vendor support", "New administrator machine"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "storage-from-stranger.rows", findings: 1 },
    { capture: "storage-mornings.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
