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
  parameters: { names: 8, unknown: 4, minutes: 10, seconds: 60 },
  // Many account names from one source answered with "unknown" (6), "pre-authentication failed" (24) or "revoked" (18). RFC 4120 7.5.9
  // Where one name after the other does not exist, fewer tell: those that exist are asked for their proof, which leaves no record, and are given none.
  // Users of a terminal server log on beside. A name counts as guessed that was refused before, or is accepted among names of which most do not exist:
  // in the seconds around it more of them than log-ons. Machines and who had logged on from there before are no guess.
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
      SELECT *, ts - lag(ts, $names - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached,
             is_unknown AND ts - lag(ts, $unknown - 1) OVER (PARTITION BY source, day, is_unknown ORDER BY ts) <= to_seconds($seconds) AS is_search FROM refused
    ), sprayed AS (
      SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, min(target) AS target,
             day, list(name) AS names, count(*) AS count, count(*) FILTER (is_unknown) AS unknown_names, count(*) FILTER (is_wrong) AS wrong, coalesce(bool_or(reached), false) AS is_many
      FROM dense GROUP BY source, day HAVING bool_or(reached) OR bool_or(is_search)
    ), asked AS (
      SELECT rid, ts, "id.orig_h" AS source, client, lower(client) AS name, split_part(client, '/', 1) LIKE '%$' AS is_machine, coalesce(success, false) AS is_granted FROM kerberos
      WHERE request_type = 'AS' AND client IS NOT NULL AND (success OR error_msg LIKE '%C_PRINCIPAL_UNKNOWN%') AND "id.orig_h" IN (SELECT source FROM sprayed)
    ), surrounded AS (
      SELECT *, min(ts) FILTER (is_granted) OVER (PARTITION BY source, name) AS since, count(DISTINCT name) FILTER (NOT is_granted) OVER before AS unknown_before,
             count(DISTINCT name) FILTER (NOT is_granted) OVER around AS unknown_around, count(DISTINCT name) FILTER (is_granted AND NOT is_machine) OVER around AS granted_around
      FROM asked
      WINDOW before AS (PARTITION BY source ORDER BY ts RANGE BETWEEN to_seconds($seconds) PRECEDING AND CURRENT ROW),
             around AS (PARTITION BY source ORDER BY ts RANGE BETWEEN to_seconds($seconds) PRECEDING AND to_seconds($seconds) FOLLOWING)
    ), accepted AS (
      SELECT s.source, s.day, ${accountOfClient("k.client")} AS account, k.ts, k.rid, list_contains(s.names, k.name) AS was_refused,
             list_contains(s.names, k.name) OR (2 * s.unknown_names >= s.count AND NOT k.is_machine AND k.since >= s.ts AND k.unknown_before > 0 AND k.unknown_around > greatest(k.granted_around, 1)) AS is_guessed
      FROM sprayed s JOIN surrounded k ON k.source = s.source AND CAST(k.ts AS DATE) = s.day AND k.ts >= s.ts
      WHERE k.is_granted
    ), log_on AS (
      SELECT source, day, list(DISTINCT account ORDER BY account)[:10] AS accounts, list(DISTINCT account ORDER BY account) FILTER (is_guessed)[:10] AS guessed, max(ts) FILTER (is_guessed) AS ts_last,
             count(DISTINCT account) FILTER (is_guessed AND NOT was_refused) AS more, list(rid ORDER BY ts) FILTER (is_guessed)[:20] AS records
      FROM accepted GROUP BY ALL
    )
    SELECT s.ts, greatest(s.ts_last, a.ts_last) AS ts_last, list_concat(s.records, coalesce(a.records, [])) AS records, s.record_count, s.source, s.target, s.count + coalesce(a.more, 0) AS count, s.unknown_names, s.wrong,
           CASE WHEN len(a.guessed) > 0 THEN 'the log-on was accepted for ' || list_aggregate(a.guessed, 'string_agg', ', ')
                WHEN len(a.accounts) > 0 THEN 'log-ons from there that were accepted since, which may be of its own users: ' || list_aggregate(a.accounts, 'string_agg', ', ') ELSE 'none of its log-ons was accepted' END AS success_text,
           list_distinct([CASE WHEN s.wrong > 0 OR len(a.guessed) > 0 THEN 'T1110.003' END, CASE WHEN s.unknown_names > 0 OR coalesce(len(a.guessed), 0) = 0 AND s.wrong = 0 THEN 'T1087.002' END]) AS techniques,
           CASE WHEN len(a.guessed) > 0 THEN 'confirmed' ELSE 'refused' END AS outcome, CASE WHEN len(a.guessed) > 0 THEN 'critical' WHEN s.is_many THEN 'high' ELSE 'medium' END AS severity
    FROM sprayed s LEFT JOIN log_on a ON a.source = s.source AND a.day = s.day`,
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
