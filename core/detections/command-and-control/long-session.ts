import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE, OUTSIDE } from "../sql.ts";

export const longSession: Detection = {
  id: "BT-C2-003",
  title: "Very long session with the outside",
  phase: "command-and-control",
  attack: ["T1071", "T1572"],
  severity: "medium",
  confidence: 0.55,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { hours: 4, longest_hours: 12 },
  // RITA's steps: 1, 4, 8 and 12 hours. Machines outside the estate hold sessions for hours every day (chat, mail, remote work).
  query: `
    SELECT min(ts) AS ts, max(ts + to_microseconds(CAST(duration / 1000 AS BIGINT))) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port,
           round(max(duration) / 3600e9, 1) AS span_hours, coalesce(nullif(max(service), ''), 'a protocol that was not recognised') AS service, sum(coalesce(orig_bytes, 0)) AS sent_octets, sum(coalesce(resp_bytes, 0)) AS received_octets,
           'confirmed' AS outcome, CASE WHEN max(duration) >= $longest_hours * 3600e9 AND max(coalesce(service, '')) NOT IN ('ipsec') THEN 'medium' ELSE 'low' END AS severity
    FROM estate_conn
    WHERE duration >= $hours * 3600e9 AND proto IN ('tcp', 'udp') AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_p" NOT IN (123, 53)
      AND ("id.orig_h" IN ${ESTATE} AND "id.resp_h" IN ${OUTSIDE} OR "id.resp_h" IN ${ESTATE} AND "id.orig_h" IN ${OUTSIDE}) AND ("id.orig_h" IN ${INSIDE} OR "id.resp_h" IN ${INSIDE})
    GROUP BY "id.orig_h", "id.resp_h", "id.resp_p"`,
  explanation:
    "A session of {source} with {target} on port {port} ({service}) stayed open for {span_hours} hours; {sent_octets} out, {received_octets} in.",
  falsePositives: ["VPN", "Replication to a provider that the scope does not name"],
  references: ["https://attack.mitre.org/techniques/T1572/"],
  blindTo: [],
  samples: [
    { capture: "outside-session.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
