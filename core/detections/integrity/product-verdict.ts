import type { Detection } from "../detection.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const productVerdict: Detection = {
  id: "BT-IN-013",
  title: "Product health check or malware verdict is bad",
  phase: "integrity",
  attack: ["T1486", "T1565.001"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["syslog"],
  learningDays: 0,
  parameters: { window_hours: 24 },
  // 41710 health check finished, 41600 malware activity, 42220 restore point infected, 42210 scan finished; 42260, 42280 and 42290 change
  // what is looked at: soon after a verdict they take it away.
  query: `
    WITH event AS (SELECT * FROM ${VEEAM_EVENTS} WHERE event IN (41600, 41710, 42220, 42260, 42280, 42290)), verdict AS (
      SELECT ts, reporter FROM event WHERE event IN (41600, 42220)
    ), told AS (
      SELECT e.*, v.ts AS after FROM event e ASOF LEFT JOIN verdict v ON v.reporter = e.reporter AND v.ts <= e.ts
    ), judged AS (
      SELECT *, CASE
        WHEN event IN (42260, 42280, 42290) THEN CASE WHEN after IS NOT NULL AND ts - after <= to_hours($window_hours) THEN 'what is looked at was changed after the verdict' END
        WHEN event = 41710 THEN CASE WHEN regexp_matches(message, 'JobResult="2"') OR regexp_matches(description, '(?i)fail|error') THEN 'health check failed' END
        WHEN event = 42220 THEN 'restore point marked as infected' ELSE 'malware activity detected' END AS kind
      FROM told
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, min("user") AS "user", arg_min(coalesce(object, description), ts) AS object, kind,
           list(DISTINCT rtrim(description, '.')) AS words, 'confirmed' AS outcome, CASE WHEN kind LIKE 'what is%' THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN kind LIKE 'what is%' THEN 'Malware verdict taken away' WHEN kind = 'health check failed' THEN 'Health check of backups failed' ELSE 'Malware verdict on a backup' END AS title
    FROM judged WHERE kind IS NOT NULL GROUP BY reporter, kind, coalesce(object, description), CAST(ts AS DATE)`,
  explanation: "The backup server {target} told of this: {kind} ({words}).",
  falsePositives: ["Storage faults", "Wrong verdicts on malware"],
  references: ["https://helpcenter.veeam.com/docs/vbr/userguide/backup_health_check.html"],
  blindTo: [{ text: "events sent over TLS", query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 6514` }],
  samples: [
    { capture: "product-sabotage.rows", findings: 2 },
    { capture: "product-week.rows", findings: 0 },
  ],
};
