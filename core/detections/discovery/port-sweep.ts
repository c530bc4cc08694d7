import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS } from "../sql.ts";

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
  // Many hosts, or a few hosts with many ports of backup services each.
  query: `
    WITH probe AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(uid || '.0', ts) AS rid,
             bool_and(conn_state IN ('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH', 'SHR') OR coalesce(resp_bytes, 0) = 0) AS failed,
             list(DISTINCT "id.resp_p")[:10] AS ports, count(DISTINCT "id.resp_p") AS tried
      FROM conn
      WHERE proto = 'tcp' AND "id.resp_p" IN (445, 902, 1556, 2049, 3260, 4443, 6160, 6162, 6180, 8007, 8400, 9000, 9101, 9102, 9103, 9392, 9398, 9401, 9419, 9876,
              9877, 10000, 10006, 10102, 13720, 13724, 13782, 1500, 7937, 5555, 12800, 50051, 35623, 55414, 51515)
        AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2, 3
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM probe
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, CAST(NULL AS VARCHAR) AS target,
           count(*) AS count, count(*) FILTER (NOT failed) AS answered, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds, sum(tried) AS pairs,
           list_sort(list_distinct(flatten(list(ports)))) AS ports
    FROM dense GROUP BY source, day
    HAVING (bool_or(reached) OR (count(*) >= 2 AND sum(tried) >= $pairs AND max(ts) - min(ts) <= to_minutes($minutes))) AND count(*) FILTER (failed) >= $failed_share * count(*)`,
  explanation:
    "{source} tried {count} hosts on ports of backup and storage services ({ports}) within {span_seconds}; {answered} answered.",
  falsePositives: ["Inventory or vulnerability scanners"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "port-sweep.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
