import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const newBulkDestination: Detection = {
  id: "BT-EX-009",
  title: "New bulk destination of a backup host",
  phase: "exfiltration",
  attack: ["T1048", "T1537"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  ofConnections: true,
  parameters: { octets: 1000000000, factor: 2 },
  // As much as the largest flow that the host sent anyone else while it was learned, or a gigabyte, whichever is less.
  query: `
    WITH flow AS NOT MATERIALIZED (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received FROM estate_conn WHERE "id.orig_h" IN ${ESTATE}
      UNION ALL
      SELECT rid, ts, "id.resp_h", "id.orig_h", coalesce(resp_bytes, 0), coalesce(orig_bytes, 0) FROM estate_conn WHERE "id.resp_h" IN ${ESTATE}
    ), pair_day AS (
      SELECT source, target, CAST(ts AS DATE) AS day, sum(sent) AS sent, sum(received) AS received, min(ts) AS ts, max(ts) AS ts_last, count(*) AS count
      FROM flow GROUP BY ALL
    ), usual AS (
      SELECT source, quantile_cont(sent, 0.95) AS large FROM pair_day WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), first_seen AS (
      SELECT source, target, min(day) AS day FROM pair_day WHERE sent >= 1000000 GROUP BY ALL
    )
    , hit AS (
      SELECT p.*, a.internal
      FROM pair_day p
      JOIN first_seen f ON f.source = p.source AND f.target = p.target AND f.day = p.day
      JOIN assets a ON a.address = p.target
      LEFT JOIN usual u ON u.source = p.source
      WHERE p.ts > ${LEARNED_UNTIL} AND p.sent > p.received
        AND p.sent >= least($octets, greatest(1000000, $factor * coalesce(u.large, $octets)))
        AND p.target NOT IN ${ESTATE}
    )
    SELECT h.ts, h.ts_last, list(f.rid ORDER BY f.sent DESC, f.rid)[:50] AS records, h.count, h.source, h.target, h.sent AS sent_octets,
           h.received AS received_octets, 'confirmed' AS outcome, CASE WHEN h.internal THEN 'medium' ELSE 'high' END AS severity
    FROM hit h JOIN flow f ON f.source = h.source AND f.target = h.target AND CAST(f.ts AS DATE) = h.day
    GROUP BY h.ts, h.ts_last, h.count, h.source, h.target, h.sent, h.received, h.internal`,
  explanation:
    "{target} received {sent_octets} from {source}, which holds or steers backups; in {learned} it never received bulk data from it.",
  falsePositives: ["New repository or proxy", "Restores to a new machine", "Migration"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [],
  samples: [
    { capture: "incident.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
