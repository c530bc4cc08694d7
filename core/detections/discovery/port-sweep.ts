import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, FAILED_STATES } from "../sql.ts";

/** Ports of backup products and of the storage behind them. */
const BACKUP_PORTS =
  "445, 902, 1500, 1556, 2049, 3260, 4443, 5555, 6106, 6160, 6162, 6180, 7937, 8007, 8400, 9000, 9101, 9102, 9103, 9392, 9398, 9401, 9419, 9876, 9877, 10000, 10006, 10102, 12800, 13720, 13724, 13782, 35623, 50051, 51515, 55414";

export const portSweep: Detection = {
  id: "BT-DI-001",
  title: "Horizontal sweep of backup ports",
  phase: "discovery",
  attack: ["T1046"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { hosts: 10, pairs: 8, minutes: 10, failed_share: 0.5 },
  // Many hosts, or a few hosts with many ports of backup services each. What `span` leaves out could never have enough
  // failures: a flood from many made-up addresses ends there, before the lists are made.
  query: `
    WITH suspect AS (
      SELECT "id.orig_h" AS source, CAST(ts AS DATE) AS day FROM conn
      WHERE proto = 'tcp' AND "id.resp_p" IN (${BACKUP_PORTS}) AND (conn_state IN (${FAILED_STATES}) OR coalesce(resp_bytes, 0) = 0)
      GROUP BY 1, 2 HAVING count(*) >= $failed_share * least($hosts, $pairs)
    ), probe AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid,
             bool_and(conn_state IN (${FAILED_STATES}) OR coalesce(resp_bytes, 0) = 0) AS failed
      FROM conn c SEMI JOIN suspect s ON s.source = c."id.orig_h" AND s.day = CAST(c.ts AS DATE)
      WHERE proto = 'tcp' AND "id.resp_p" IN (${BACKUP_PORTS})
        AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2, 3, 4
    ), span AS (
      SELECT source, day, min(ts) - to_minutes($minutes) AS first, max(ts) + to_minutes($minutes) AS last FROM probe WHERE failed GROUP BY source, day
      HAVING count(*) >= $failed_share * least($hosts, $pairs)
    ), paced AS (
      SELECT *, failed AND ts - lag(ts, $pairs - 1) OVER (PARTITION BY source, day, failed ORDER BY ts) <= to_minutes($minutes) AS crowded
      FROM probe p WHERE EXISTS (SELECT 1 FROM span s WHERE s.source = p.source AND s.day = p.day)
    ), host AS (
      SELECT source, target, day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:20] AS rids, count(*) AS tried, count(*) FILTER (failed) AS failures,
             bool_or(coalesce(crowded, false)) AS crowded, list(DISTINCT port ORDER BY port)[:20] AS ports
      FROM paced p WHERE EXISTS (SELECT 1 FROM span s WHERE s.source = p.source AND s.day = p.day AND p.ts BETWEEN s.first AND s.last)
      GROUP BY source, target, day
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM host
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, sum(tried) AS record_count, source, CAST(NULL AS VARCHAR) AS target,
           count(*) AS count, sum(tried - failures) AS answered, (epoch_ns(max(ts_last)) - epoch_ns(min(ts))) / 1e9 AS span_seconds,
           list_sort(list_distinct(flatten(list(ports)))) AS ports
    FROM dense GROUP BY source, day
    HAVING (bool_or(reached) OR (count(*) >= 2 AND bool_or(crowded))) AND sum(failures) >= $failed_share * sum(tried)`,
  explanation:
    "{source} tried {count} hosts on ports of backup and storage services ({ports}) within {span_seconds}; {answered} of these ports answered.",
  falsePositives: ["Inventory or vulnerability scanners"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "port-sweep.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
