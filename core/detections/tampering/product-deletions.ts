import type { Detection } from "../detection.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";
import { ANSWER } from "./ledger-sql.ts";

export const productDeletions: Detection = {
  id: "BT-TI-035",
  title: "Backup objects deleted (product events)",
  phase: "tampering",
  attack: ["T1490", "T1485"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["syslog|bacula"],
  learningDays: 0,
  parameters: { n: 5, window_minutes: 60 },
  // The product's own word, from its events or, for Bacula, from its director's conversation. What retention removes says so itself.
  query: `
    WITH gone AS (
      SELECT *, CASE
        WHEN event IN (23090, 23230, 23490) THEN 'jobs deleted'
        WHEN event IN (28200, 30200, 32200, 28980, 29900) THEN 'repositories deleted'
        WHEN event = 10050 THEN 'restore points deleted'
        WHEN event IN (23630, 23631, 23632, 23633) THEN 'tape media or libraries removed'
        WHEN event IN (41200, 41201, 41202) THEN 'backups detached or moved'
        WHEN event = 41800 THEN 'a deletion of backups that failed'
        WHEN event IN (25700, 28500, 27900, 28800, 28850, 26100, 26400, 32120, 23320, 29120, 28920, 28950, 41402, 43002) THEN 'infrastructure or protected objects removed' END AS kind
      FROM ${VEEAM_EVENTS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY reporter, coalesce("user", ''), kind ORDER BY ts) > to_minutes($window_minutes) AS apart
      FROM gone WHERE kind IS NOT NULL AND NOT (event = 10050 AND regexp_matches(description, '(?i)retention'))
    ), run AS (SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY reporter, coalesce("user", ''), kind ORDER BY ts) AS number FROM paced)
    SELECT upper(kind[1]) || kind[2:] || ' (product events)' AS title, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, "user", arg_min(coalesce(object, description), ts) AS object,
           kind, 'The product on' AS who, list(DISTINCT rtrim(description, '.')) AS words, CASE WHEN kind LIKE '%failed' THEN 'refused' ELSE 'confirmed' END AS outcome,
           CASE WHEN kind IN ('jobs deleted', 'repositories deleted') THEN 'critical' WHEN kind = 'restore points deleted' THEN CASE WHEN count(*) >= $n THEN 'critical' ELSE 'medium' END
                WHEN kind LIKE 'infra%' OR kind LIKE 'backups%' THEN 'medium' ELSE 'high' END AS severity
    FROM run GROUP BY reporter, "user", kind, number
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", arg_min(object, ts) AS object,
           'volumes purged or deleted' AS kind, 'The director of Bacula on' AS who, list(DISTINCT object || ': ' || coalesce(detail, operation) ORDER BY object || ': ' || coalesce(detail, operation)) AS words,
           CASE WHEN bool_or(outcome = 'granted') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN count(DISTINCT object) >= $n THEN 'critical' ELSE 'high' END AS severity
    FROM archive_op WHERE protocol = 'bacula' AND operation = 'delete' GROUP BY "id.orig_h", "id.resp_h", actor, CAST(ts AS DATE), ${ANSWER}`,
  explanation: "{who} {target} told of {kind} by {user}, {count} times: {words}.",
  falsePositives: ["Housekeeping with a ticket"],
  references: ["https://helpcenter.veeam.com/docs/vbr/events/", "Bacula Developer's Guide"],
  blindTo: [
    { text: "events sent over TLS", query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 6514` },
    { text: "products that send no events", query: null },
  ],
  samples: [
    { capture: "product-sabotage.rows", findings: 2 },
    { capture: "bacula.pcapng", findings: 1 },
    { capture: "product-week.rows", findings: 0 },
  ],
};
