import type { Detection } from "../detection.ts";
import { ADMIN_PROTOCOL, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const backupServerAsClient: Detection = {
  id: "BT-LM-019",
  title: "Backup server acts as a client outside its job set",
  phase: "lateral-movement",
  attack: ["T1021", "T1078"],
  severity: "high",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: {},
  query: `
    WITH opened AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, ${ADMIN_PROTOCOL} AS protocol
      FROM conn WHERE proto = 'tcp' AND resp_bytes > 0 AND "id.orig_h" IN ${ESTATE} AND ${ADMIN_PROTOCOL} IS NOT NULL
    ), contact AS (
      SELECT source, target, protocol, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count
      FROM opened WHERE protocol IS NOT NULL GROUP BY source, target, protocol
    ), met AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts FROM conn WHERE "id.orig_h" IN ${ESTATE} GROUP BY ALL
    ), habit AS (
      SELECT source, protocol, count(*) AS targets FROM contact WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    )
    SELECT c.ts, c.ts_last, c.records, c.count, c.source, c.target, c.protocol,
           CASE WHEN h.targets IS NULL THEN 'a protocol that it used with no host before' ELSE 'a host with which it never spoke it before' END AS new_text,
           CASE WHEN m.ts < c.ts AND m.ts <= ${LEARNED_UNTIL} THEN 'medium' ELSE 'high' END AS severity, 'confirmed' AS outcome
    FROM contact c
    LEFT JOIN met m ON m.source = c.source AND m.target = c.target
    LEFT JOIN habit h ON h.source = c.source AND h.protocol = c.protocol
    WHERE c.ts > ${LEARNED_UNTIL}`,
  explanation:
    "{source}, part of the backup estate, opened {protocol} to {target} {count} times: {new_text} in {learned}.",
  falsePositives: ["A host newly added to a job"],
  references: ["https://attack.mitre.org/techniques/T1021/"],
  blindTo: [],
  samples: [
    { capture: "backup-server-as-client.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
