import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { MEGA } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const megaUpload: Detection = {
  id: "BT-EX-002",
  title: "MEGA",
  phase: "exfiltration",
  attack: ["T1567.002"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 50000000 },
  query: `
    WITH ${contactsWith(MEGA)}, agent AS (
      SELECT DISTINCT "id.orig_h" AS source FROM http WHERE regexp_matches(coalesce(user_agent, ''), '(?i)mega(sync|cmd|client)')
    )
    SELECT c.ts, c.ts_last, c.records, c.count, c.source, c.target, c.service AS object, c.names, c.sent AS sent_octets, c.received AS received_octets,
           CASE WHEN c.is_connected THEN 'confirmed' ELSE 'attempted' END AS outcome, CASE WHEN c.is_connected THEN 'used' ELSE 'looked up' END AS act,
           CASE WHEN c.source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN c.sent >= $octets THEN 'critical' ELSE 'high' END WHEN c.sent >= $octets AND c.sent > c.received OR a.source IS NOT NULL THEN 'medium' ELSE 'low' END AS severity
    FROM contact c LEFT JOIN agent a ON a.source = c.source`,
  explanation: "{source} {act} the storage service MEGA ({names}): {sent_octets} out, {received_octets} in.",
  falsePositives: ["Staff who keep private files there"],
  references: ["https://attack.mitre.org/techniques/T1567/002/"],
  blindTo: [],
  samples: [
    { capture: "cloud-tools.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
