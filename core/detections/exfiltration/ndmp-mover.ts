import type { Detection } from "../detection.ts";
import { ESTATE, INSIDE } from "../sql.ts";

export const ndmpMover: Detection = {
  id: "BT-EX-019",
  title: "NDMP data stream to an unknown mover",
  phase: "exfiltration",
  attack: ["T1048.003", "T1020"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["ndmp"],
  learningDays: 0,
  parameters: {},
  // A third address in the arguments of the data connection, neither end of the session, with a backup that is started on it. Outside it is certain; inside it matters if the estate is known and does not have it.
  query: `
    WITH place AS (
      SELECT uid, "id.orig_h" AS source, "id.resp_h" AS target, ts, rid, "user", operation, regexp_extract(address, '^\\[?(.*?)\\]?:[0-9]+$', 1) AS mover, TRY_CAST(regexp_extract(address, ':([0-9]+)$', 1) AS INTEGER) AS port, outcome
      FROM ndmp WHERE operation IN ('DATA_CONNECT', 'MOVER_CONNECT', 'DATA_LISTEN', 'MOVER_LISTEN') AND address IS NOT NULL AND address <> 'local'
    ), third AS (
      SELECT * FROM place WHERE mover <> '' AND mover NOT IN (source, target) AND mover NOT IN ('0.0.0.0', '::', '127.0.0.1') AND operation IN ('DATA_CONNECT', 'MOVER_CONNECT')
    ), estate_known AS (
      SELECT count(*) > 0 AS yes FROM assets WHERE in_estate
    ), run AS (
      SELECT uid, bool_or(outcome = 'granted') AS started, list(rid ORDER BY rid)[:10] AS rids FROM ndmp WHERE operation IN ('DATA_START_BACKUP', 'MOVER_WRITE', 'MOVER_READ') GROUP BY uid
    ), stream AS (
      SELECT t.source, t.target, t.mover, list(DISTINCT c.rid ORDER BY c.rid)[:20] AS records, sum(c.orig_bytes + c.resp_bytes) AS octets, max(c.ts) AS ts FROM (SELECT DISTINCT source, target, mover, port, ts FROM third) t
      JOIN conn c ON c."id.orig_h" = t.target AND c."id.resp_h" = t.mover AND c."id.resp_p" = t.port AND c.ts BETWEEN t.ts - INTERVAL 1 MINUTE AND t.ts + INTERVAL 10 MINUTE GROUP BY ALL
    )
    SELECT min(t.ts) AS ts, greatest(max(t.ts), max(s.ts)) AS ts_last, list(t.rid ORDER BY t.ts)[:50] || flatten(list(coalesce(r.rids, [])))[:20] || min(coalesce(s.records, [])) AS records, count(*) AS count, t.source, t.target, min(t."user") AS "user", t.mover, t.mover AS object,
           CASE WHEN bool_or(r.started) THEN ' and started the backup' ELSE '' END AS started_text, CASE WHEN max(s.octets) IS NULL THEN 'the connection itself was not captured' ELSE 'the connection to it carried ' || formatReadableDecimalSize(CAST(max(s.octets) AS BIGINT)) END AS stream_text, CASE WHEN bool_or(r.started) OR bool_or(t.outcome = 'granted') THEN 'confirmed' WHEN bool_or(t.outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN t.mover NOT IN ${INSIDE} AND NOT regexp_matches(t.mover, '^(10\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|f[cd]|fe80)') THEN 'critical' WHEN min(e.yes) THEN 'high' ELSE 'low' END AS severity
    FROM third t CROSS JOIN estate_known e LEFT JOIN run r ON r.uid = t.uid LEFT JOIN stream s ON s.source = t.source AND s.target = t.target AND s.mover = t.mover
    WHERE t.mover NOT IN ${ESTATE} GROUP BY t.source, t.target, t.mover`,
  explanation:
    "By NDMP, {source} told {target} to connect its data stream to {mover}{started_text}; that is neither of the two and no mover that is known; {stream_text}.",
  falsePositives: ["A new tape server"],
  references: ["https://attack.mitre.org/techniques/T1048/003/"],
  blindTo: [],
  samples: [
    { capture: "ndmp-export.rows", findings: 1 },
    { capture: "ndmp.pcapng", findings: 0 },
  ],
};
