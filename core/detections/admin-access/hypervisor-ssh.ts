import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, SSH_USE } from "../sql.ts";

export const hypervisorSsh: Detection = {
  id: "BT-AD-004",
  title: "SSH enabled and used on a hypervisor",
  phase: "admin-access",
  attack: ["T1021.004", "T1059.012", "T1562.001"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { hours: 24 },
  // In clear: HostServiceSystem.StartService and UpdateServicePolicy with the key TSM-SSH or TSM (the local shell). Sealed: a hypervisor that refused SSH
  // before and now answers it.
  query: `
    WITH switched AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, list_filter(parameters, lambda p: regexp_matches(p, '(?i)TSM'))[1] AS what,
             CASE WHEN fault IS NOT NULL OR status_code >= 400 THEN 'refused' WHEN status_code IS NULL THEN 'attempted' ELSE 'confirmed' END AS outcome
      FROM hypervisor_api WHERE operation IN ('StartService', 'UpdateServicePolicy', 'RestartService')
        AND len(list_filter(parameters, lambda p: regexp_matches(p, '(?i)(^|[=])TSM(-SSH)?$'))) > 0
    ), refused AS (
      SELECT "id.resp_h" AS target, ts, rid FROM estate_conn
      WHERE proto = 'tcp' AND "id.resp_p" = 22 AND conn_state = 'REJ' AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role = 'hypervisor' AND confidence >= 0.6)
    ), session AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.client, s.auth_success, ${SSH_USE} AS use FROM ssh s
      WHERE s."id.resp_p" = 22 AND (s."id.resp_h" IN (SELECT target FROM refused) OR EXISTS (SELECT 1 FROM switched))
    ), opened AS (
      SELECT r.target, max(r.ts) AS closed_at, arg_max(r.rid, r.ts) AS closed_rid, s.ts, s.rid, s.source, s.client, s.auth_success
      FROM session s JOIN refused r ON r.target = s.target AND r.ts < s.ts GROUP BY ALL
    )
    SELECT w.ts, coalesce(min(s.ts), w.ts) AS ts_last, list_concat([w.rid], coalesce(list(s.rid ORDER BY s.ts) FILTER (s.rid IS NOT NULL), [])[:20]) AS records, w.source, w.target, w."user", w.what AS object,
           w.outcome, 'fact' AS basis, 0.85 AS confidence, CASE w.outcome WHEN 'confirmed' THEN 'switched on the shell of a hypervisor through' WHEN 'refused' THEN 'asked (and was refused) to switch on the shell of a hypervisor through' ELSE 'asked to switch on the shell of a hypervisor through' END AS did,
           ' (' || w.operation || ' ' || w.what || ')' || CASE WHEN count(s.rid) > 0 THEN '; an SSH session followed' || coalesce(', it seems: ' || string_agg(DISTINCT s.use, ', ' ORDER BY s.use) FILTER (s.auth_success AND s.use NOT LIKE 'nothing%'), '') ELSE '; no SSH session was seen after it' END AS how,
           CASE WHEN w.source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity
    FROM switched w LEFT JOIN session s ON s.ts BETWEEN w.ts AND w.ts + to_hours($hours) AND (s.target = w.target OR s.source = w.source)
    GROUP BY w.ts, w.rid, w.source, w.target, w."user", w.what, w.outcome, w.operation
    UNION ALL
    SELECT min(ts), max(ts), list_concat([any_value(closed_rid)], list(rid ORDER BY ts)[:20]), source, target, NULL, NULL,
           CASE WHEN bool_or(auth_success) THEN 'confirmed' ELSE 'attempted' END, 'inference', 0.6, 'opened SSH to',
           ', which had refused SSH at ' || strftime(any_value(closed_at), '%Y-%m-%d %H:%M:%S') || ' and now answered: it looks as if the service was switched on in between',
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END
    FROM opened GROUP BY source, target`,
  explanation: "{user} on {source} {did} {target}{how}.",
  falsePositives: ["Support cases", "Hardening checks that switch the service on and off"],
  references: ["https://attack.mitre.org/techniques/T1059/012/"],
  blindTo: [],
  samples: [
    { capture: "shell-switched-on.rows", findings: 1 },
    { capture: "shell-answers-now.rows", findings: 1 },
    { capture: "guest-quiescing.rows", findings: 0 },
  ],
};
