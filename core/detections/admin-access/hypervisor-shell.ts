import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, SSH_USE } from "../sql.ts";

export const hypervisorShell: Detection = {
  id: "BT-AD-019",
  title: "SSH sessions on a hypervisor, by their behaviour",
  phase: "admin-access",
  attack: ["T1021.004", "T1059.012"],
  severity: "high",
  confidence: 0.7,
  basis: "inference",
  needs: ["ssh"],
  learningDays: 0,
  ofConnections: true,
  parameters: { hours: 24, minutes: 60, octets: 16384, disks: 3 },
  // Nothing inside SSH can be read: sizes, times and directions say what each session was for (docs/ssh.md). What makes a session more than
  // administration: SSH was off and was switched on for it; something was copied up and then run; and, once it was there, the hypervisor renames,
  // empties or deletes virtual disks on its storage, which it does as a client that can be read. Files of snapshots come and go by themselves.
  query: `
    WITH hypervisor AS (
      SELECT address, max(confidence) AS sure FROM asset_roles WHERE role = 'hypervisor' AND confidence >= 0.6 GROUP BY address
    ), session AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.auth_success, s.inferred_use, s.inferred_direction, s.inferred_confidence, ${SSH_USE} AS use,
             greatest(s.orig_session_octets, s.resp_session_octets) AS octets, h.sure
      FROM ssh s JOIN hypervisor h ON h.address = s."id.resp_h" WHERE s.auth_success
    ), opening AS (
      SELECT "id.resp_h" AS target, ts, rid FROM hypervisor_api
      WHERE operation IN ('StartService', 'UpdateServicePolicy', 'RestartService') AND fault IS NULL AND coalesce(status_code, 200) < 400
        AND len(list_filter(parameters, lambda p: regexp_matches(p, '(?i)(^|[=])TSM(-SSH)?$'))) > 0
      UNION ALL
      SELECT "id.resp_h", ts, rid FROM estate_conn WHERE proto = 'tcp' AND "id.resp_p" = 22 AND conn_state = 'REJ'
    ), switched AS (
      SELECT s.source, s.target, arg_max(o.rid, { ts: o.ts, rid: o.rid }) AS opened_rid
      FROM session s ASOF JOIN (SELECT target, ts, max(rid) AS rid FROM opening GROUP BY ALL) o ON o.target = s.target AND o.ts <= s.ts WHERE o.ts >= s.ts - to_hours($hours) GROUP BY ALL
    ), carried AS (
      SELECT DISTINCT c.source, c.target
      FROM (SELECT * FROM session WHERE inferred_use = 'file copy' AND inferred_direction = 'up' AND octets >= $octets) c
      ASOF JOIN (SELECT source, target, ts FROM session WHERE inferred_use IN ('interactive', 'command')) r ON r.source = c.source AND r.target = c.target AND r.ts >= c.ts
      WHERE r.ts <= c.ts + to_minutes($minutes)
    ), act AS (
      SELECT a.source, a.target, a.rid, a.ts, a.object, a.operation, a."id.resp_h" AS store
      FROM (SELECT k.source, k.target, a.* FROM archive_op a JOIN (SELECT DISTINCT source, target FROM session) k ON k.target = a."id.orig_h") a
      ASOF JOIN (SELECT source, target, ts FROM session) s ON s.source = a.source AND s.target = a.target AND s.ts <= a.ts
      WHERE a.ts <= s.ts + to_hours($hours) AND a.outcome = 'granted' AND NOT regexp_matches(coalesce(a.object, ''), '(?i)(-delta|-sesparse|-\\d{6})(-flat|-delta|-sesparse)?\\.vmdk')
        AND (a.operation IN ('delete', 'truncate') OR a.operation = 'rename' AND starts_with(a.new_object, a.object || '.'))
    ), damage AS (
      SELECT source, target, count(DISTINCT object) AS disks, list(DISTINCT operation ORDER BY operation) AS acts, min(store) AS store, list(rid ORDER BY ts, rid)[:100] AS rids
      FROM act GROUP BY source, target HAVING count(DISTINCT object) >= $disks
    ), pair AS (
      SELECT source, target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS count, max(sure) AS sure, min(coalesce(inferred_confidence, 0.5)) AS guess,
             list(DISTINCT use ORDER BY use) AS uses
      FROM session GROUP BY source, target
    )
    SELECT p.ts, p.ts_last, list_concat(coalesce([w.opened_rid], []), p.rids, coalesce(d.rids, [])) AS records, p.count, p.source, p.target, p.uses, 'confirmed' AS outcome, p.sure AS role_confidence,
           CASE WHEN d.disks IS NOT NULL THEN 0.8 ELSE least(0.8, p.guess) END AS confidence,
           CASE WHEN w.opened_rid IS NOT NULL THEN '; SSH had been off and was switched on before' ELSE '' END
             || CASE WHEN c.source IS NOT NULL THEN '; something was copied up and a session to run it followed' ELSE '' END
             || CASE WHEN d.disks IS NOT NULL THEN '; from then on the hypervisor itself did this to ' || d.disks || ' virtual disks or archives at ' || d.store || ': ' || array_to_string(d.acts, ', ')
                || ', as programs do that encrypt or destroy all machines of a hypervisor' ELSE '' END AS signs,
           CASE WHEN d.disks IS NOT NULL THEN 'high' WHEN p.source IN ${ADMIN_HOSTS} THEN 'info' WHEN w.opened_rid IS NOT NULL AND c.source IS NOT NULL THEN 'high'
                WHEN w.opened_rid IS NOT NULL OR c.source IS NOT NULL THEN 'medium' ELSE 'info' END AS severity,
           CASE WHEN d.disks IS NOT NULL THEN ['T1486', 'T1485'] ELSE [] END AS attack
    FROM pair p LEFT JOIN switched w ON w.source = p.source AND w.target = p.target LEFT JOIN carried c ON c.source = p.source AND c.target = p.target
      LEFT JOIN damage d ON d.source = p.source AND d.target = p.target`,
  explanation:
    "{source} used SSH on the hypervisor {target} ({count} sessions). By sizes and times alone they seem to have been: {uses}{signs}.",
  falsePositives: ["Administrators who bring an update to the hypervisor by scp", "Support cases"],
  references: ["https://attack.mitre.org/techniques/T1059/012/", "docs/ssh.md"],
  blindTo: [],
  samples: [
    { capture: "esxi-ssh.pcapng", findings: 1 },
    { capture: "hypervisor-shell-damage.rows", findings: 1 },
    { capture: "hypervisor-shell-round.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
