import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, inOrder, SSH_USE } from "../sql.ts";

/** Sessions that the records of a finding hold. */
const SESSIONS_NAMED = 20;
/** Uses that are told of the sessions of each kind, and besides the one of the most octets; those of one kind differ in size and confidence. */
const USES_TOLD = 10;

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
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.auth_success, greatest(s.orig_session_octets, s.resp_session_octets) AS octets, concat_ws(' ', s.inferred_use, s.inferred_direction) AS kind, ${SSH_USE} AS use FROM ssh s
      WHERE s."id.resp_p" = 22 AND (s."id.resp_h" IN (SELECT target FROM refused) OR EXISTS (SELECT 1 FROM switched))
    ), opened AS (
      SELECT s.source, s.target, s.ts, s.rid, s.auth_success, r.ts AS closed_at, r.rid AS closed_rid
      FROM session s ASOF JOIN (SELECT target, ts, min(rid) AS rid FROM refused GROUP BY ALL) r ON r.target = s.target AND r.ts < s.ts
    ), followed AS (
      -- A session to the same hypervisor, or from the same host.
      SELECT *, row_number() OVER (PARTITION BY side, host ORDER BY ts, rid) AS nr FROM (SELECT *, unnest(['target', 'source']) AS side, unnest([target, source]) AS host FROM session WHERE EXISTS (SELECT 1 FROM switched))
    ), told AS (
      -- Sessions of a kind one after another that seem to have been for the same, as one.
      SELECT *, sum(CASE WHEN use = before THEN 0 ELSE 1 END) OVER (PARTITION BY side, host, kind ORDER BY nr ROWS UNBOUNDED PRECEDING) AS nr_told
      FROM (SELECT *, lag(use) OVER (PARTITION BY side, host, kind ORDER BY nr) AS before FROM followed WHERE auth_success AND use NOT LIKE 'nothing%')
    ), asked AS (
      SELECT rid AS act, ts, unnest(['target', 'source']) AS side, unnest([target, source]) AS host FROM switched
    ), within AS (
      SELECT * FROM (
        SELECT act, side, host, min(nr) OVER within AS first, max(nr) OVER within AS last
        FROM (SELECT * FROM asked UNION ALL BY NAME SELECT side, host, ts, nr FROM followed) WINDOW within AS (PARTITION BY side, host ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 3600000000000 * CAST($hours AS BIGINT) FOLLOWING)
      ) WHERE act IS NOT NULL AND first IS NOT NULL
    ), told_within AS (
      SELECT * FROM (
        SELECT act, side, host, kind, min(nr_told) OVER within AS first, max(nr_told) OVER within AS last,
               (max(CASE WHEN nr_told IS NOT NULL THEN { octets: coalesce(octets, 0), nr: nr_told } END) OVER within).nr AS largest
        FROM (SELECT a.*, k.kind FROM asked a JOIN (SELECT DISTINCT side, host, kind FROM told) k USING (side, host) UNION ALL BY NAME SELECT side, host, kind, ts, nr_told, octets FROM told)
        WINDOW within AS (PARTITION BY side, host, kind ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 3600000000000 * CAST($hours AS BIGINT) FOLLOWING)
      ) WHERE act IS NOT NULL AND first IS NOT NULL
    ), after AS (
      SELECT act, min(ts) AS ts, ${inOrder("{ ts: ts, rid: rid }")}[:${SESSIONS_NAMED}] AS rids
      FROM (SELECT DISTINCT w.act, f.ts, f.rid FROM (SELECT act, side, host, unnest(range(first, least(last, first + ${SESSIONS_NAMED - 1}) + 1)) AS nr FROM within) w JOIN followed f USING (side, host, nr)) GROUP BY act
    ), used AS (
      SELECT w.act, list_aggregate(list_sort(list(DISTINCT t.use)), 'string_agg', ', ') AS uses
      FROM (SELECT act, side, host, kind, unnest(list_distinct(list_append(range(CAST(first AS BIGINT), CAST(least(last, first + ${USES_TOLD - 1}) AS BIGINT) + 1), CAST(largest AS BIGINT)))) AS nr_told FROM told_within) w
      JOIN (SELECT DISTINCT side, host, kind, nr_told, use FROM told) t ON t.side = w.side AND t.host = w.host AND t.kind = w.kind AND t.nr_told = w.nr_told GROUP BY w.act
    )
    SELECT w.ts, coalesce(s.ts, w.ts) AS ts_last, list_concat([w.rid], coalesce(s.rids, [])) AS records, w.source, w.target, w."user", w.what AS object,
           w.outcome, 'fact' AS basis, 0.85 AS confidence, CASE w.outcome WHEN 'confirmed' THEN 'switched on the shell of a hypervisor through' WHEN 'refused' THEN 'asked (and was refused) to switch on the shell of a hypervisor through' ELSE 'asked to switch on the shell of a hypervisor through' END AS did,
           ' (' || w.operation || ' ' || w.what || ')' || CASE WHEN s.act IS NOT NULL THEN '; an SSH session followed' || coalesce(', it seems: ' || u.uses, '') ELSE '; no SSH session was seen after it' END AS how,
           CASE WHEN w.source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity
    FROM switched w LEFT JOIN after s ON s.act = w.rid LEFT JOIN used u ON u.act = w.rid
    UNION ALL
    SELECT min(ts), max(ts), list_concat([arg_min(closed_rid, { ts: ts, rid: rid })], list(rid ORDER BY ts, rid)[:${SESSIONS_NAMED}]), source, target, NULL, NULL,
           CASE WHEN bool_or(auth_success) THEN 'confirmed' ELSE 'attempted' END, 'inference', 0.6, 'opened SSH to',
           ', which had refused SSH at ' || strftime(arg_min(closed_at, { ts: ts, rid: rid }), '%Y-%m-%d %H:%M:%S') || ' and now answered: it looks as if the service was switched on in between',
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
