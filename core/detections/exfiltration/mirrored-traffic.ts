import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE, OUTSIDE } from "../sql.ts";

export const mirroredTraffic: Detection = {
  id: "BT-EX-020",
  title: "Traffic or storage replicated to the outside",
  phase: "exfiltration",
  attack: ["T1020.001", "T1537"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 1000000, packets: 50, usual_days: 4 },
  // Copies of frames in GRE (ERSPAN) or TZSP, and the protocols by which storage replicates itself, towards an address outside that the scope does not count to the estate.
  query: `
    WITH copied AS (
      SELECT t.ts, t.rid, t."id.orig_h" AS source, t."id.resp_h" AS target, 'frames that a device mirrors in GRE' AS protocol, coalesce(t.packets, 0) AS packets, 0 AS octets
      FROM tunnel t WHERE t.tunnel_type = 'Tunnel::GRE' AND t."id.orig_h" IN ${INSIDE} AND t."id.resp_h" IN ${OUTSIDE}
        AND t.uid IN (SELECT unnest(tunnel_parents) FROM conn WHERE tunnel_parents IS NOT NULL AND orig_l2_addr IS NOT NULL) AND t.network IS NOT NULL
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", CASE "id.resp_p" WHEN 37008 THEN 'frames that a device mirrors in TZSP' WHEN 873 THEN 'rsync' WHEN 2051 THEN 'the replication of Data Domain' WHEN 5566 THEN 'NetApp''s replication' ELSE 'SnapMirror' END, coalesce(orig_pkts, 0), coalesce(orig_bytes, 0)
      FROM conn
      WHERE "id.orig_h" IN ${INSIDE} AND "id.resp_h" IN ${OUTSIDE} AND orig_bytes >= $octets AND orig_bytes > 5 * coalesce(resp_bytes, 0)
        AND (proto = 'udp' AND "id.resp_p" = 37008 OR proto = 'tcp' AND "id.resp_p" IN (11104, 11105, 2051, 5566) OR proto = 'tcp' AND (contains(coalesce(service, ''), 'rsync') OR "id.resp_p" = 873))
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, protocol, protocol AS object, CASE WHEN sum(octets) > 0 THEN ' ' || formatReadableDecimalSize(CAST(sum(octets) AS BIGINT)) ELSE '' END AS octets_text, 'confirmed' AS outcome,
           CASE WHEN source IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity
    FROM copied GROUP BY source, target, protocol HAVING count(DISTINCT CAST(ts AS DATE)) < $usual_days AND (sum(octets) >= $octets OR max(packets) >= $packets)`,
  explanation: "{source} sent{octets_text} to {target} outside by {protocol}.",
  falsePositives: ["A sensor in use that the scope does not name", "Replication to a second site"],
  references: ["https://attack.mitre.org/techniques/T1020/001/"],
  blindTo: [],
  samples: [
    { capture: "backup-tools-out.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
