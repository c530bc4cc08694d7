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
  parameters: { grace_hours: 24, octets: 1_000_000 },
  // A host that is newly protected sends the estate its data soon after, in a window of a job.
  query: `
    WITH opened AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, ${ADMIN_PROTOCOL} AS protocol
      FROM estate_conn WHERE proto = 'tcp' AND resp_bytes > 0 AND "id.orig_h" IN ${ESTATE} AND ${ADMIN_PROTOCOL} IS NOT NULL
    ), contact AS (
      SELECT source, target, protocol, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count
      FROM opened WHERE protocol IS NOT NULL GROUP BY source, target, protocol
    ), met AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts FROM estate_conn WHERE "id.orig_h" IN ${ESTATE} GROUP BY ALL
    ), joined AS (
      SELECT DISTINCT c.source, c.target, c.protocol
      FROM contact c JOIN transfers t ON t.sender = c.target AND t.way IN ('to store', 'to estate') AND t.in_window AND t.octets >= $octets AND t.ts BETWEEN c.ts AND c.ts + to_hours(CAST($grace_hours AS INTEGER))
    ), habit AS (
      SELECT source, protocol, count(*) AS targets FROM contact WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    )
    SELECT c.ts, c.ts_last, c.records, c.count, c.source, c.target, c.protocol,
           CASE WHEN h.targets IS NULL THEN 'a protocol that it used with no host before' ELSE 'a host with which it never spoke it before' END AS new_text,
           CASE WHEN m.ts < c.ts AND m.ts <= ${LEARNED_UNTIL} THEN 'medium' ELSE 'high' END AS severity, 'confirmed' AS outcome,
           CASE WHEN g.target IS NOT NULL THEN 'The host was newly added to a job: within ' || $grace_hours || ' hours it sent its data to the estate in a window of a job' END AS explained
    FROM contact c
    LEFT JOIN joined g ON g.source = c.source AND g.target = c.target AND g.protocol = c.protocol
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
