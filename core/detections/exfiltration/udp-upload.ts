import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, INSIDE, OUTSIDE } from "../sql.ts";

export const udpUpload: Detection = {
  id: "BT-EX-015",
  title: "Bulk upload over QUIC or other UDP",
  phase: "exfiltration",
  attack: ["T1048", "T1095"],
  severity: "medium",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 100000000, ratio: 5 },
  query: `
    WITH moved AS (
      SELECT rid, uid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(service, '') AS service, orig_bytes AS sent, coalesce(resp_bytes, 0) AS received FROM conn
      WHERE proto = 'udp' AND orig_bytes >= 0.01 * $octets AND orig_bytes >= $ratio * coalesce(resp_bytes, 0) AND "id.orig_h" IN ${INSIDE} AND "id.resp_h" IN ${OUTSIDE} AND "id.resp_p" NOT IN (53, 123, 161, 162, 514)
    ), named AS (
      SELECT uid, min(server_name) AS name FROM quic WHERE uid IN (SELECT uid FROM moved) GROUP BY uid
    )
    SELECT min(m.ts) AS ts, max(m.ts) AS ts_last, list(m.rid ORDER BY m.sent DESC)[:50] AS records, count(*) AS count, m.source, m.target, m.port, sum(m.sent) AS sent_octets, sum(m.received) AS received_octets, 'confirmed' AS outcome,
           CASE WHEN bool_or(contains(m.service, 'quic')) THEN 'QUIC' || coalesce(' (' || min(n.name) || ')', '') WHEN max(m.service) <> '' THEN max(m.service) ELSE 'UDP that was not recognised' END AS protocol, CASE WHEN m.source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity
    FROM moved m LEFT JOIN named n ON n.uid = m.uid
    GROUP BY m.source, m.target, m.port, CAST(m.ts AS DATE) HAVING sum(m.sent) >= $octets`,
  explanation: "{source} sent {sent_octets} to {target} (port {port}) over {protocol} and received {received_octets}.",
  falsePositives: ["Browsers and meetings", "WAN accelerators that use UDP"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [],
  samples: [
    { capture: "cloud-tools.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
