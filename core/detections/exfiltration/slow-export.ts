import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, INSIDE, OUTSIDE } from "../sql.ts";

export const slowExport: Detection = {
  id: "BT-EX-010",
  title: "Slow export in equal pieces",
  phase: "exfiltration",
  attack: ["T1030", "T1029", "T1041"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { days: 7, octets: 2000000000, flows: 20, most_of_one: 0.2, variation: 0.15, ratio: 5 },
  // Much in a week, and no flow that is much by itself; the flows alike in size, or all at one rate, as a limit of bandwidth makes them.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY orig_bytes DESC, rid)[:100] AS records, count(*) AS record_count, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, mode("id.resp_p" ORDER BY "id.resp_p") AS port, sum(orig_bytes) AS sent_octets, sum(resp_bytes) AS received_octets,
           round((epoch_ns(max(ts)) - epoch_ns(min(ts))) / 86400e9, 1) AS span_days, CAST(median(orig_bytes) AS BIGINT) AS piece_octets, 'confirmed' AS outcome,
           CASE WHEN stddev_pop(orig_bytes) <= $variation * avg(orig_bytes) THEN 'pieces of nearly the same size' ELSE 'pieces at nearly the same rate' END AS alike, CASE WHEN "id.orig_h" IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity
    FROM conn
    WHERE proto = 'tcp' AND orig_bytes >= 10000 AND duration > 0 AND orig_bytes > $ratio * resp_bytes AND "id.orig_h" IN ${INSIDE} AND "id.resp_h" IN ${OUTSIDE}
    GROUP BY "id.orig_h", "id.resp_h", CAST(floor(epoch_ns(ts) / (86400e9 * $days)) AS BIGINT)
    HAVING count(*) >= $flows AND sum(orig_bytes) >= $octets AND max(orig_bytes) <= $most_of_one * sum(orig_bytes)
       AND (stddev_pop(orig_bytes) <= $variation * avg(orig_bytes) OR stddev_pop(orig_bytes / (duration / 1e9)) <= $variation * avg(orig_bytes / (duration / 1e9)))`,
  explanation:
    "{source} sent {sent_octets} to {target} (port {port}) within {span_days} days in {count} {alike} (mostly {piece_octets}) and received {received_octets}.",
  falsePositives: ["Replication with a limit of bandwidth to an approved target"],
  references: ["https://attack.mitre.org/techniques/T1030/"],
  blindTo: [],
  samples: [
    { capture: "slow-export.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
