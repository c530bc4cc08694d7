import type { Detection } from "../detection.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const productSettings: Detection = {
  id: "BT-TI-036",
  title: "Job, retention or repository settings changed (product events)",
  phase: "tampering",
  attack: ["T1490"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["syslog"],
  learningDays: 0,
  parameters: {},
  // The event names old and new values. What a restore needs is how long backups are kept and locked: a lower number there is grave.
  query: `
    WITH change AS (
      SELECT *, list_distinct(regexp_extract_all(message, '(?:old|Old)([A-Za-z]+)="', 1)) AS names,
             regexp_matches(message, '(?i)(retain|retention|immutab|keep)[^<>]*old(value)?="[1-9]\\d*"[^<>]*new(value)?="0?"') AS is_emptied
      FROM ${VEEAM_EVENTS} WHERE event IN (23050, 28100, 30100, 28970, 29800, 32100, 31000, 31500, 40400, 40500, 40600, 26500, 23450, 23620)
    ), judged AS (
      SELECT *, [n || ' from ' || regexp_extract(message, '(?:old|Old)' || n || '="([^"]*)"', 1) || ' to ' || regexp_extract(message, '(?:new|New)' || n || '="([^"]*)"', 1) FOR n IN names] AS changes,
             is_emptied OR list_bool_or([regexp_matches(n, '(?i)retain|retention|immutab|cycles|days|keep|lock')
               AND TRY_CAST(regexp_extract(message, '(?:new|New)' || n || '="(\\d+)"', 1) AS DOUBLE) < TRY_CAST(regexp_extract(message, '(?:old|Old)' || n || '="(\\d+)"', 1) AS DOUBLE) FOR n IN names]) AS is_shorter
      FROM change
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, "user", coalesce(object, description) AS object,
           rtrim(min(description), '.') AS words, CASE WHEN len(flatten(list(changes))) > 0 THEN ' (' || array_to_string(list_distinct(flatten(list(changes)))[:6], '; ') || ')' ELSE '' END AS change,
           'confirmed' AS outcome, CASE WHEN bool_or(is_shorter) THEN 'critical' WHEN min(event) IN (40400, 40600) THEN 'medium' ELSE 'low' END AS severity
    FROM judged GROUP BY reporter, "user", coalesce(object, description), event, CAST(ts AS DATE)`,
  explanation: "{user} changed settings on {target}: {words}{change}.",
  falsePositives: ["Daily operations (low, unless what is kept or locked got shorter)"],
  references: ["https://helpcenter.veeam.com/docs/vbr/events/event_23050.html"],
  blindTo: [{ text: "events sent over TLS", query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 6514` }],
  samples: [
    { capture: "product-sabotage.rows", findings: 1 },
    { capture: "product-week.rows", findings: 0 },
  ],
};
