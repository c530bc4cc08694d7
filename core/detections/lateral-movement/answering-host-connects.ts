import type { Detection } from "../detection.ts";
import { CONTROLLERS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const answeringHostConnects: Detection = {
  id: "BT-BL-003",
  title: "Host that only answered begins to connect",
  phase: "lateral-movement",
  attack: ["T1021", "T1046"],
  severity: "medium",
  confidence: 0.65,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { lo: 0.05, hi: 0.3, n: 5, least: 20 },
  // Names, time, directory and web traffic do not count, nor does what stays within the estate.
  query: `
    WITH session AS (
      SELECT rid, ts, "id.orig_h" AS host, "id.resp_h" AS peer, true AS opened FROM estate_conn
      WHERE proto = 'tcp' AND "id.orig_h" IN ${ESTATE} AND "id.resp_p" NOT IN (53, 80, 88, 123, 135, 389, 443, 464, 636, 3268, 3269) AND "id.resp_h" NOT IN ${ESTATE} AND "id.resp_h" NOT IN ${CONTROLLERS}
      UNION ALL
      SELECT rid, ts, "id.resp_h", "id.orig_h", false FROM estate_conn WHERE proto = 'tcp' AND "id.resp_h" IN ${ESTATE}
    ), before AS (
      SELECT host, count(*) AS sessions, count(*) FILTER (opened) / count(*) AS share, list(DISTINCT peer) FILTER (opened) AS peers FROM session WHERE ts <= ${LEARNED_UNTIL} GROUP BY host
    ), hour AS (
      SELECT host, date_trunc('hour', CAST(ts AS TIMESTAMP)) AS hour, min(ts) FILTER (opened) AS ts, max(ts) FILTER (opened) AS ts_last, count(*) FILTER (opened) AS opened, count(*) AS sessions,
             count(DISTINCT peer) FILTER (opened) AS peers, list(rid ORDER BY ts) FILTER (opened)[:50] AS records, CASE WHEN count(DISTINCT peer) FILTER (opened) = 1 THEN min(peer) FILTER (opened) END AS target
      FROM session WHERE ts > ${LEARNED_UNTIL} GROUP BY ALL
    )
    SELECT h.ts, h.ts_last, h.records, h.opened AS count, h.host AS source, h.target, h.peers, round(100 * b.share, 1) AS usual, round(100 * h.opened / h.sessions) AS percent, 'confirmed' AS outcome
    FROM hour h JOIN before b ON b.host = h.host
    WHERE b.sessions >= $least AND b.share <= $lo AND h.opened >= $n AND h.opened / h.sessions >= $hi`,
  explanation:
    "{source}, which opened {usual} % of its sessions in {learned}, opened {count} sessions to {peers} hosts within an hour ({percent} % of its sessions then).",
  falsePositives: ["Scheduled updates", "A newly installed agent"],
  references: ["https://attack.mitre.org/techniques/T1021/"],
  blindTo: [],
  samples: [
    { capture: "answering-host-connects.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
