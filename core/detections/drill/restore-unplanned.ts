import type { Detection } from "../detection.ts";
import { RESTORES } from "./restores.ts";

export const restoreUnplanned: Detection = {
  id: "BT-DR-003",
  title: "Restore without plan or ticket",
  phase: "drill",
  attack: ["T1005", "T1039", "T1078"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { share: 0.2, floor_octets: 100000 },
  query: `
${RESTORES}, zone AS (
      SELECT coalesce((SELECT min(zone) FROM job_windows), 'UTC') AS zone
    ), judged AS (
      SELECT r.*, timezone(z.zone, timezone('UTC', CAST(r.ts AS TIMESTAMP))) AS started, EXISTS (SELECT 1 FROM transfers t WHERE t.sender = r.receiver AND t.way IN ('to store', 'to estate') AND t.job IS NOT NULL) AS original,
             EXISTS (SELECT 1 FROM jobs j WHERE j.receiver = r.receiver AND j.way IN ('from store', 'from estate')) AS regular
      FROM restore r, zone z, usual u
      WHERE r.octets >= greatest($floor_octets, $share * coalesce(u.octets, 0)) AND r.receiver NOT IN (SELECT address FROM lab)
        AND (r.plan IS NULL OR (len(r.planned) > 0 AND NOT list_bool_or(list_transform(r.planned, lambda w: r.ts BETWEEN w."from" AND w."to"))))
        AND r.receiver NOT IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter', 'proxy', 'backup-server') AND confidence >= 0.6)
    ), log_on AS (
      SELECT "id.orig_h" AS client, "id.resp_h" AS server, min("user") AS "user" FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL GROUP BY ALL
    )
    SELECT j.ts, j.ts_last, j.records, j.record_count, j.sender AS source, j.receiver AS target, l."user", j.octets, date_diff('second', j.ts, j.ts_last) AS seconds, coalesce(j.protocol, 'port ' || j.port) AS protocol,
           CASE WHEN j.original THEN 'a machine that is backed up' ELSE 'a machine from which no backup is known' END AS kind, CASE WHEN j.plan IS NULL THEN 'no plan of the scope names it' ELSE 'the plan ' || j.plan || ' has another time' END AS plan_text, 'observed' AS outcome,
           CASE WHEN j.original AND hour(j.started) BETWEEN 7 AND 18 AND isodow(j.started) <= 5 OR j.regular THEN 'info' WHEN (SELECT count(*) FROM drill_plans) = 0 AND j.original THEN 'low' ELSE 'medium' END AS severity
    FROM judged j LEFT JOIN log_on l ON l.client = j.receiver AND l.server = j.sender`,
  explanation:
    "{octets} went from {source} to {target} over {protocol} in {seconds}, as in a restore, to {kind}; {plan_text}.",
  falsePositives: ["File restores by the help desk (small)", "Reading of archives that is reported as theft as well"],
  references: ["https://attack.mitre.org/techniques/T1039/"],
  blindTo: [],
  samples: [
    { capture: "restore-unplanned.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
