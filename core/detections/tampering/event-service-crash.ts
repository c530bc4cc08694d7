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
    )
    SELECT min(c.ts) AS ts, max(g.ts) AS ts_last, list_concat(list(DISTINCT c.rid ORDER BY c.rid)[:50], list(DISTINCT g.rid ORDER BY g.rid)[:50]) AS records, count(DISTINCT c.rid) AS count,
           c.source, c.target, any_value(c."user") AS "user", list(DISTINCT c.operation ORDER BY c.operation) AS operations, any_value(c.target_name) AS object, (epoch_ns(min(g.ts)) - epoch_ns(min(c.ts))) / 1e9 AS after_seconds, arg_min(g.sign, g.ts) AS sign, 'confirmed' AS outcome
    FROM call c JOIN gone g ON g.target = c.target AND g.source = c.source AND g.ts > c.ts AND g.ts <= c.ts + to_seconds($seconds)
    GROUP BY c.source, c.target`,
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
