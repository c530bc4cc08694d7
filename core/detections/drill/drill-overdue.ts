import type { Detection } from "../detection.ts";
import { RESTORES } from "./restores.ts";

export const drillOverdue: Detection = {
  id: "BT-DR-002",
  title: "No restore drill in the required period",
  phase: "drill",
  attack: ["T1490"],
  severity: "low",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { days: 90, share: 0.2 },
  query: `
${RESTORES}, span AS (
      SELECT min(ts) AS began, max(ts) AS ended FROM conn
    ), wanted AS (
      SELECT plan, every_days, addresses FROM drill_plans
      UNION ALL SELECT NULL, CAST($days AS USMALLINT), [] WHERE (SELECT count(*) FROM drill_plans) = 0
    ), drill AS (
      SELECT r.*, r.receiver IN (SELECT address FROM lab) AS in_lab FROM restore r, usual u WHERE u.octets IS NULL OR r.octets >= $share * u.octets
    ), held AS (
      SELECT w.plan, w.every_days, max(r.ts_last) AS last FROM wanted w LEFT JOIN drill r
        ON (w.plan IS NOT NULL AND list_contains(w.addresses, r.receiver)) OR (w.plan IS NULL AND r.in_lab) GROUP BY ALL
    ), kept AS (
      SELECT arg_max(records, ts) AS records, arg_max(receiver, ts) AS store FROM transfers WHERE way = 'to store'
    )
    SELECT s.ended AS ts, s.ended AS ts_last, k.records, NULL AS source, k.store AS target, coalesce(h.plan, 'restore drill') AS object, h.every_days,
           CASE WHEN h.last IS NULL THEN 'none in the ' || date_diff('day', s.began, s.ended) || ' days of the evidence' ELSE 'none since ' || strftime(CAST(h.last AS TIMESTAMP), '%Y-%m-%d') END AS since,
           CASE WHEN h.plan IS NULL THEN 'a drill every ' || h.every_days || ' days is good practice' ELSE 'the plan ' || h.plan || ' asks for one every ' || h.every_days || ' days' END AS asked, 'observed' AS outcome
    FROM held h, span s, kept k WHERE k.records IS NOT NULL AND coalesce(h.last, s.began) + to_days(CAST(h.every_days AS INTEGER)) < s.ended`,
  explanation: "The evidence holds no restore drill of what {target} keeps: {since}; {asked}.",
  falsePositives: ["Drills outside the mirrored segments"],
  references: ["https://csrc.nist.gov/pubs/sp/800/86/final"],
  blindTo: [{ text: "drills in networks that were not captured", query: null }],
  samples: [
    { capture: "drill-overdue.rows", findings: 1 },
    { capture: "restore-drills.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
