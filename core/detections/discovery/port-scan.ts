import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE, FAILED_STATES } from "../sql.ts";

export const portScan: Detection = {
  id: "BT-DI-002",
  title: "Vertical scan of one host",
  phase: "discovery",
  attack: ["T1046"],
  severity: "medium",
  confidence: 0.8,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { ports: 25, backup_ports: 8, silent_ports: 6, udp_ports: 12, minutes: 5 },
  // Over UDP, well-known ports that mostly do not answer: traces of a route ask high ones.
  // A scan is made of what fails or carries nothing: only pairs that have enough of that on a day are looked at in full; over UDP only those whose ports lie far enough apart to be so many.
  query: `
    WITH suspect AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day FROM failed_conn GROUP BY 1, 2, 3 HAVING count(DISTINCT "id.resp_p") >= least($backup_ports, $silent_ports, $ports / 2)
    ), tried AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid,
             bool_or(conn_state NOT IN (${FAILED_STATES}) AND NOT regexp_matches(coalesce(history, ''), '^F?r')) AS answered,
             bool_and(coalesce(orig_bytes, 0) = 0 AND coalesce(resp_bytes, 0) = 0 AND duration IS NOT NULL OR conn_state IN ('REJ', 'RSTRH')) AS silent, bool_or(conn_state = 'REJ' OR regexp_matches(coalesce(history, ''), '^(F|A|r)')) AS refused
      FROM conn c SEMI JOIN suspect s ON s.source = c."id.orig_h" AND s.target = c."id.resp_h" AND s.day = CAST(c.ts AS DATE)
      WHERE proto = 'tcp' AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2, 3, 4
    ), udp_suspect AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day FROM conn WHERE proto = 'udp' AND "id.resp_p" < 1024 GROUP BY 1, 2, 3 HAVING max("id.resp_p") - min("id.resp_p") >= $udp_ports - 1
    ), dense AS (
      SELECT *, port IN (902, 1556, 3260, 6106, 6160, 6162, 8007, 8400, 9101, 9102, 9103, 9392, 9398, 9401, 9419, 9877, 10000, 10006, 12800, 13724, 13782) AS is_backup, ts - lag(ts, $ports - 1) OVER (PARTITION BY source, target, day ORDER BY ts) <= to_minutes($minutes) AS reached,
             silent AND ts - lag(ts, $silent_ports - 1) OVER (PARTITION BY source, target, day, silent ORDER BY ts) <= to_minutes($minutes) AS hushed FROM tried
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, count(*) AS count,
           list(port ORDER BY port) FILTER (answered) AS open_ports, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds,
           coalesce(list(port ORDER BY port) FILTER (answered), []) AS answered,
           CASE WHEN target IN ${ESTATE} OR bool_or(answered AND port IN (902, 6160, 6162, 9392, 9401, 9419, 8007, 10000)) THEN 'medium' ELSE 'low' END AS severity
    FROM dense GROUP BY source, target, day
    HAVING ((bool_or(reached) OR count(*) FILTER (is_backup AND NOT answered) >= $backup_ports) AND count(*) FILTER (NOT answered) * 2 >= count(*))
        OR (bool_or(coalesce(hushed, false)) AND count(*) FILTER (silent) >= 0.9 * count(*) AND count(*) FILTER (refused) * 2 >= count(*))
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:200], count(*), source, target, count(*), list(port ORDER BY port) FILTER (answered), (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9, coalesce(list(port ORDER BY port) FILTER (answered), []), 'low'
    FROM (
      SELECT *, ts - lag(ts, $udp_ports - 1) OVER (PARTITION BY source, target, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM (
        SELECT "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid, bool_or(coalesce(resp_bytes, 0) > 0) AS answered
        FROM conn c SEMI JOIN udp_suspect s ON s.source = c."id.orig_h" AND s.target = c."id.resp_h" AND s.day = CAST(c.ts AS DATE)
        WHERE proto = 'udp' AND "id.resp_p" < 1024 AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS} GROUP BY 1, 2, 3, 4))
    GROUP BY source, target, day HAVING bool_or(reached) AND count(*) FILTER (NOT answered) * 2 >= count(*)`,
  explanation: "{source} tried {count} ports of {target} in {span_seconds}; open were {answered}.",
  falsePositives: ["Vulnerability scanners", "Products with dynamic port ranges"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "port-scan.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
