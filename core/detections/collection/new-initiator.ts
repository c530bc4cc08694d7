import type { Detection } from "../detection.ts";
import { LEARNED_UNTIL } from "../sql.ts";

export const newInitiator: Detection = {
  id: "BT-CO-006",
  title: "Block device attached by a new initiator",
  phase: "collection",
  attack: ["T1006", "T1005"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["iscsi|nbd"],
  learningDays: 7,
  parameters: {},
  // Disks and tapes over iSCSI and NBD whose initiators are known from the first week.
  query: `
    WITH attached AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, initiator, coalesce(target, '') AS unit, coalesce(octets_read, 0) AS octets_read, coalesce(octets_written, 0) AS octets_written, success, luns, 'iSCSI' AS protocol FROM iscsi WHERE coalesce(session_type, 'Normal') = 'Normal'
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "id.orig_h", coalesce(export, ''), coalesce(octets_read, 0), coalesce(octets_written, 0), success, NULL, 'NBD' FROM nbd
    ), known AS (
      SELECT target, unit, list(DISTINCT initiator) AS initiators, list(DISTINCT source) AS sources FROM attached WHERE ts <= ${LEARNED_UNTIL} AND coalesce(success, true) GROUP BY ALL
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:50] AS records, count(*) AS count, a.source, a.target, coalesce(a.initiator, a.source) AS initiator, a.unit, a.unit AS object, min(a.protocol) AS protocol, sum(a.octets_read) AS read_octets, sum(a.octets_written) AS written_octets, min(k.initiators)[:3] AS usual,
           CASE WHEN sum(a.octets_read + a.octets_written) > 0 OR bool_or(a.success) THEN 'confirmed' WHEN bool_or(NOT a.success) THEN 'refused' ELSE 'attempted' END AS outcome, CASE WHEN sum(a.octets_read) = 0 AND sum(a.octets_written) = 0 THEN 'medium' ELSE 'high' END AS severity
    FROM attached a JOIN known k ON k.target = a.target AND k.unit = a.unit
    WHERE a.ts > ${LEARNED_UNTIL} AND NOT (list_contains(k.initiators, a.initiator) AND list_contains(k.sources, a.source))
    GROUP BY a.source, a.target, a.initiator, a.unit, coalesce(a.success, true)`,
  explanation:
    "{initiator} at {source} {attached|to attach} {unit} of {target} over {protocol} (read {read_octets}, wrote {written_octets}); in the first {learning_days} days only {usual} did.",
  falsePositives: ["A host that was replaced"],
  references: ["https://attack.mitre.org/techniques/T1006/"],
  blindTo: [],
  samples: [
    { capture: "new-initiator.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
