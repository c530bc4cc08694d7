import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const snmpWalk: Detection = {
  id: "BT-DI-012",
  title: "SNMP walk on storage or library",
  phase: "discovery",
  attack: ["T1602", "T1082"],
  severity: "low",
  confidence: 0.6,
  basis: "fact",
  needs: ["snmp"],
  learningDays: 0,
  parameters: { requests: 200, minutes: 10 },
  query: `
    WITH asked AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(get_requests, 0) + coalesce(get_bulk_requests, 0) AS requests, community, "user", coalesce(get_responses, 0) AS responses FROM snmp
      WHERE "id.orig_h" NOT IN ${ADMIN_HOSTS} AND "id.orig_h" NOT IN ${BACKUP_ACTORS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target ORDER BY ts) > to_minutes($minutes) AS apart FROM asked
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target ORDER BY ts) AS number FROM paced
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, sum(requests) AS count, min("user") AS "user",
           coalesce(min(community), 'none') AS community, CASE WHEN sum(responses) > 0 THEN 'confirmed' ELSE 'attempted' END AS outcome
    FROM run GROUP BY source, target, number
    HAVING sum(requests) >= $requests AND (target IN ${ESTATE_OR_HYPERVISOR} OR lower(min(community)) IN ('public', 'private', 'manager', 'admin', 'write', 'cisco', 'snmp'))`,
  explanation: "{source} asked {target} for {count} SNMP variables in one go (community {community}).",
  falsePositives: ["New monitoring server"],
  references: ["https://attack.mitre.org/techniques/T1602/"],
  blindTo: [],
  samples: [
    { capture: "snmp-walk.rows", findings: 1 },
    { capture: "snmp.pcapng", findings: 0 },
  ],
};
