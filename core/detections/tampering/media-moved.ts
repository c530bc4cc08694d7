import type { Detection } from "../detection.ts";
import { ANSWER, runsOf } from "./ledger-sql.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const mediaMoved: Detection = {
  id: "BT-TI-027",
  title: "Media moved or exported outside a job",
  phase: "tampering",
  attack: ["T1490"],
  severity: "medium",
  confidence: 0.6,
  basis: "fact",
  needs: ["ndmp|block_op|syslog"],
  learningDays: 0,
  parameters: { n: 10, window_minutes: 30 },
  // A job moves a tape to write it: a host that also writes tapes within the window moves them for that.
  query: `
    WITH move AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(device, 'the library') AS device, outcome FROM ndmp WHERE command IN ('MOVE MEDIUM', 'EXCHANGE MEDIUM')
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", "user", target || coalesce(' LUN ' || lun, ''), outcome FROM block_op WHERE operation IN ('MOVE MEDIUM', 'EXCHANGE MEDIUM')
    ), writing AS (
      SELECT DISTINCT "id.orig_h" AS source, CAST(ts AS DATE) AS day FROM ndmp WHERE operation IN ('TAPE_WRITE', 'DATA_START_BACKUP') AND outcome = 'granted'
    ), moved AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, min("user") AS "user", device AS object,
             min(${ANSWER}) AS outcome
      FROM ${runsOf("move", "source, target, device")} GROUP BY source, target, device, number, ${ANSWER} QUALIFY sum(count(*)) OVER (PARTITION BY source, target, device, number) >= $n
    )
    SELECT m.*, CASE WHEN bool_or(w.source IS NOT NULL) OVER (PARTITION BY m.source, m.ts) THEN 'low' ELSE 'medium' END AS severity, m.count || CASE outcome WHEN 'confirmed' THEN ' media were moved in ' WHEN 'refused' THEN ' moves of media were refused in ' ELSE ' moves of media were asked for (no answer was seen) in ' END || object || ' of' AS did
    FROM moved m LEFT JOIN writing w ON w.source = m.source AND w.day = CAST(m.ts AS DATE)
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, "user", min(coalesce(object, description)) AS object,
           'confirmed' AS outcome, 'low' AS severity, 'the product told of media leaving the library ("' || min(description) || '"):' AS did
    FROM ${VEEAM_EVENTS} WHERE event IN (119, 121) GROUP BY reporter, "user", CAST(ts AS DATE)`,
  explanation: "By {user} on {source}: {did} {target}.",
  falsePositives: ["Off-site rotation"],
  references: ["SMC-3", "https://helpcenter.veeam.com/docs/vbr/events/"],
  blindTo: [{ text: "libraries that are attached without a network", query: null }],
  samples: [
    { capture: "media-moved.rows", findings: 1 },
    { capture: "ndmp.pcapng", findings: 0 },
  ],
};
