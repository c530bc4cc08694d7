import type { Detection } from "../detection.ts";

export const repositoryCheck: Detection = {
  id: "BT-IN-012",
  title: "Repository check reported errors",
  phase: "integrity",
  attack: ["T1565.001", "T1485"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["syslog|manifests"],
  learningDays: 0,
  parameters: {},
  // What restic and Borg print, as a log server gets it, or as the investigator gave it (`verify --manifest`). A pack that no index names is what an interrupted upload leaves.
  query: `
    WITH said AS (
      SELECT rid, ts, "id.orig_h" AS target, coalesce(host, "id.orig_h") AS host, message,
             regexp_matches(message, '(?i)\\brestic\\b') OR contains(message, '"message_type"') AS is_restic, regexp_matches(message, '(?i)\\bborg') AS is_borg
      FROM syslog WHERE regexp_matches(message, '(?i)restic|borg|"message_type"')
    ), judged AS (
      SELECT *, CASE
        WHEN regexp_matches(message, '"num_errors" *: *[1-9]') THEN regexp_extract(message, '"num_errors" *: *\\d+')
        WHEN regexp_matches(message, '"broken_packs" *: *\\["') THEN 'broken packs'
        WHEN is_restic AND regexp_matches(message, '(?i)repository contains errors|pack [0-9a-f]+.*(does not exist|contains \\d+ errors|mismatch)|ciphertext verification failed') THEN 'errors in the repository'
        WHEN is_borg AND regexp_matches(message, '(?i)integrity error|(segment|chunk|archive|index).*(missing|corrupt|mismatch)|repository check (failed|.*errors? found)|finished .* check, errors? found') THEN 'errors in the repository'
        WHEN regexp_matches(message, '"suggest_prune" *: *true') THEN 'packs that no index names' END AS verdict
      FROM said WHERE is_restic OR is_borg
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, target, min(host) AS object, 'confirmed' AS outcome,
           list(DISTINCT verdict ORDER BY verdict) AS verdicts, arg_min(message[:200], ts) AS words, CASE WHEN bool_and(verdict = 'packs that no index names') THEN 'low' ELSE 'high' END AS severity
    FROM judged WHERE verdict IS NOT NULL GROUP BY target, CAST(ts AS DATE)
    UNION ALL BY NAME
    SELECT m.generated AS ts, m.generated AS ts_last, CAST([] AS VARCHAR[]) AS records, greatest(coalesce(m.errors, 0), 1) AS count, min(a.address) AS target, m.path AS object, 'confirmed' AS outcome, [m.format] AS verdicts, coalesce(m.words, 'errors') AS words, 'high' AS severity
    FROM manifests m LEFT JOIN assets a ON lower(a.name) = lower(m.host) WHERE m.good = false GROUP BY ALL`,
  explanation: "A check of a repository on {target} reported {verdicts}, {count} times, first: {words}.",
  falsePositives: ["Interrupted uploads leave packs that no index names (low)"],
  references: [
    "https://restic.readthedocs.io/en/stable/075_scripting.html",
    "https://borgbackup.readthedocs.io/en/stable/usage/check.html",
  ],
  blindTo: [{ text: "checks whose output is kept on the machine", query: null }],
  samples: [
    { capture: "repository-check.rows", findings: 1 },
    { capture: "product-week.rows", findings: 0 },
  ],
};
