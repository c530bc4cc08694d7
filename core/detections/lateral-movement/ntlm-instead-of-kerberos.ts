import type { Detection } from "../detection.ts";
import { HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

/** What each kind of log-on can be instead of an attack. */
const HARMLESS = {
  client: ["NTLM of monitoring, inventory and management on other systems than Windows, which uses WMI or services"],
  usual: ["NTLM where a host is reached by address instead of name, or DNS fails"],
  ticket: [
    "The ticket of an account that was deleted or renamed while it was logged on, or that the asked controller does not know yet",
  ],
} as const;

/** " 5 times", nothing for once; of log-ons by their records. */
const TIMES = `CASE WHEN count(DISTINCT rid) = 1 THEN '' ELSE ' ' || count(DISTINCT rid) || ' times' END`;

const listOf = (texts: readonly string[]): string => `[${texts.map((text) => `'${text}'`).join(", ")}]`;

export const ntlmInsteadOfKerberos: Detection = {
  id: "BT-LM-015",
  title: "Log-on by unusual proof: NTLM in place of Kerberos or of another client, a ticket of no account",
  phase: "lateral-movement",
  attack: ["T1550.002"],
  severity: "medium",
  confidence: 0.55,
  basis: "inference",
  needs: ["ntlm|kerberos"],
  learningDays: 0,
  parameters: { learning_days: 7, share: 0.9, log_ons: 10, minutes: 10 },
  // Windows since Vista names its version and its machine, and protects the exchange with an integrity code. A client that leaves out two of them
  // and then makes another host run something is a program that speaks NTLM itself, as those that log on with a hash do. [MS-NLMP] 2.2.1.3
  query: `
    WITH log_on AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, lower(username) AS account, concat_ws('\\', nullif(domainname, ''), username) AS "user",
             CASE WHEN client_version IS NULL OR TRY_CAST(split_part(client_version, '.', 1) AS INTEGER) NOT BETWEEN 5 AND 10 THEN 1 ELSE 0 END
               + CASE WHEN coalesce(hostname, '') = '' THEN 1 ELSE 0 END + CASE WHEN response = 'NTLMv2' AND has_mic = false THEN 1 ELSE 0 END AS oddities,
             list_filter([CASE WHEN client_version IS NULL OR TRY_CAST(split_part(client_version, '.', 1) AS INTEGER) NOT BETWEEN 5 AND 10 THEN 'its Windows version' END,
               CASE WHEN coalesce(hostname, '') = '' THEN 'the name of its machine' END, CASE WHEN response = 'NTLMv2' AND has_mic = false THEN 'the integrity code' END], lambda x: x IS NOT NULL) AS lacks
      FROM ntlm WHERE username IS NOT NULL AND username <> '' AND username NOT LIKE '%$' AND coalesce(accepted, success, true)
    ), ran AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, ts, rid FROM dce_rpc
      WHERE (endpoint = 'svcctl' AND opnum IN (12, 19, 24, 31, 44, 45, 60)) OR (endpoint = 'IWbemServices' AND opnum IN (24, 25))
         OR (endpoint = 'ITaskSchedulerService' AND opnum IN (1, 12)) OR (endpoint = 'atsvc' AND opnum = 0) OR (endpoint = 'IDispatch' AND opnum = 6)
         OR (endpoint = 'winreg' AND opnum IN (20, 22, 31)) OR (endpoint = 'drsuapi' AND opnum = 3)
    ), odd AS (
      SELECT l.source, l.target, l.account, l."user", l.rid, l.ts, l.lacks, r.ts AS ran_at, r.rid AS ran_rid
      FROM (SELECT * FROM log_on WHERE oddities >= 2) l ASOF JOIN (SELECT source, target, ts, min(rid) AS rid FROM ran GROUP BY ALL) r ON r.source = l.source AND r.target = l.target AND r.ts >= l.ts
      WHERE r.ts <= l.ts + to_minutes($minutes)
    ), kerberized AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, lower("user") AS full_name, 1 AS n FROM smb_sessions
      WHERE mechanism = 'kerberos' AND outcome = 'confirmed' AND ts <= ${LEARNED_UNTIL} AND "user" IS NOT NULL
    ), habit AS (
      SELECT source, target, split_part(full_name, '\\', -1) AS account, count(*) AS tickets FROM kerberized GROUP BY ALL
    ), before AS (
      SELECT source, target, account, count(*) AS hashes FROM log_on WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), unusual AS (
      SELECT l.source, l.target, l.account, l."user", l.rid, l.ts, h.tickets
      FROM log_on l JOIN habit h ON h.source = l.source AND h.target = l.target AND h.account = l.account
      LEFT JOIN before b ON b.source = l.source AND b.target = l.target AND b.account = l.account
      WHERE l.ts > ${LEARNED_UNTIL} AND ${HAS_HISTORY} AND h.tickets >= $log_ons AND h.tickets >= $share * (h.tickets + coalesce(b.hashes, 0))
    ), unknown_name AS (
      -- The server asks for a ticket in the name of who logged on, and the controller knows no such account (error 6): the ticket was not the controller's.
      SELECT ts, rid, "id.orig_h" AS target, "id.resp_h" AS controller, for_user, split_part(for_user, '/', 2) || '\\' || split_part(for_user, '/', 1) AS "user"
      FROM kerberos WHERE delegation = 'S4U2self' AND error_code = 6 AND for_user IS NOT NULL
    ), ticketed AS (
      -- A web server that knows who asks may still answer with a page elsewhere, a fault or a time-out; 400, 408 and those of a proxy say nothing of the ticket.
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, CASE WHEN uri ILIKE '%wsman%' THEN 'WinRM' ELSE 'HTTP' END AS protocol, CASE WHEN status_code = 401 THEN false WHEN status_code NOT IN (400, 408, 502, 503, 504) THEN true END AS accepted FROM http WHERE auth_scheme IN ('kerberos', 'negotiate')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'SMB', CASE outcome WHEN 'confirmed' THEN true WHEN 'refused' THEN false END FROM smb_sessions WHERE mechanism = 'kerberos'
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", CASE WHEN "id.resp_p" IN (389, 636, 3268, 3269) THEN 'LDAP' WHEN "id.resp_p" IN (139, 445) THEN 'SMB' ELSE 'RPC' END, success FROM kerberos
      WHERE request_type = 'AP' AND uid NOT IN (SELECT uid FROM http) AND uid NOT IN (SELECT uid FROM smb_sessions)
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY target, source ORDER BY ts, rid) AS nr FROM ticketed WHERE target IN (SELECT target FROM unknown_name)
    ), asked AS (
      -- A name is only one host's where no other logged on at that moment.
      SELECT * FROM (
        SELECT rid, ts, target, controller, "user", min(source) OVER near = max(source) OVER near AS is_only FROM (SELECT * FROM unknown_name UNION ALL BY NAME SELECT target, source, ts FROM numbered)
        WINDOW near AS (PARTITION BY target ORDER BY epoch_ns(ts) RANGE BETWEEN 5000000000 PRECEDING AND 1000000000 FOLLOWING)
      ) WHERE rid IS NOT NULL AND is_only IS NOT NULL
    ), forged AS (
      SELECT * FROM (
        SELECT target, source, name_rid, ts, controller, "user", is_only, min(nr) OVER near AS first, max(nr) OVER near AS last, min(log_on_ts) OVER near AS log_on_ts, min(protocol) OVER near AS protocol, bool_or(accepted) OVER near AS any_accepted
        FROM (SELECT target, source, ts, ts AS log_on_ts, nr, protocol, accepted FROM numbered
          UNION ALL BY NAME SELECT a.* RENAME (rid AS name_rid), k.source FROM asked a JOIN (SELECT DISTINCT target, source FROM numbered) k USING (target))
        WINDOW near AS (PARTITION BY target, source ORDER BY epoch_ns(ts) RANGE BETWEEN 5000000000 PRECEDING AND 1000000000 FOLLOWING)
      ) WHERE name_rid IS NOT NULL AND first IS NOT NULL
    ), own AS (
      -- Log-ons that the questions before, for the same name, did not have: each once.
      SELECT *, greatest(first, coalesce(lag(last) OVER (PARTITION BY target, source, "user" ORDER BY ts, name_rid) + 1, 0)) AS from_nr FROM forged
    ), log_ons AS (
      SELECT o.target, o.source, o."user", list(n.rid ORDER BY n.rid)[:50] AS rids
      FROM (SELECT target, source, "user", unnest(range(from_nr, least(last, from_nr + 49) + 1)) AS nr FROM own) o JOIN numbered n ON n.target = o.target AND n.source = o.source AND n.nr = o.nr GROUP BY ALL
    ), nobody AS (
      SELECT o.source, o.target, o."user", min(log_on_ts) AS ts, max(ts) AS ts_last, min(l.rids) AS log_ons, list(name_rid ORDER BY name_rid)[:50] AS names, CAST(sum(greatest(last - from_nr + 1, 0)) AS BIGINT) AS count, count(*) AS asked,
             bool_or(any_accepted) AS any_accepted, bool_or(any_accepted) IS NOT NULL AND NOT bool_or(any_accepted) AS is_refused, bool_and(is_only) AS is_only, min(protocol) AS protocol, min(controller) AS controller
      FROM own o JOIN log_ons l ON l.target = o.target AND l.source = o.source AND l."user" = o."user" GROUP BY o.source, o.target, o."user"
    )
    SELECT min(ts) AS ts, max(ran_at) AS ts_last, list_concat(list(DISTINCT rid ORDER BY rid)[:50], list(DISTINCT ran_rid ORDER BY ran_rid)[:50]) AS records, source, target,
           min("user") AS "user", min("user") AS object, count(DISTINCT rid) AS count, 'confirmed' AS outcome, 0.5 AS confidence, 'medium' AS severity, CAST([] AS VARCHAR[]) AS attack, 'NTLM log-on without what Windows sends, then a call to run or change something' AS title, 'NTLM' || ${TIMES} AS proof, NULL AS note, false AS unread, ${listOf(HARMLESS.client)} AS harmless,
           'then the same host called for something to be run, changed or replicated there' AS why,
           ' Its client leaves out what Windows sends: ' || list_aggregate(list_sort(list_distinct(flatten(list(lacks)))), 'string_agg', ', ') || '. So do programs that speak NTLM themselves, some of which can log on with a password hash; whether it was one is not readable.' AS more_text
    FROM odd GROUP BY source, target, account
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:50], source, target, min("user"), min("user"), count(*), 'confirmed', 0.55, 'medium', [], 'NTLM log-on where Kerberos was usual', 'NTLM' || ${TIMES}, NULL, false, ${listOf(HARMLESS.usual)},
           'before, the account had used Kerberos there in ' || min(tickets) || ' log-ons', ''
    FROM unusual GROUP BY source, target, account
    UNION ALL
    SELECT ts, ts_last, list_concat(log_ons, names), source, target, "user", "user", count,
           CASE WHEN any_accepted THEN 'confirmed' WHEN is_refused THEN 'refused' ELSE 'attempted' END, CASE WHEN is_only THEN 0.6 ELSE 0.4 END, CASE WHEN is_only THEN 'critical' ELSE 'medium' END,
           ['T1558.001', 'T1550.003'], 'Kerberos log-on of an account that the domain does not know', 'a Kerberos ticket over ' || protocol,
           CASE WHEN is_only THEN 'Severity critical: whoever can forge such a ticket can log on under any name' ELSE 'Severity medium: several hosts logged on at that moment, and which of them used the name is not seen' END, false, ${listOf(HARMLESS.ticket)},
           CASE WHEN any_accepted THEN 'that host accepted the ticket' WHEN is_refused THEN 'that host refused the ticket' ELSE 'whether that host accepted it is not seen' END
             || ', while the domain controller ' || controller || ', asked by it about the account, answered ' || CASE WHEN asked = 1 THEN '' ELSE asked || ' times ' END || 'that there is none',
           ' The ticket was probably forged; who used it, and how the key was got that such a ticket is made with, is not known.'
    FROM nobody`,
  explanation: "{user} logged on from {source} to {target} with {proof}; {why}.{more_text}",
  falsePositives: [...HARMLESS.usual, ...HARMLESS.client, ...HARMLESS.ticket],
  references: [
    "https://attack.mitre.org/techniques/T1550/002/",
    "https://attack.mitre.org/techniques/T1558/001/",
    "MS-NLMP 2.2.1.3",
    "MS-SFU 3.1.5.1",
  ],
  blindTo: [],
  samples: [
    { capture: "ntlm-after-kerberos.rows", findings: 1 },
    { capture: "ntlm-hash-tool.rows", findings: 1 },
    { capture: "ticket-of-nobody.rows", findings: 1 },
    { capture: "ntlm-windows-client.rows", findings: 0 },
  ],
};
