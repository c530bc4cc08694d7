import type { Detection } from "../detection.ts";
import { CONTROLLERS, GROUP_OUTCOME } from "../sql.ts";

export const dcsync: Detection = {
  id: "BT-CA-001",
  title: "DCSync",
  phase: "credential-access",
  attack: ["T1003.006"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { answer_octets: 1000, minutes: 15, seconds: 10 },
  // [MS-DRSR] 4.1.10: IDL_DRSGetNCChanges 3. Without the bind, the sequence DRSBind 0, DRSDomainControllerInfo 16 or DRSCrackNames 12, then 3 on one connection stands for it.
  // Controllers tell their partners of changes by IDL_DRSReplicaSync 2, upon which these ask, as machines and without looking anything up. Where the notice has no bind either, its connection has only sealed
  // calls of that interface. A caller can make a controller send one (IDL_DRSUpdateRefs 4), so it explains nothing for a person's account or after a look-up.
  query: `
    WITH replication AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, target_name, coalesce(response_octets, 0) AS octets, sealed, outcome AS came_of_it, false AS without_bind, true AS is_copy
      FROM dce_rpc WHERE endpoint = 'drsuapi' AND opnum = 3
    ), unnamed AS (
      SELECT uid FROM dce_rpc WHERE endpoint IS NULL OR endpoint LIKE 'unknown%'
      GROUP BY uid
      HAVING bool_or(opnum = 3 AND coalesce(response_octets, 0) >= $answer_octets) AND bool_or(opnum = 12) AND bool_or(opnum = 16) AND max(opnum) <= 16
    ), bindless AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, target_name, CASE WHEN opnum = 3 THEN coalesce(response_octets, 0) ELSE 0 END AS octets, sealed, NULL AS came_of_it, true AS without_bind, opnum = 3 AS is_copy
      FROM dce_rpc WHERE opnum IN (3, 12, 16) AND uid IN (SELECT uid FROM unnamed)
    ), lookup AS (
      SELECT DISTINCT uid FROM dce_rpc WHERE endpoint = 'drsuapi' AND opnum IN (12, 16)
    ), unnamed_notice AS (
      SELECT uid FROM dce_rpc GROUP BY uid
      HAVING bool_or(opnum = 2) AND bool_and(starts_with(coalesce(endpoint, 'unknown'), 'unknown') AND coalesce(sealed, false) AND opnum BETWEEN 0 AND 30)
    ), notice AS (
      SELECT ts, "id.orig_h" AS partner, "id.resp_h" AS host FROM dce_rpc WHERE opnum = 2 AND (endpoint = 'drsuapi' OR uid IN (SELECT uid FROM unnamed_notice))
    ), asked AS (
      SELECT *, EXISTS (SELECT 1 FROM notice o WHERE o.partner = r.target AND o.host = r.source AND o.ts BETWEEN r.ts - to_seconds($seconds) AND r.ts) AS was_told
      FROM (SELECT *, uid IN (SELECT uid FROM lookup) AS looks_up FROM replication UNION ALL SELECT *, true FROM bindless) r WHERE source NOT IN ${CONTROLLERS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, without_bind ORDER BY ts) > to_minutes($minutes) AS apart FROM asked
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, without_bind ORDER BY ts) AS number FROM paced
    ), judged AS (
      SELECT * REPLACE (bool_or(was_told) OVER whole AS was_told), bool_or(was_told) OVER whole AND NOT bool_or(looks_up) OVER whole AND bool_and(coalesce("user", '') = '' OR "user" LIKE '%$') OVER whole AS is_partner
      FROM run WINDOW whole AS (PARTITION BY source, target, without_bind, number)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) FILTER (is_copy) AS count, source, target,
           coalesce(min("user") FILTER ("user" NOT LIKE '%$'), min("user")) AS "user", min(target_name) AS object, without_bind,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'it answered with ' || formatReadableDecimalSize(CAST(sum(octets) AS BIGINT)) || CASE WHEN bool_or(sealed) THEN ', sealed' ELSE '' END
                WHEN bool_and(outcome = 'refused') THEN 'it refused' WHEN sum(octets) > 0 THEN 'it answered with ' || formatReadableDecimalSize(CAST(sum(octets) AS BIGINT)) || ', of which the status was not captured' ELSE 'no answer was captured' END
             || CASE WHEN was_told THEN '. Just before, ' || target || ' itself called ' || source || ' as controllers do that tell a partner of changes' ELSE '' END AS answer,
           CASE WHEN without_bind THEN 0.6 WHEN bool_or(looks_up) THEN 0.95 ELSE 0.5 END AS confidence,
           CASE WHEN without_bind THEN 'inference' ELSE 'fact' END AS basis,
           CASE WHEN is_partner THEN 'low' WHEN NOT bool_or(looks_up) THEN 'medium' WHEN bool_and("user" LIKE '%$') THEN 'high' ELSE 'critical' END AS severity,
           CASE WHEN is_partner THEN 'The controller had told it of changes: it is probably a domain controller that was not recognised' WHEN NOT bool_or(looks_up) THEN 'The caller looked no account up first, as tools do: it may be a domain controller that was not recognised'
                WHEN bool_and("user" LIKE '%$') THEN 'The account is a machine account: it may be a domain controller that was not recognised'
                WHEN without_bind THEN 'The connection was captured without its bind: the interface is concluded from the order of the calls' END AS note,
           CASE WHEN is_partner THEN ['Replication between two domain controllers, of which the traffic shows only one to be one'] END AS harmless
    FROM judged GROUP BY source, target, without_bind, was_told, is_partner, number, came_of_it HAVING bool_or(is_copy)`,
  explanation:
    "{user} on {source}, which is not known as a domain controller, asked {target} {count} times to replicate directory objects, which can include password hashes; {answer}.",
  falsePositives: [
    "Identity synchronisation (Entra Connect, Okta) and backup agents for the directory: list them in the scope",
  ],
  references: ["https://attack.mitre.org/techniques/T1003/006/", "MS-DRSR 4.1.10"],
  blindTo: [],
  samples: [
    { capture: "dcsync.pcapng", findings: 1 },
    { capture: "dc-replication.pcapng", findings: 0 },
  ],
};
