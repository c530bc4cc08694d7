import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const eventServiceCrash: Detection = {
  id: "BT-TI-043",
  title: "Event log service crashed remotely",
  phase: "tampering",
  attack: ["T1562.002", "T1499.004"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { seconds: 60 },
  // A call of the event service that ends in a fault or is never answered, and then its pipe is gone or the bind is refused:
  // what remains of a service that died of the call. [MS-EVEN] 3.1.4, [MS-EVEN6] 3.1.4
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, target_name FROM dce_rpc
      WHERE endpoint IN ('eventlog', 'IEventService', 'even6') AND operation IS NOT NULL AND (outcome = 'attempted' OR fault)
    ), gone AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, 'its pipe was not there any more' AS sign FROM smb_operations
      WHERE action = 'open' AND regexp_matches(name, '(?i)^\\\\?eventlog$')
        AND status IN ('STATUS_OBJECT_NAME_NOT_FOUND', 'STATUS_PIPE_NOT_AVAILABLE', 'STATUS_PIPE_DISCONNECTED', 'STATUS_PIPE_CLOSING')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", 'its pipe was broken' FROM smb_operations
      WHERE regexp_matches(name, '(?i)^\\\\?eventlog$') AND status IN ('STATUS_PIPE_BROKEN', 'STATUS_PIPE_EMPTY', 'STATUS_PIPE_DISCONNECTED')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", 'it took no more binds' FROM dce_rpc WHERE endpoint IN ('eventlog', 'IEventService', 'even6') AND operation IS NULL AND outcome = 'refused'
    ), failed AS (
      -- Calls that a sign followed soon, and signs that followed one.
      SELECT c.source, c.target, min(c.ts) AS ts, list(DISTINCT c.rid ORDER BY c.rid)[:50] AS rids, count(DISTINCT c.rid) AS count, min(c."user") AS "user", list(DISTINCT c.operation ORDER BY c.operation) AS operations, min(c.target_name) AS object
      FROM call c ASOF JOIN (SELECT DISTINCT source, target, ts FROM gone) g ON g.source = c.source AND g.target = c.target AND g.ts > c.ts WHERE g.ts <= c.ts + to_seconds($seconds) GROUP BY c.source, c.target
    ), seen AS (
      SELECT g.source, g.target, min(g.ts) AS ts, max(g.ts) AS ts_last, list(DISTINCT g.rid ORDER BY g.rid)[:50] AS rids, arg_min(g.sign, { ts: g.ts, rid: g.rid }) AS sign
      FROM gone g ASOF JOIN (SELECT DISTINCT source, target, ts FROM call) c ON c.source = g.source AND c.target = g.target AND c.ts < g.ts WHERE g.ts <= c.ts + to_seconds($seconds) GROUP BY g.source, g.target
    )
    SELECT c.ts, g.ts_last, list_concat(c.rids, g.rids) AS records, c.count, c.source, c.target, c."user", c.operations, c.object, (epoch_ns(g.ts) - epoch_ns(c.ts)) / 1e9 AS after_seconds, g.sign, 'confirmed' AS outcome
    FROM failed c JOIN seen g ON g.source = c.source AND g.target = c.target`,
  explanation:
    "{user} on {source} called {operations} of the event log service of {target}, which gave no ordinary answer; within {after_seconds} {sign}, as when the service died of the call. What happened then is not in its logs.",
  falsePositives: ["A machine that shuts down at that moment"],
  references: ["https://attack.mitre.org/techniques/T1562/002/", "MS-EVEN 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "event-service-crash.rows", findings: 1 },
    { capture: "event-log-clear.pcapng", findings: 0 },
  ],
};
