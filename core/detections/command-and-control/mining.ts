import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { MINING_POOLS, OVERLAY_NETWORKS } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const mining: Detection = {
  id: "BT-C2-015",
  title: "Mining pool or peer-to-peer overlay",
  phase: "command-and-control",
  attack: ["T1496", "T1496.001", "T1090"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl|stratum"],
  learningDays: 0,
  parameters: {},
  query: `
    WITH ${contactsWith([...MINING_POOLS, ...OVERLAY_NETWORKS])}
    SELECT ts, ts_last, records, count, source, target, service AS object, service || ' by name (' || array_to_string(names, ', ') || ')' AS shown, CASE WHEN is_connected THEN 'spoke to' ELSE 'looked up' END AS act, CASE WHEN is_connected THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} OR service = 'a mining pool' THEN 'medium' ELSE 'low' END AS severity, CAST(0.75 AS DOUBLE) AS confidence
    FROM contact
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:50], count(*), "id.orig_h", "id.resp_h", 'stratum',
           'the mining pool ' || "id.resp_h" || ' (port ' || min("id.resp_p") || ') by the mining protocol Stratum' || coalesce(', with ' || min(agent), '') || coalesce(', as ' || min(left(worker, 60)), '') || ': ' || sum(shares) || CASE WHEN sum(shares) = 1 THEN ' share' ELSE ' shares' END || ' handed in, ' || sum(accepted) || ' accepted',
           'worked for', CASE WHEN sum(jobs) > 0 OR sum(accepted) > 0 THEN 'confirmed' ELSE 'attempted' END, CASE WHEN "id.orig_h" IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END, CAST(0.95 AS DOUBLE)
    FROM stratum GROUP BY "id.orig_h", "id.resp_h"`,
  explanation: "{source} {act} {shown}.",
  falsePositives: ["None is expected on servers"],
  references: ["https://attack.mitre.org/techniques/T1496/"],
  blindTo: [
    {
      text: "pools that are reached by TLS without a name",
      query: `SELECT count(*) AS n FROM ssl WHERE server_name IS NULL`,
    },
  ],
  samples: [
    { capture: "mining.pcapng", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
