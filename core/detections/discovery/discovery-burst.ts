import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, CONTROLLERS, GROUP_OUTCOME, NOT_GRANTED, onlyUnread, SEALED } from "../sql.ts";

export const discoveryBurst: Detection = {
  id: "BT-DI-008",
  title: "Burst of Windows discovery calls",
  phase: "discovery",
  attack: ["T1016", "T1018", "T1033", "T1069.002", "T1082", "T1083", "T1087.002", "T1124", "T1135"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { calls: 10, kinds: 4, hosts: 3, minutes: 5 },
  // The calls that BZAR counts as discovery, in samr, lsarpc, srvsvc, wkssvc and netlogon, from one source to whatever hosts.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", endpoint || ' ' || operation AS operation, outcome, ${SEALED} AS hidden FROM dce_rpc
      WHERE ((endpoint = 'samr' AND opnum IN (6, 8, 11, 13, 15, 16, 17, 18, 19, 25, 27, 33, 36, 39, 40, 41, 46, 47, 48, 51))
          OR (endpoint = 'lsarpc' AND opnum IN (7, 11, 13, 14, 15, 35, 36, 39, 46, 50, 53, 57, 58, 68, 76, 77))
          OR (endpoint = 'srvsvc' AND opnum IN (8, 9, 10, 12, 15, 16, 19, 21, 23, 26, 28, 36))
          OR (endpoint = 'wkssvc' AND opnum IN (0, 2, 5, 11, 13, 20))
          OR (endpoint = 'netlogon' AND opnum IN (11, 13, 20, 27, 28, 34, 36, 40)))
        AND "id.orig_h" NOT IN ${CONTROLLERS} AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), first_of AS (
      SELECT *, row_number() OVER (PARTITION BY source, target, operation, epoch_ms(ts) // ($minutes * 60000) ORDER BY ts) = 1 AS is_new FROM call
    ), counted AS (
      SELECT *, count(*) OVER w AS recent, count(*) FILTER (is_new) OVER w AS fresh FROM first_of
      WINDOW w AS (PARTITION BY source ORDER BY ts RANGE BETWEEN to_minutes($minutes) PRECEDING AND CURRENT ROW)
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source ORDER BY ts) > to_minutes($minutes) AS apart FROM counted
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source ORDER BY ts) AS number FROM paced
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(*) AS count, source,
           CASE WHEN count(DISTINCT target) = 1 THEN min(target) END AS target, min("user") AS "user", count(DISTINCT target) AS targets, count(DISTINCT operation) AS different,
           list(DISTINCT operation ORDER BY operation) AS operations, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds,
           CASE WHEN count(DISTINCT target) >= $hosts THEN 'medium' ELSE 'low' END AS severity, ${GROUP_OUTCOME} AS outcome, ${onlyUnread("hidden")} AS unread
    FROM run GROUP BY source, number
    HAVING max(recent) >= $calls AND max(fresh) >= $kinds AND count(DISTINCT operation) >= $kinds`,
  explanation:
    "{user} on {source} made {count} Windows discovery calls of {different} kinds in {span_seconds}, to {targets} hosts: {operations}.",
  falsePositives: ["Scanners and identity products", "Administrators' consoles"],
  references: ["https://attack.mitre.org/techniques/T1087/002/", "https://github.com/mitre-attack/bzar"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "discovery-burst.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
