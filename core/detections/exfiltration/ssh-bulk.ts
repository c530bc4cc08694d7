import type { Detection } from "../detection.ts";
import { ESTATE, ESTATE_OR_HYPERVISOR, OUTSIDE } from "../sql.ts";

export const sshBulk: Detection = {
  id: "BT-EX-014",
  title: "Bulk data over SSH to an unknown server",
  phase: "exfiltration",
  attack: ["T1048.002", "T1572"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["ssh"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 200000000, ratio: 10, usual_days: 4 },
  // A session whose sizes and times fit a file copy to the server, or that is simply so lopsided; to the outside, or from the estate or a hypervisor to a machine without a role in it. Pairs that do so on several days are set up so.
  query: `
    WITH session AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, coalesce(s.client, 'software that did not name itself') AS client, coalesce(s.inferred_use, '') AS use, coalesce(s.orig_session_octets, c.orig_bytes, 0) AS sent, coalesce(s.resp_session_octets, c.resp_bytes, 0) AS received, s.auth_success
      FROM ssh s JOIN ssh_conn c ON c.uid = s.uid
      WHERE s."id.resp_h" NOT IN ${ESTATE} AND (s."id.resp_h" IN ${OUTSIDE} OR s."id.orig_h" IN ${ESTATE_OR_HYPERVISOR})
    ), pair AS (
      SELECT source, target, count(DISTINCT CAST(ts AS DATE)) FILTER (sent >= 0.1 * $octets) AS days FROM session GROUP BY ALL
    )
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.sent DESC)[:50] AS records, count(*) AS count, s.source, s.target, min(s.client) AS client, sum(s.sent) AS sent_octets, sum(s.received) AS received_octets, 'confirmed' AS outcome,
           CASE WHEN bool_or(s.use = 'file copy') THEN 'that looks like a file copy' WHEN bool_or(s.use = 'tunnel') THEN 'that looks like a tunnel' ELSE 'that went almost only one way' END AS shape, CASE WHEN s.source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity
    FROM session s JOIN pair p ON p.source = s.source AND p.target = s.target
    WHERE s.sent >= $ratio * s.received AND p.days < $usual_days
    GROUP BY s.source, s.target, CAST(s.ts AS DATE) HAVING sum(s.sent) >= $octets`,
  explanation: "{source} ({client}) sent {sent_octets} to {target} and received {received_octets} inside SSH {shape}.",
  falsePositives: ["Borg, rsync or restic targets that the scope does not name"],
  references: ["https://attack.mitre.org/techniques/T1048/002/"],
  blindTo: [],
  samples: [
    { capture: "file-transfer-out.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
