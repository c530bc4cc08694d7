import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const sessionShape: Detection = {
  id: "BT-BL-009",
  title: "Session length or volume outside the learned shape",
  phase: "collection",
  attack: ["T1021", "T1048"],
  severity: "low",
  confidence: 0.5,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { z: 6, n: 30, floor_octets: 1000000 },
  query: `
    WITH session AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, split_part(service, ',', -1) AS protocol, coalesce(duration, 0) / 1e9 AS seconds, orig_bytes + resp_bytes AS octets, conn_state
      FROM estate_conn WHERE proto = 'tcp' AND service IS NOT NULL AND orig_bytes > 0 AND resp_bytes > 0 AND ("id.orig_h" IN ${ESTATE} OR "id.resp_h" IN ${ESTATE})
    ), middle AS (
      SELECT source, target, protocol, count(*) AS n, median(ln(1 + octets)) AS size, greatest(mad(ln(1 + octets)), 0.05) AS size_spread, median(ln(1 + seconds)) AS length, greatest(mad(ln(1 + seconds)), 0.05) AS length_spread,
             median(octets) AS usual_octets, median(seconds) AS usual_seconds
      FROM session WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL HAVING count(*) >= $n
    ), scored AS (
      SELECT s.*, m.n, m.usual_octets, m.usual_seconds, (ln(1 + s.octets) - m.size) / (1.4826 * m.size_spread) AS size_z, (ln(1 + s.seconds) - m.length) / (1.4826 * m.length_spread) AS length_z
      FROM session s JOIN middle m ON m.source = s.source AND m.target = s.target AND m.protocol = s.protocol WHERE s.ts > ${LEARNED_UNTIL}
    )
    SELECT ts, ts + to_microseconds(CAST(seconds * 1000000 AS BIGINT)) AS ts_last, [rid] AS records, source, target, protocol, seconds AS open_seconds, octets, usual_octets, usual_seconds, n, round(greatest(size_z, length_z), 1) AS score, 'confirmed' AS outcome
    FROM scored s
    WHERE (size_z >= $z * (1 + 2 / n) AND octets >= $floor_octets AND octets >= 3 * usual_octets) OR (length_z >= $z * (1 + 2 / n) AND seconds >= 3600 AND octets >= $floor_octets)
      AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.job IS NOT NULL AND list_contains(t.records, s.rid))`,
  explanation:
    "The {protocol} session of {source} to {target} lasted {open_seconds} and moved {octets}; of {n} sessions in {learned} the median is {usual_seconds} and {usual_octets} (robust score {score}).",
  falsePositives: ["Long restores"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [],
  samples: [
    { capture: "session-shape.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
