import { FIXED_CHALLENGES } from "../../records/fixed-challenges.ts";
import type { Detection } from "../detection.ts";

export const namePoisoning: Detection = {
  id: "BT-CA-014",
  title: "Name-resolution poisoning",
  phase: "credential-access",
  attack: ["T1557.001"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["dns|ntlm"],
  learningDays: 0,
  parameters: { names: 3, minutes: 30, seconds: 30 },
  // LLMNR (5355), NetBIOS (137) and multicast DNS questions for addresses: who answers for many names, for WPAD, or against another. Tools also give every client the same challenge.
  query: `
    WITH answer AS (
      SELECT ts, rid, "id.orig_h" AS victim, answered_by AS responder, query, "id.resp_p" AS port, answers FROM dns
      WHERE "id.resp_p" IN (137, 5353, 5355) AND answered_by IS NOT NULL AND answered_by <> "id.orig_h" AND len(coalesce(answers, other_answers, [])) > 0
        AND regexp_matches("id.resp_h", '(^22[4-9]\\.|^23[0-9]\\.|^ff|\\.255$)') AND (qtype IN (1, 28, 255) OR ("id.resp_p" = 137 AND qtype = 32))
        AND NOT regexp_matches(query, '(\\._(tcp|udp)\\.local|\\.arpa)$') AND coalesce(name_suffix, '20') IN ('00', '20')
    ), named AS (
      SELECT responder, query, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts) AS rid, list(DISTINCT victim) AS victims, min(port) AS port FROM answer GROUP BY 1, 2
    ), paced AS (
      SELECT *, ts - lag(ts, $names - 1) OVER (PARTITION BY responder ORDER BY ts) <= to_minutes($minutes) AS reached FROM named
    ), rival AS (
      SELECT query FROM answer WHERE port <> 5353 GROUP BY query HAVING count(DISTINCT responder) > 1
    ), collector AS (
      SELECT host, min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:100] AS records, sum(count) AS count, list_sort(list_distinct(flatten(list(victims)))) AS victims, list(challenge ORDER BY ts) AS challenges FROM ${FIXED_CHALLENGES} GROUP BY host
    ), got AS (
      SELECT "id.resp_h" AS host, list(DISTINCT concat_ws('\\', nullif(domainname, ''), username) ORDER BY concat_ws('\\', nullif(domainname, ''), username))[:5] AS accounts FROM ntlm WHERE username <> '' GROUP BY 1
    ), made AS (
      SELECT DISTINCT own."id.orig_h" AS host FROM ntlm own JOIN ntlm back ON back."id.orig_h" = own."id.resp_h" AND back."id.resp_h" = own."id.orig_h" AND back.ts BETWEEN own.ts AND own.ts + to_seconds($seconds)
      WHERE own."id.orig_h" IN (SELECT host FROM collector) AND regexp_matches(back.username, '\\$$')
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, responder AS source, flatten(list(victims))[1] AS target, min(query) AS object, list(query ORDER BY ts) AS names,
           'answered for ' || count(*) || CASE WHEN count(*) = 1 THEN ' name' ELSE ' names' END || ' that ' || len(list_distinct(flatten(list(victims)))) || CASE WHEN len(list_distinct(flatten(list(victims)))) = 1 THEN ' host' ELSE ' hosts' END || ' had asked the whole link for' AS did,
           CASE WHEN bool_or(reached AND port <> 5353) OR bool_or(query IN ('wpad', 'wpad.local')) THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome, CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR[]) AS harmless, CAST(NULL AS VARCHAR[]) AS attack
    FROM paced
    GROUP BY responder HAVING bool_or(reached) OR bool_or(regexp_matches(query, '^wpad(\\.local)?$')) OR bool_or(query IN (SELECT query FROM rival))
    UNION ALL
    SELECT ts, ts_last, records, count, c.host, victims[1], challenges[1],
           list_concat(challenges, list_concat(CASE WHEN len(g.accounts) > 0 THEN ['it got log-ons as ' || list_aggregate(g.accounts, 'string_agg', ', ')] ELSE [] END,
             CASE WHEN m.host IS NULL THEN [] ELSE ['less than ' || $seconds || ' s after it had logged on to the same host: it may have made that host do so'] END)),
           'gave ' || CASE WHEN count = 1 THEN 'an NTLM challenge that tools have as their default' ELSE 'the same NTLM challenge in ' || count || ' messages' END || ' to ' || len(victims) || CASE WHEN len(victims) = 1 THEN ' host' ELSE ' hosts' END || ', where each should be drawn anew', 'high', 'confirmed',
           'NTLM log-ons collected with a fixed challenge', ['Programs that imitate a server, as tests of file sharing do'], CASE WHEN m.host IS NOT NULL THEN ['T1187'] END
    FROM collector c LEFT JOIN got g ON g.host = c.host LEFT JOIN made m ON m.host = c.host`,
  explanation: "{source} {did} ({names}).",
  falsePositives: ["NetBIOS master browsers", "Devices that answer for several names of their own"],
  references: ["https://attack.mitre.org/techniques/T1557/001/", "RFC 4795", "RFC 1002"],
  blindTo: [],
  samples: [
    { capture: "name-poisoning.rows", findings: 1 },
    { capture: "names.pcapng", findings: 0 },
  ],
};
