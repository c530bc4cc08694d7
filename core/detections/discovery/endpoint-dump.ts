import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, NOT_GRANTED } from "../sql.ts";

export const endpointDump: Detection = {
  id: "BT-DI-003",
  title: "Endpoint-mapper dump",
  phase: "discovery",
  attack: ["T1046"],
  severity: "medium",
  confidence: 0.8,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 30, interfaces: 10 },
  // ept_lookup 2 lists everything, unless it names an interface or object; programs that want one service do that, or use ept_map 3. Any server tells its interfaces when inq_if_ids 0 of the management interface is called. [C706] appendix O, appendix Q
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, operation, CASE WHEN opnum = 2 THEN target_name END AS wanted FROM dce_rpc
      WHERE ((endpoint = 'epmapper' AND opnum = 2) OR (endpoint = 'mgmt' AND opnum = 0)) AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target ORDER BY ts) AS number FROM paced
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS record_count, count(*) AS count, source, target,
           min("user") AS "user", list(DISTINCT operation ORDER BY operation) AS operations, CASE WHEN bool_or(outcome = 'confirmed') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'listed' WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) for' ELSE 'asked (success was not seen) for' END AS did
    FROM run GROUP BY source, target, number HAVING bool_or(wanted IS NULL) OR count(DISTINCT wanted) >= $interfaces`,
  explanation: "{source} {did} the RPC services of {target} ({count} calls of {operations}).",
  falsePositives: ["Asset management tools"],
  references: ["https://attack.mitre.org/techniques/T1046/"],
  blindTo: [],
  samples: [
    { capture: "endpoint-dump.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "one-endpoint.rows", findings: 0 },
  ],
};
