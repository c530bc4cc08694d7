import type { Detection } from "../detection.ts";
import { INSIDE, OUTSIDE } from "../sql.ts";

export const firstDownload: Detection = {
  id: "BT-IA-026",
  title: "Download from a host never reached before, then the first act that another detection tells",
  phase: "initial-access",
  attack: ["T1204", "T1566"],
  severity: "low",
  confidence: 0.3,
  basis: "inference",
  needs: ["ssl"],
  learningDays: 0,
  parameters: { hours: 4, octets: 4000, history_hours: 24 },
  // By size and time nothing tells such a download from reading the news: it is told only of a machine of which other detections found grave acts, or of a machine that it reached, and which nobody
  // had reached before them; and only the largest.
  // Without a day of evidence before, every host outside looks new.
  query: `
    WITH suspect AS (
      SELECT a.source, min(a.ts) AS ts FROM hostile_acts a WHERE a.source IN ${INSIDE} GROUP BY a.source
      HAVING (bool_or(a.is_grave) OR bool_or(EXISTS (SELECT 1 FROM hostile_acts o WHERE o.source = a.target AND o.is_grave AND o.ts >= a.ts)))
         AND NOT EXISTS (SELECT 1 FROM hostile_acts b WHERE b.target = a.source AND b.ts <= min(a.ts))
    ), fetched AS (
      SELECT s.source, s.ts AS acted, c."id.resp_h" AS target, min(c.ts) AS ts, max(c.ts) AS ts_last, list(DISTINCT c.rid ORDER BY c.rid)[:20] AS records, sum(t.resp_sealed_octets) AS octets, min(t.server_name) AS name
      FROM suspect s JOIN conn c ON c."id.orig_h" = s.source AND c.ts BETWEEN s.ts - to_hours($hours) AND s.ts JOIN ssl t ON t.uid = c.uid
      WHERE c."id.resp_h" IN ${OUTSIDE} AND c.resp_bytes > 3 * c.orig_bytes AND s.ts >= (SELECT min(ts) FROM conn) + to_hours($history_hours)
      GROUP BY ALL HAVING sum(t.resp_sealed_octets) >= $octets
    ), reached AS (
      SELECT "id.resp_h" AS target, min(ts) AS ts FROM conn WHERE "id.resp_h" IN (SELECT target FROM fetched) GROUP BY 1
    ), asked_for AS (
      SELECT server_name AS name, min(ts) AS ts FROM ssl WHERE server_name IN (SELECT name FROM fetched) GROUP BY 1
    ), fresh AS (
      SELECT f.*, count(*) OVER (PARTITION BY f.source) - 1 AS others FROM fetched f JOIN reached r ON r.target = f.target LEFT JOIN asked_for n ON n.name = f.name
      WHERE r.ts >= f.ts AND coalesce(n.ts >= f.ts, true)
    )
    SELECT ts, ts_last, records, source, target, name AS object, octets, (epoch_ns(acted) - epoch_ns(ts)) / 1e9 AS before_seconds, 'confirmed' AS outcome, CASE WHEN others = 0 THEN 0.35 ELSE 0.25 END AS confidence,
           CASE WHEN others = 0 THEN '' ELSE ', the largest of ' || (others + 1) || ' such downloads of those hours' END AS among_text
    FROM fresh QUALIFY row_number() OVER (PARTITION BY source ORDER BY octets DESC, ts) = 1`,
  explanation:
    "{source} fetched {octets} inside TLS from {target}, which nobody inside had reached before{among_text}; {before_seconds} later it did the first thing that another detection tells. By time and size the download may have to do with it.",
  falsePositives: ["Reading the news: the order in time is all that speaks for it"],
  references: ["https://attack.mitre.org/techniques/T1204/", "https://attack.mitre.org/techniques/T1566/"],
  blindTo: [],
  samples: [
    { capture: "download-then-service.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
    { capture: "news-and-service.rows", findings: 0 },
  ],
};
