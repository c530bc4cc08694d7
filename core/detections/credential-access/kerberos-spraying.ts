import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const kerberosSpraying: Detection = {
  id: "BT-CA-010",
  title: "Kerberos user enumeration or password spraying",
  phase: "credential-access",
  attack: ["T1110.003", "T1087.002"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: { names: 8, minutes: 10 },
  // Many account names from one source answered with "unknown" (6), "pre-authentication failed" (24) or "revoked" (18). RFC 4120 7.5.9
  // Users of a terminal server log on beside: only a name that was refused before counts as guessed.
  query: `
    WITH refused AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, lower(client) AS name, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last,
             arg_min(rid, ts) AS rid, count(*) AS tries,
             bool_or(error_msg LIKE '%PRINCIPAL_UNKNOWN%') AS is_unknown, bool_or(error_msg LIKE '%PREAUTH_FAILED%') AS is_wrong
      FROM kerberos
      WHERE request_type = 'AS' AND client IS NOT NULL
        AND regexp_matches(coalesce(error_msg, ''), 'C_PRINCIPAL_UNKNOWN|PREAUTH_FAILED|CLIENT_REVOKED')
      GROUP BY 1, 2, 3, 4
    ), dense AS (
      SELECT *, ts - lag(ts, $names - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM refused
    ), asked AS (
      SELECT "id.orig_h" AS source, CAST(ts AS DATE) AS day, count(DISTINCT lower(client)) AS accepted,
             list(DISTINCT ${accountOfClient("client")} ORDER BY ${accountOfClient("client")})[:10] AS accepted_names, max(ts) AS last_accepted,
             max(ts) FILTER (("id.orig_h", CAST(ts AS DATE), lower(client)) IN (SELECT (source, day, name) FROM refused)) AS last_refused_accepted
      FROM kerberos WHERE request_type = 'AS' AND success GROUP BY 1, 2
    ), sprayed AS (
      SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target,
             day, count(*) AS count, count(*) FILTER (is_unknown) AS unknown_names, count(*) FILTER (is_wrong) AS wrong, sum(tries) AS tries
      FROM dense GROUP BY source, day HAVING bool_or(reached)
    )
    SELECT s.ts, s.ts_last, s.records, s.record_count, s.source, s.target, s.count, s.unknown_names, s.wrong,
           CASE WHEN a.last_accepted >= s.ts THEN 'log-ons that worked afterwards or between: ' || list_aggregate(a.accepted_names, 'string_agg', ', ') ELSE 'none of its log-ons was accepted' END AS success_text,
           CASE WHEN a.last_refused_accepted >= s.ts THEN 'confirmed' ELSE 'refused' END AS outcome
    FROM sprayed s LEFT JOIN asked a ON a.source = s.source AND a.day = s.day`,
  explanation:
    "{source} tried {count} account names at {target}: {unknown_names} do not exist, for {wrong} the password was wrong; {success_text}.",
  falsePositives: ["Terminal servers with many users after a password change"],
  references: ["https://attack.mitre.org/techniques/T1110/003/", "RFC 4120 7.5.9"],
  blindTo: [],
  samples: [
    { capture: "kerberos-spraying.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
