import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, SSH_USE } from "../sql.ts";

/** Sessions that are looked at after the shell was switched on: the first with that host, and the first from where it was done. */
const SESSIONS_LOOKED_AT = 50;

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
      SELECT r.target, r.ts AS closed_at, r.rid AS closed_rid, s.ts, s.rid, s.source, s.client, s.auth_success
      FROM session s ASOF JOIN (SELECT target, ts, min(rid) AS rid FROM refused GROUP BY ALL) r ON r.target = s.target AND r.ts < s.ts
    ), numbered AS (
      SELECT key, rid, ts, use, auth_success, row_number() OVER (PARTITION BY key ORDER BY ts, rid) AS nr FROM (SELECT *, unnest(['to ' || target, 'from ' || source]) AS key FROM session)
    ), first_after AS (
      SELECT w.rid, w.until, w.key, n.nr FROM (SELECT rid, ts, CAST(ts + to_hours($hours) AS TIMESTAMP_NS) AS until, unnest(['to ' || target, 'from ' || source]) AS key FROM switched) w
      ASOF JOIN (SELECT key, ts, min(nr) AS nr FROM numbered GROUP BY ALL) n ON n.key = w.key AND n.ts >= w.ts
    ), used AS (
      -- Sorted when gathered: an aggregate with an order takes too much memory for thousands of switches.
      SELECT switch, min(ts) AS ts, list_transform(list_sort(list({ ts: ts, rid: rid })), lambda each: each.rid)[:20] AS rids,
             list_aggregate(list_sort(list_distinct(list(use) FILTER (auth_success AND use NOT LIKE 'nothing%'))), 'string_agg', ', ') AS uses
      FROM (SELECT DISTINCT f.rid AS switch, n.ts, n.rid, n.use, n.auth_success
      FROM (SELECT rid, until, key, unnest(range(nr, nr + ${SESSIONS_LOOKED_AT})) AS nr FROM first_after) f JOIN numbered n ON n.key = f.key AND n.nr = f.nr WHERE n.ts <= f.until) GROUP BY switch
    )
    SELECT w.ts, coalesce(s.ts, w.ts) AS ts_last, list_concat([w.rid], coalesce(s.rids, [])) AS records, w.source, w.target, w."user", w.what AS object,
           w.outcome, 'fact' AS basis, 0.85 AS confidence, CASE w.outcome WHEN 'confirmed' THEN 'switched on the shell of a hypervisor through' WHEN 'refused' THEN 'asked (and was refused) to switch on the shell of a hypervisor through' ELSE 'asked to switch on the shell of a hypervisor through' END AS did,
           ' (' || w.operation || ' ' || w.what || ')' || CASE WHEN s.rids IS NOT NULL THEN '; an SSH session followed' || coalesce(', it seems: ' || nullif(s.uses, ''), '') ELSE '; no SSH session was seen after it' END AS how,
           CASE WHEN w.source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity
    FROM switched w LEFT JOIN used s ON s.switch = w.rid
    UNION ALL
    SELECT min(ts), max(ts), list_concat([arg_min(closed_rid, ts)], list(rid ORDER BY ts)[:20]), source, target, NULL, NULL,
           CASE WHEN bool_or(auth_success) THEN 'confirmed' ELSE 'attempted' END, 'inference', 0.6, 'opened SSH to',
           ', which had refused SSH at ' || strftime(arg_min(closed_at, ts), '%Y-%m-%d %H:%M:%S') || ' and now answered: it looks as if the service was switched on in between',
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
