import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, SEALED } from "../sql.ts";

export const serviceQuery: Detection = {
  id: "BT-DI-019",
  title: "Services of another machine queried, or the right to manage them tested",
  phase: "discovery",
  attack: ["T1007", "T1069.001", "T1021.002"],
  severity: "low",
  confidence: 0.5,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { hosts: 3, minutes: 10 },
  // [MS-SCMR] 3.1.4: the manager opened 15, 27, 64, services listed 14, 26, 39, 41, 42 or asked about 6, 8, 17, 18, 29, 30, 40, and nothing created, changed, started or stopped.
  // A manager that is opened with all rights and closed again is how tools find machines on which they are administrators.
  // Records are looked up at the end, for those sessions that are shown: lists of them for each of a hundred thousand sessions do not fit into the database's memory.
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, opnum, outcome, target_name, ${SEALED} AS hidden FROM dce_rpc
      WHERE endpoint = 'svcctl' AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), session AS (
      SELECT uid, source, target, min("user") AS "user", min(ts) AS ts, max(ts) AS ts_last,
             bool_or(opnum IN (14, 26, 39, 41, 42)) AS lists, bool_or(opnum IN (6, 8, 16, 17, 18, 28, 29, 30, 40)) AS asks,
             min(target_name) FILTER (opnum IN (16, 28)) AS service, bool_or(outcome = 'confirmed' AND opnum IN (6, 14, 15, 17, 26, 27, 39, 40, 42, 64)) AS done, bool_or(outcome = 'confirmed' AND NOT hidden AND opnum IN (6, 14, 15, 17, 26, 27, 39, 40, 42, 64)) AS is_read, bool_or(outcome = 'confirmed' AND NOT hidden AND opnum IN (14, 26, 39, 41, 42)) AS is_listed, bool_and(outcome = 'refused') AS refused
      FROM call GROUP BY uid, source, target
      HAVING NOT bool_or(opnum IN (1, 2, 4, 11, 12, 19, 20, 23, 24, 31, 36, 37, 44, 45, 50, 51, 60, 61)) AND bool_or(opnum IN (15, 27, 64))
    ), day AS MATERIALIZED (
      SELECT row_number() OVER () AS nr, source, "user", count(DISTINCT target) AS hosts, count(DISTINCT target) FILTER (refused) AS refused_count, min(ts) AS ts, max(ts_last) AS ts_last, arg_min(uid, ts, 200) AS uids, list(DISTINCT target ORDER BY target) AS targets,
             bool_or(lists) AS lists, bool_or(asks) AS asks, min(service) AS service, bool_or(done) AS done, bool_or(is_read) AS is_read, coalesce(bool_or(is_listed), false) AS is_listed, bool_and(refused) AS refused
      FROM session GROUP BY source, "user", CAST(ts AS DATE)
    ), kept AS (
      SELECT nr, list(rid ORDER BY place, call.ts)[:200] AS rids
      FROM (SELECT nr, unnest(uids) AS uid, generate_subscripts(uids, 1) AS place FROM day) JOIN call USING (uid) GROUP BY nr
    )
    SELECT ts, ts_last, rids AS records, source, CASE WHEN hosts = 1 THEN targets[1] END AS target, "user", hosts AS count, refused_count, targets, service AS object,
           CASE WHEN refused THEN 'asked (and was refused) ' WHEN NOT coalesce(is_read, false) THEN 'asked ' WHEN lists AND is_listed THEN 'listed the services' WHEN lists OR asks THEN 'asked ' ELSE 'opened and closed the service manager' END
             || CASE WHEN lists THEN CASE WHEN is_listed THEN '' ELSE 'for the services' END WHEN asks THEN 'about service ' || coalesce(service, '(name sealed)') WHEN is_read THEN '' ELSE 'for the service manager' END AS did,
           coalesce(done, false) AND NOT coalesce(is_read, false) AS unread,
           CASE WHEN hosts >= $hosts OR list_has_any(targets, (SELECT coalesce(list(address), []) FROM assets WHERE in_estate)) THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN done THEN 'confirmed' WHEN refused THEN 'refused' ELSE 'attempted' END AS outcome
    FROM day JOIN kept USING (nr)`,
  explanation: "{user} on {source} {did} of {count} hosts over the network and changed nothing: {targets}.",
  falsePositives: ["Administrators' consoles", "Monitoring and inventory products"],
  references: ["https://attack.mitre.org/techniques/T1007/", "MS-SCMR 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "service-query.rows", findings: 1 },
    { capture: "remote-service.pcapng", findings: 0 },
  ],
};
