import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE, SEALED } from "../sql.ts";

export const shareEnumeration: Detection = {
  id: "BT-DI-004",
  title: "Share enumeration",
  phase: "discovery",
  attack: ["T1135"],
  severity: "medium",
  confidence: 0.65,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { hosts: 5, minutes: 10 },
  // [MS-SRVS] 3.1.4: NetrShareEnum 15, NetrShareEnumSticky 36. One look at a file server is ordinary; the estate or many hosts are not.
  query: `
    WITH call AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:20] AS rids,
             min("user") AS "user", bool_or(outcome = 'confirmed') AS done, bool_or(outcome = 'confirmed' AND NOT ${SEALED}) AS is_read, bool_and(outcome = 'refused') AS refused
      FROM dce_rpc
      WHERE endpoint = 'srvsvc' AND opnum IN (15, 36) AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
      GROUP BY 1, 2, 3
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM call
    ), grouped AS (
      SELECT source, day, min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, count(*) AS count,
             min("user") AS "user", list(target ORDER BY ts) AS targets, bool_or(coalesce(reached, false)) AS reached,
             bool_or(target IN ${ESTATE}) AS touched, first(target ORDER BY ts) FILTER (target IN ${ESTATE}) AS estate_target, bool_or(done) AS done, bool_or(is_read) AS is_read, bool_and(refused) AS all_refused, count(*) FILTER (refused) AS refused_count
      FROM dense GROUP BY source, day
    )
    SELECT ts, ts_last, records, source, coalesce(estate_target, CASE WHEN count = 1 THEN targets[1] END) AS target, "user", count, refused_count, targets,
           CASE WHEN done THEN 'confirmed' WHEN all_refused THEN 'refused' ELSE 'attempted' END AS outcome, coalesce(done, false) AND NOT coalesce(is_read, false) AS unread,
           CASE WHEN is_read THEN 'listed' WHEN done THEN 'asked for' WHEN all_refused THEN 'asked (and was refused) for' ELSE 'asked (success was not seen) for' END AS did,
           CASE WHEN reached OR touched THEN 'medium' ELSE 'low' END AS severity
    FROM grouped`,
  explanation: "{user} on {source} {did} the shares of {count} hosts: {targets}.",
  falsePositives: ["File browser of an administrator", "Backup software listing shares to protect"],
  references: ["https://attack.mitre.org/techniques/T1135/", "MS-SRVS 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "share-enumeration.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
