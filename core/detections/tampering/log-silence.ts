import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const logSilence: Detection = {
  id: "BT-TI-040",
  title: "Log forwarding of a backup host fell silent",
  phase: "tampering",
  attack: ["T1562.008", "T1562.002"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["syslog"],
  learningDays: 0,
  parameters: { rate: 10, factor: 5, lines: 50, minutes: 30 },
  // A host that sent at least {rate} lines an hour sends none for {factor} times its longest usual pause, while it still talks, and while
  // the collector still gets lines of others (or there are no others).
  query: `
    WITH gap AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, rid, ts, ts - lag(ts) OVER (PARTITION BY "id.orig_h", "id.resp_h" ORDER BY ts) AS pause FROM syslog
    ), sender AS (
      SELECT source, target, min(ts) AS first, max(ts) AS last, arg_max(rid, ts) AS rid, count(*) AS lines,
             greatest(quantile_cont(date_diff('millisecond', TIMESTAMP '1970-01-01', TIMESTAMP '1970-01-01' + pause), 0.99) / 1000.0, 1) AS usual_pause
      FROM gap GROUP BY 1, 2 HAVING count(*) >= $lines AND count(*) * 3600.0 / greatest(date_diff('second', CAST(min(ts) AS TIMESTAMP), CAST(max(ts) AS TIMESTAMP)), 1) >= $rate
    ), collector AS (
      SELECT target, count(*) AS senders, max(last) AS last FROM sender GROUP BY 1
    ), other AS (
      SELECT s.source, s.target, max(o.last) AS last FROM sender s JOIN sender o ON o.target = s.target AND o.source <> s.source GROUP BY 1, 2
    ), alive AS (
      SELECT s.source, s.target, max(c.ts) AS until, count(*) AS connections FROM sender s JOIN conn c ON c."id.orig_h" = s.source
      WHERE c.ts > s.last + to_minutes($minutes) AND c."id.resp_p" <> 514 AND c.resp_pkts > 0 GROUP BY 1, 2
    )
    SELECT s.last AS ts, a.until AS ts_last, [s.rid] AS records, s.source, s.target, s.source AS object, s.lines AS count, s.usual_pause AS usual_seconds, a.connections AS connections,
           date_diff('second', CAST(s.last AS TIMESTAMP), CAST(a.until AS TIMESTAMP)) AS silent_seconds, 'confirmed' AS outcome,
           CASE WHEN s.source IN ${ESTATE} THEN 'high' ELSE 'low' END AS severity
    FROM sender s JOIN alive a ON a.source = s.source AND a.target = s.target LEFT JOIN other o ON o.source = s.source AND o.target = s.target
    WHERE date_diff('second', CAST(s.last AS TIMESTAMP), CAST(a.until AS TIMESTAMP)) > greatest($factor * s.usual_pause, 60 * $minutes)
      AND (o.last IS NULL OR o.last > s.last + to_minutes($minutes))`,
  explanation:
    "{source} sent no log lines to {target} for {silent_seconds}, after {count} lines with pauses of {usual_seconds} at most; it opened {connections} other connections in that time.",
  falsePositives: ["Outage of the collector (all hosts silent: not told)", "A quiet host"],
  references: ["https://attack.mitre.org/techniques/T1562/008/", "RFC 5424"],
  blindTo: [{ text: "log lines sent over TLS", query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 6514` }],
  samples: [
    { capture: "log-silence.rows", findings: 1 },
    { capture: "product-week.rows", findings: 0 },
  ],
};
