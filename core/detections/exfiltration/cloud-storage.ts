import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { CLOUD_STORAGE } from "../service-names.ts";
import { ESTATE, ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const cloudStorage: Detection = {
  id: "BT-EX-005",
  title: "Upload to a cloud storage service",
  phase: "exfiltration",
  attack: ["T1567.002"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  ofConnections: true,
  parameters: { low_octets: 1000000, medium_octets: 50000000, high_octets: 500000000, ratio: 2, usual_days: 4 },
  // What the scope counts to the estate is approved; so is a service to which the same machine sent data on several days before. MEGA has a detection of its own.
  query: `
    WITH ${contactsWith(CLOUD_STORAGE)}, moved AS (
      SELECT v.source, v.service, CAST(c.ts AS DATE) AS day, min(c.ts) AS ts, max(c.ts) AS ts_last, list(v.rid ORDER BY v.ts)[:50] AS records, count(*) AS count, arg_max(v.target, c.orig_bytes) AS target, list(DISTINCT v.name ORDER BY v.name)[:3] AS names, sum(c.orig_bytes) AS sent, sum(c.resp_bytes) AS received
      FROM (SELECT DISTINCT ON (uid) * FROM visit WHERE seen <> 'DNS') v JOIN visit_conn c ON c.uid = v.uid
      WHERE v.service <> 'MEGA' AND v.target NOT IN ${ESTATE} GROUP BY ALL
    ), placed AS (
      SELECT *, count(*) FILTER (sent >= $low_octets) OVER (PARTITION BY source, service ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS days_before FROM moved
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(records ORDER BY ts))[:100] AS records, CAST(sum(count) AS BIGINT) AS count, source, arg_max(target, sent) AS target, service, service AS object, list_distinct(flatten(list(names)))[:4] AS names, sum(sent) AS sent_octets, sum(received) AS received_octets, 'confirmed' AS outcome,
           CASE WHEN sum(sent) >= $high_octets AND source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' WHEN sum(sent) >= $medium_octets AND source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' WHEN sum(sent) >= $high_octets OR source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity
    FROM placed WHERE sent >= $low_octets AND sent >= $ratio * received AND days_before < $usual_days GROUP BY source, service`,
  explanation:
    "{source} sent {sent_octets} to {service} ({names}) and received {received_octets}; the scope does not name it as a destination of backups.",
  falsePositives: ["A cloud tier that was just set up", "Staff who share files"],
  references: ["https://attack.mitre.org/techniques/T1567/002/"],
  blindTo: [],
  samples: [
    { capture: "cloud-tools.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
