import type { Detection } from "../detection.ts";

export const jobMissing: Detection = {
  id: "BT-IN-001",
  title: "Expected backup job missing",
  phase: "integrity",
  attack: ["T1490", "T1489"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  tellsLack: true,
  parameters: { share: 0.1, slack_minutes: 120, p: 0.15, runs: 5, cov: 0.95 },
  // The chance of a run is Beta(1 + runs, 1 + nights without) over the nights of its days of the week so far.
  // Silence counts only where the window was captured: `coverage_gaps` says when nothing was.
  query: `
    WITH job AS (
      SELECT * FROM jobs WHERE way IN ('to store', 'between stores', 'to estate', 'to outside') AND runs >= $runs AND NOT all_day
    ), span AS (
      SELECT min(ts) AS began, max(ts + to_microseconds(CAST(coalesce(duration, 0) / 1000 AS BIGINT))) AS ended FROM conn
    ), night AS (
      SELECT j.*, CAST(n.night AS DATE) AS night FROM job j, LATERAL (SELECT unnest(generate_series(CAST(CAST(j.ts AS DATE) AS TIMESTAMP), CAST((SELECT ended FROM span) AS TIMESTAMP), INTERVAL 1 DAY)) AS night) n
      WHERE list_contains(j.days, CAST(isodow(n.night) AS UTINYINT))
    ), chance AS (
      SELECT n.*, r.octets AS moved, coalesce(r.octets, 0) >= $share * n.octets AS ran, r.records,
             timezone('UTC', timezone(n.zone, CAST(n.night AS TIMESTAMP) + to_minutes(CASE WHEN n.window_start < 720 THEN CAST(n.window_start AS BIGINT) + 1440 ELSE CAST(n.window_start AS BIGINT) END))) AS opens,
             timezone('UTC', timezone(n.zone, CAST(n.night AS TIMESTAMP) + to_minutes(CASE WHEN n.window_end < n.window_start OR n.window_start < 720 THEN CAST(n.window_end AS BIGINT) + 1440 ELSE CAST(n.window_end AS BIGINT) END))) AS closes
      FROM night n LEFT JOIN job_runs r ON r.job = n.job AND r.night = n.night
    ), counted AS (
      SELECT *, count(*) OVER before AS chances, count(*) FILTER (ran) OVER before AS ran_before, last_value(CASE WHEN ran THEN records END IGNORE NULLS) OVER before AS last_records
      FROM chance WINDOW before AS (PARTITION BY job ORDER BY night ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), missing AS (
      SELECT c.* FROM counted c, span s
      WHERE NOT c.ran AND c.ran_before >= $runs AND 1 - (1 + c.ran_before) / (2 + c.chances) <= $p AND c.closes + to_minutes(CAST($slack_minutes AS BIGINT)) <= s.ended
    ), seen AS (
      SELECT m.job, m.night, coalesce(sum(date_diff('second', greatest(CAST(g.ts AS TIMESTAMP), m.opens), least(CAST(g.ts_last AS TIMESTAMP), m.closes))) FILTER (g.ts IS NOT NULL), 0) / greatest(60, date_diff('second', min(m.opens), min(m.closes))) AS hidden
      FROM missing m LEFT JOIN coverage_gaps g ON CAST(g.ts AS TIMESTAMP) < m.closes AND CAST(g.ts_last AS TIMESTAMP) > m.opens GROUP BY m.job, m.night
    ), late AS (
      SELECT m.job, m.night, count(t.id) AS transfers FROM missing m LEFT JOIN transfers t ON t.receiver = m.receiver AND list_contains(m.senders, t.sender) AND t.octets >= $share * m.octets
        AND CAST(t.ts AS TIMESTAMP) BETWEEN m.opens - to_minutes(CAST($slack_minutes AS BIGINT)) AND m.closes + to_minutes(CAST($slack_minutes AS BIGINT)) GROUP BY m.job, m.night
    ), told AS (
      SELECT DISTINCT CAST(CAST(ts AS TIMESTAMP) - INTERVAL 12 HOUR AS DATE) AS night FROM syslog WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(110|410|710)"')
    )
    SELECT m.opens AS ts, m.closes AS ts_last, coalesce(m.last_records, []) AS records, CASE WHEN len(m.senders) = 1 THEN m.senders[1] END AS source, m.receiver AS target, m.name AS job_name, m.name AS object,
           strftime(m.night, '%Y-%m-%d') AS night_text, m.ran_before, m.chances, round(100 * (1 - s.hidden)) AS coverage, m.octets AS usual_octets, 'observed' AS outcome,
           CASE WHEN m.moved IS NULL THEN 'nothing was seen' ELSE 'next to nothing was moved' END AS what_text,
           CASE WHEN 1 - (1 + m.ran_before) / (2 + m.chances) <= 0.1 THEN 'high' ELSE 'medium' END AS severity
    FROM missing m JOIN seen s ON s.job = m.job AND s.night = m.night JOIN late l ON l.job = m.job AND l.night = m.night
    WHERE 1 - s.hidden >= $cov AND l.transfers = 0 AND m.night NOT IN (SELECT night FROM told)`,
  explanation:
    "The job {job_name}, which ran on {ran_before} of {chances} nights before (usually {usual_octets}), was expected in the night of {night_text}; {what_text}, with {coverage} % of its window captured.",
  falsePositives: ["A planned pause, a holiday, a moved window"],
  references: ["https://attack.mitre.org/techniques/T1490/"],
  blindTo: [
    {
      text: "nights whose window was not captured in full",
      query: "SELECT count(*) AS n FROM coverage_gaps g, jobs j WHERE date_diff('minute', g.ts, g.ts_last) >= 30",
    },
  ],
  samples: [
    { capture: "job-missing.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
