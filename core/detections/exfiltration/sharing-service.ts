import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { SHARING_SERVICES } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const sharingService: Detection = {
  id: "BT-EX-018",
  title: "File-sharing, paste or messaging service",
  phase: "exfiltration",
  attack: ["T1567", "T1567.003", "T1567.004"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 5000000, least_octets: 100000 },
  // On the estate any contact; elsewhere only one that sent something of size, since people use such services.
  query: `
    WITH ${contactsWith(SHARING_SERVICES)}
    SELECT ts, ts_last, records, count, source, target, service, service AS object, names, sent AS sent_octets, received AS received_octets, CASE WHEN is_connected THEN 'contacted' ELSE 'looked up' END AS act, CASE WHEN is_connected THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN CASE WHEN sent >= $octets AND sent > received THEN 'critical' ELSE 'high' END WHEN sent >= $octets THEN 'medium' ELSE 'low' END AS severity
    FROM contact WHERE source IN ${ESTATE_OR_HYPERVISOR} OR sent >= $least_octets AND sent > 2 * received`,
  explanation: "{source} {act} {service} ({names}) and sent {sent_octets}.",
  falsePositives: ["None is expected on servers; people use such services"],
  references: ["https://attack.mitre.org/techniques/T1567/"],
  blindTo: [],
  samples: [
    { capture: "cloud-tools.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
