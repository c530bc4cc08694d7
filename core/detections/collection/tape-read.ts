import type { Detection } from "../detection.ts";
import { LEARNED_UNTIL } from "../sql.ts";

export const tapeRead: Detection = {
  id: "BT-CO-009",
  title: "Tape or library read outside a job",
  phase: "collection",
  attack: ["T1005"],
  severity: "medium",
  confidence: 0.6,
  basis: "fact",
  needs: ["block_op|ndmp"],
  learningDays: 7,
  parameters: { p: 0.02, octets: 1000 },
  // Tapes read, loaded or moved by a machine that did not in the first week, or in an hour of the week that has hardly any of the tape work.
  query: `
    WITH work AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(command, operation) AS act, coalesce(octets, 0) AS octets, coalesce(device, '') AS device, operation = 'TAPE_READ' OR operation = 'MOVER_READ' AS is_read, outcome IN ('granted', 'confirmed') AS done FROM ndmp
      WHERE operation IN ('TAPE_READ', 'TAPE_WRITE', 'MOVER_READ', 'MOVER_WRITE', 'SCSI_EXECUTE_CDB', 'TAPE_MTIO') AND coalesce(outcome, '') <> 'refused'
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce("user", initiator), operation, coalesce(octets, 0), coalesce(target, ''), regexp_matches(operation, '^(READ\\(6\\)|MOVE MEDIUM|LOAD)'), outcome IN ('granted', 'confirmed') FROM block_op
      WHERE regexp_matches(operation, '^(READ\\(6\\)|WRITE\\(6\\)|MOVE MEDIUM|EXCHANGE MEDIUM|LOAD)') AND outcome <> 'refused'
    ), known AS (
      SELECT target, list(DISTINCT source) AS sources, count(*) AS n FROM work WHERE ts <= ${LEARNED_UNTIL} GROUP BY target
    ), by_hour AS (
      SELECT target, isodow(ts) * 24 + hour(ts) AS hour_of_week, count(*) AS n FROM work WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    )
    SELECT min(w.ts) AS ts, max(w.ts) AS ts_last, list(w.rid ORDER BY w.ts)[:50] AS records, count(*) AS count, w.source, w.target, min(w."user") AS "user", min(w.device) AS object, list(DISTINCT w.act ORDER BY w.act)[:4] AS acts, sum(w.octets) AS read_octets, CASE WHEN bool_or(w.done) THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN NOT list_contains(min(k.sources), w.source) THEN 'it did not in the first ' || $learning_days || ' days' ELSE 'at an hour of the week that has no tape work' END AS unusual, CASE WHEN NOT list_contains(min(k.sources), w.source) THEN 'medium' ELSE 'low' END AS severity
    FROM work w JOIN known k ON k.target = w.target LEFT JOIN by_hour h ON h.target = w.target AND h.hour_of_week = isodow(w.ts) * 24 + hour(w.ts)
    WHERE w.ts > ${LEARNED_UNTIL} AND w.is_read AND (NOT list_contains(k.sources, w.source) OR coalesce(h.n, 0) < $p * k.n)
    GROUP BY w.source, w.target, CAST(w.ts AS DATE) HAVING sum(w.octets) >= $octets OR bool_or(w.act LIKE 'MOVE MEDIUM%')`,
  explanation: "{source} {loaded or read|to load or read} tapes in {target} ({acts}; {read_octets}): {unusual}.",
  falsePositives: ["A restore that was asked for"],
  references: ["https://attack.mitre.org/techniques/T1005/"],
  blindTo: [],
  samples: [
    { capture: "tape-reader.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
