import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, doneOrAsked, ESTATE, onlyUnread, SEALED } from "../sql.ts";

export const serviceStop: Detection = {
  id: "BT-TI-033",
  title: "Backup or security services stopped remotely",
  phase: "tampering",
  attack: ["T1489", "T1562.001"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { services: 3, hosts: 3, minutes: 10 },
  // [MS-SCMR] 3.1.4: ControlService 1, ControlServiceExW 51, ChangeServiceConfigW 11 and A 23. Deletions of throw-away services belong to other detections.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", target_name, outcome, ${SEALED} AS hidden,
             regexp_matches(coalesce(target_name, ''), '${BACKUP_COMPONENT_PATTERN}|(?i)^(vss|swprv|sqlwriter|windefend|sense|mpssvc|wscsvc|eventlog)$') AS is_named,
             EXISTS (SELECT 1 FROM dce_rpc s WHERE s.endpoint = 'svcctl' AND s.opnum IN (19, 31) AND s."id.orig_h" = c."id.orig_h" AND s."id.resp_h" = c."id.resp_h" AND s.target_name = c.target_name
                     AND s.outcome IS DISTINCT FROM 'refused' AND s.ts BETWEEN c.ts AND c.ts + to_minutes($minutes)) AS is_restarted,
             regexp_matches(coalesce(target_name, ''), '${BACKUP_COMPONENT_PATTERN}|(?i)^(vss|swprv|vds|sqlwriter|mssql.*|sqlagent.*|windefend|sense|mpssvc|wscsvc|wuauserv|eventlog)$') AS is_guard
      FROM dce_rpc c WHERE endpoint = 'svcctl' AND (opnum IN (11, 23) OR (opnum IN (1, 51) AND coalesce(detail, 'stop') = 'stop'))
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) AS number FROM paced
    ), joined AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS calls,
             count(DISTINCT coalesce(target_name, rid)) AS count, sum(count(DISTINCT coalesce(target_name, rid))) OVER (PARTITION BY source, target, "user", number) AS all_count, source, target, "user", bool_or(is_guard) AS has_guard, bool_or(is_named) AS has_named, bool_and(is_restarted) FILTER (is_guard) AS restarted,
             list(DISTINCT target_name ORDER BY target_name) FILTER (target_name IS NOT NULL) AS names, bool_and(target_name IS NULL) AS sealed,
             bool_or(outcome = 'confirmed') AS confirmed, bool_and(outcome = 'refused') AS refused,
             ${doneOrAsked("stopped or reconfigured", "stop or reconfigure", "hidden")} AS did, ${onlyUnread("hidden")} AS unread
      FROM run GROUP BY source, target, "user", number, outcome
    ), reach AS (
      SELECT *, count(DISTINCT target) OVER (PARTITION BY source, date_trunc('hour', ts)) AS reached FROM joined
    )
    SELECT ts, ts_last, records, source, target, "user", count, names[1] AS object, coalesce(names, ['names sealed']) AS services,
           CASE WHEN refused OR restarted THEN 'medium' WHEN has_guard AND target IN ${ESTATE} THEN 'critical' WHEN has_named THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN confirmed THEN 'confirmed' WHEN refused THEN 'refused' ELSE 'attempted' END AS outcome,
           did, unread,
           CASE WHEN sealed THEN 'inference' ELSE 'fact' END AS basis,
           CASE WHEN source IN ${BACKUP_ACTORS} AND (sealed OR list_bool_and([regexp_matches(name, '${BACKUP_COMPONENT_PATTERN}|(?i)^(vss|swprv)$') FOR name IN names]))
                THEN 'A backup server or proxy controls the services of its own components' END AS explained
    FROM reach WHERE has_guard OR all_count >= $services OR reached >= $hosts`,
  explanation: "{user} on {source} {did} {count} services on {target}: {services}.",
  falsePositives: ["Patch installers", "Service management from a management host"],
  references: ["https://attack.mitre.org/techniques/T1489/", "MS-SCMR 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "service-stop.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
