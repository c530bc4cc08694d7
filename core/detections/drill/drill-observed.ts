import type { Detection } from "../detection.ts";
import { RESTORES } from "./restores.ts";

export const drillObserved: Detection = {
  id: "BT-DR-001",
  title: "Restore drill observed",
  phase: "drill",
  attack: [],
  severity: "info",
  confidence: 0.75,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { share: 0.2, least_octets: 4000 },
  query: `
${RESTORES}, drill AS (
      SELECT r.* FROM restore r, usual u
      WHERE (r.plan IS NOT NULL OR r.receiver IN (SELECT address FROM lab)) AND r.octets >= $least_octets AND (u.octets IS NULL OR r.octets >= $share * u.octets)
    ), paced AS (
      SELECT *, lag(ts) OVER (PARTITION BY coalesce(plan, receiver) ORDER BY ts) AS before, count(*) OVER (PARTITION BY coalesce(plan, receiver)) AS drills FROM drill
    )
    SELECT ts, ts_last, records, record_count, sender AS source, receiver AS target, coalesce(plan, 'restore drill') AS object, octets, date_diff('second', ts, ts_last) AS seconds, octets / greatest(1, date_diff('second', ts, ts_last)) AS rate_octets, drills,
           CASE WHEN plan IS NULL THEN 'a host that takes part in nothing else' ELSE 'a target of the plan ' || plan END AS because,
           CASE WHEN before IS NULL THEN 'no earlier one is in the evidence' ELSE 'the one before was ' || date_diff('day', before, ts) || ' days earlier' || CASE WHEN every_days IS NULL THEN '' ELSE ' (planned: every ' || every_days || ')' END END AS pace,
           'observed' AS outcome
    FROM paced
    UNION ALL
    SELECT ts, ts, [rid], 1, "id.orig_h", "id.resp_h", coalesce(nullif(regexp_extract(message, 'JobName="([^"]*)"', 1), ''), 'restore session'), 0, 0, 0, 1, 'the backup software says so in event ' || regexp_extract(message, 'instanceId="([0-9]+)"', 1),
           'the event says how it went: ' || left(regexp_extract(message, '\\]\\s*(.*)$', 1), 160), 'observed'
    FROM syslog WHERE contains(message, 'Veeam') AND regexp_matches(message, 'instanceId="(290|40290)"')`,
  explanation:
    "{octets} were restored from {source} to {target}, {because}, in {seconds} ({rate_octets} a second); {pace}.",
  falsePositives: ["A real restore: told apart by plan and target"],
  references: ["https://csrc.nist.gov/pubs/sp/800/86/final"],
  blindTo: [],
  samples: [
    { capture: "restore-drills.rows", findings: 2 },
    { capture: "quiet.pcapng", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
  ],
};
