import type { Detection } from "../detection.ts";
import { RESTORES } from "./restores.ts";

export const drillIncomplete: Detection = {
  id: "BT-DR-004",
  title: "Drill incomplete",
  phase: "drill",
  attack: [],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  tellsLack: true,
  parameters: { share: 0.5 },
  query: `
${RESTORES}, drill AS (
      SELECT *, lag(octets) OVER same AS before_octets, median(octets) OVER (PARTITION BY coalesce(plan, receiver) ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS usual_octets
      FROM restore WHERE plan IS NOT NULL OR receiver IN (SELECT address FROM lab) WINDOW same AS (PARTITION BY coalesce(plan, receiver) ORDER BY ts)
    ), piece AS (
      SELECT sender, receiver, ts, unnest(records) AS rid FROM drill
    ), ended AS (
      SELECT p.sender, p.receiver, p.ts, count(*) FILTER (c.conn_state IN ('RSTO', 'RSTR', 'RSTRH') AND coalesce(c.missed_bytes, 0) = 0) AS resets FROM piece p JOIN conn c ON c.uid = split_part(p.rid, '.', 1) GROUP BY ALL
    )
    SELECT d.ts, d.ts_last, d.records, d.record_count, d.sender AS source, d.receiver AS target, coalesce(d.plan, 'restore drill') AS object, d.octets, coalesce(d.usual_octets, 0) AS usual_octets,
           CASE WHEN e.resets > 0 THEN 'connections of it were cut off' ELSE 'its connections ended in order' END AS state, 'observed' AS outcome
    FROM drill d JOIN ended e ON e.sender = d.sender AND e.receiver = d.receiver AND e.ts = d.ts
    WHERE d.octets < $share * d.usual_octets OR (e.resets > 0 AND (d.usual_octets IS NULL OR d.octets < 0.95 * d.usual_octets))
    UNION ALL
    SELECT ts, ts, [rid], 1, "id.orig_h", "id.resp_h", coalesce(nullif(regexp_extract(message, 'JobName="([^"]*)"', 1), ''), 'restore session'), 0, 0, 'event ' || regexp_extract(message, 'instanceId="([0-9]+)"', 1) || ' reports ' || CASE WHEN regexp_matches(message, '(?i)warning') THEN 'a warning' ELSE 'a failure' END, 'observed'
    FROM syslog WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(290|390|40290)"') AND regexp_matches(message, '(?i)(Result="?(2|1|failed|warning)"?|state[=: "]+(failed|warning)|finished with (an )?(error|warning)|has failed)')`,
  explanation:
    "The drill {object} from {source} to {target} moved {octets} (median of earlier drills: {usual_octets}); {state}.",
  falsePositives: ["A thin or deduplicated restore moves less: then the event of the product decides"],
  references: ["https://csrc.nist.gov/pubs/sp/800/86/final"],
  blindTo: [],
  samples: [
    { capture: "drill-cut-short.rows", findings: 1 },
    { capture: "restore-drills.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
