import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const ndmpRecovery: Detection = {
  id: "BT-CO-005",
  title: "NDMP recovery by an unknown application",
  phase: "collection",
  attack: ["T1005"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["ndmp"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // A recovery by whoever is no backup server; it weighs most if the time of learning knows others who drive this server, or if the scope knows the estate.
  query: `
    WITH start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), driver AS (
      SELECT DISTINCT n."id.orig_h" AS source, n."id.resp_h" AS target FROM ndmp n, start s WHERE n.operation IN ('DATA_START_BACKUP', 'DATA_START_RECOVER', 'DATA_START_RECOVER_FILEHIST', 'MOVER_WRITE') AND n.ts <= s.learned AND s.is_long
    ), recovery AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, outcome, paths FROM ndmp WHERE operation IN ('DATA_START_RECOVER', 'DATA_START_RECOVER_FILEHIST', 'MOVER_READ')
    ), place AS (
      SELECT uid, min(address) AS mover FROM ndmp WHERE operation IN ('DATA_CONNECT', 'MOVER_CONNECT', 'DATA_LISTEN', 'MOVER_LISTEN') AND address IS NOT NULL GROUP BY uid
    )
    SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:50] AS records, count(*) AS count, r.source, r.target, min(r."user") AS "user", coalesce(min(p.mover), 'no address that was seen') AS mover, list_distinct(flatten(list(coalesce(r.paths, []))))[:4] AS paths,
           CASE WHEN bool_or(r.outcome = 'granted') THEN 'confirmed' WHEN bool_or(r.outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN r.source IN ${BACKUP_ACTORS} THEN 'it is a backup server or proxy' WHEN bool_or(k.source IS NOT NULL) THEN 'it drove this server in ' || $learned || ' as well' END AS explained,
           CASE WHEN min(s.is_long) OR r.target IN ${ESTATE} THEN 'high' ELSE 'low' END AS severity
    FROM recovery r JOIN start s ON true LEFT JOIN place p ON p.uid = r.uid LEFT JOIN driver k ON k.source = r.source AND k.target = r.target GROUP BY r.source, r.target, r.outcome`,
  explanation: "{user} on {source} {started|to start} an NDMP recovery on {target} (data: {mover}; paths: {paths}).",
  falsePositives: ["A new media server"],
  references: ["https://attack.mitre.org/techniques/T1005/"],
  blindTo: [],
  samples: [
    { capture: "ndmp-export.rows", findings: 1 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
