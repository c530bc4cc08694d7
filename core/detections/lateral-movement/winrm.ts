import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

/** Paths under which event forwarding collects events. */
const FORWARDING = "(?i)/wsman/(SubscriptionManager|subscriptions)(/|$)";

export const winrm: Detection = {
  id: "BT-LM-009",
  title: "WinRM or PowerShell remoting",
  phase: "lateral-movement",
  attack: ["T1021.006", "T1059.001"],
  severity: "high",
  confidence: 0.65,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { learning_days: 7, octets: 2000 },
  // [MS-WSMV] 3.1: POST to /wsman; what is asked is in winrm where it is not sealed. Over TLS (port 5986), and where the beginning of the connection is
  // missing, only port and sizes speak. One finding for each pair of hosts, log-on and day; pairs of the time of learning are usual. While no machine is known to be
  // part of the estate, every host may be; then PowerShell or commands that were read are told from other management. Windows forwards events by the same
  // service under paths of its own, which run nothing.
  query: `
    WITH request AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, user_agent, status_code, uri, auth_scheme, auth_user,
             coalesce(request_body_len, 0) AS sent, coalesce(response_body_len, 0) AS got, lower(coalesce(request_content_type, '')) LIKE '%session-encrypted%' AS sealed
      FROM http WHERE method = 'POST' AND regexp_matches(uri, '(?i)^(https?://[^/]*)?/wsman([/?]|$)') AND NOT regexp_matches(uri, '${FORWARDING}')
    ), account AS (
      SELECT uid, min("user") AS "user", CASE WHEN bool_or(by_ntlm) THEN 'NTLM' WHEN bool_or(by_ticket) THEN 'Kerberos' END AS proof FROM (
        SELECT uid, concat_ws('\\', nullif(domainname, ''), username) AS "user", true AS by_ntlm, false AS by_ticket FROM ntlm WHERE username IS NOT NULL AND username <> '' AND uid IN (SELECT uid FROM request)
        UNION ALL SELECT uid, concat_ws('\\', nullif(domain, ''), "user"), false, false FROM winrm WHERE "user" IS NOT NULL
        UNION ALL SELECT uid, NULL, false, true FROM kerberos WHERE request_type = 'AP' AND uid IN (SELECT uid FROM request)
      ) GROUP BY uid
    ), asked AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, CAST(ts AS DATE) AS day, list(what ORDER BY ts) AS said, bool_or(command_line IS NOT NULL OR script IS NOT NULL) AS is_run
      FROM (SELECT *, coalesce(command_line, script, filter) AS what, row_number() OVER (PARTITION BY "id.orig_h", "id.resp_h", CAST(ts AS DATE), coalesce(command_line, script, filter) ORDER BY ts) AS nth FROM winrm WHERE NOT regexp_matches(coalesce(uri, ''), '${FORWARDING}'))
      WHERE what IS NOT NULL AND nth = 1 GROUP BY ALL
    ), dark AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, orig_bytes, resp_bytes, "id.resp_p" AS port FROM conn
      WHERE proto = 'tcp' AND orig_bytes >= $octets AND resp_bytes > 0
        AND (("id.resp_p" = 5986 AND coalesce(service, '') IN ('', 'ssl')) OR ("id.resp_p" IN (5985, 47001) AND service IS NULL))
        AND uid NOT IN (SELECT uid FROM request)
    ), open AS (
      -- What a shell does is answered as long as its connection lasts.
      SELECT uid, max(make_timestamp_ns(epoch_ns(ts) + coalesce(duration, 0))) AS until FROM conn WHERE uid IN (SELECT uid FROM request) GROUP BY uid
    ), pair AS (
      SELECT source, target, min(ts) AS since FROM (SELECT source, target, ts FROM request UNION ALL SELECT source, target, ts FROM dark) GROUP BY ALL
    ), session AS (
      SELECT r.source, r.target, CAST(r.ts AS DATE) AS day, min(r.ts) AS ts, greatest(max(r.ts), max(o.until)) AS ts_last, list(r.rid ORDER BY r.ts)[:200] AS records, count(*) AS count, 'fact' AS basis, 0.65 AS confidence,
             min(a."user") AS "user", bool_or(r.status_code BETWEEN 200 AND 299) AS accepted, bool_and(coalesce(r.status_code, 0) = 401) AS refused, sum(r.sent) AS sent_octets, sum(r.got) AS got_octets,
             CASE WHEN bool_or(r.uri ILIKE '%PSVersion=%') THEN 'PowerShell remoting' ELSE 'remote management' END || ' over WinRM (client ' || coalesce('"' || min(r.user_agent) || '"', 'without a name') ||
               CASE WHEN min(r.auth_scheme) IS NULL THEN '' ELSE ', ' || CASE min(r.auth_scheme) WHEN 'negotiate' THEN coalesce(min(a.proof), 'NTLM or Kerberos') WHEN 'kerberos' THEN 'Kerberos' WHEN 'ntlm' THEN 'NTLM' ELSE min(r.auth_scheme) END || ' log-on' END || ')' AS how,
             bool_or(r.sealed) AS sealed, bool_or(r.uri ILIKE '%PSVersion=%') AS is_powershell
      FROM request r LEFT JOIN account a ON a.uid = r.uid LEFT JOIN open o ON o.uid = r.uid GROUP BY r.source, r.target, CAST(r.ts AS DATE), a."user", coalesce(a.proof = 'NTLM', false)
      UNION ALL
      SELECT source, target, CAST(ts AS DATE), min(ts), max(ts), list(rid ORDER BY ts)[:200], count(*), 'inference', 0.4, NULL, true, false, sum(orig_bytes), sum(resp_bytes),
             CASE WHEN max(port) = 5986 THEN 'what looks like WinRM over TLS (port 5986)' ELSE 'what looks like WinRM (by its port)' END, true, false
      FROM dark WHERE (source, target) NOT IN (SELECT (source, target) FROM request) GROUP BY source, target, CAST(ts AS DATE)
    )
    SELECT s.ts, s.ts_last, s.records, s.count, s.source, s.target, s."user", s.how, s.basis, s.confidence, s.sent_octets, s.got_octets, q.said AS ran, q.said[1] AS object,
           CASE WHEN s.accepted THEN 'confirmed' WHEN s.refused THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN q.said IS NOT NULL THEN 'it asked for: ' WHEN s.refused THEN 'every request was refused' WHEN s.sealed THEN 'what was run is sealed' ELSE 'what was run is not readable' END AS what, coalesce(q.said, []) AS typed,
           CASE WHEN q.is_run THEN ' to run commands on' WHEN s.is_powershell THEN ', which serves to run commands, on' ELSE ', which can run commands and also serves queries, on' END AS use,
           CASE WHEN ${HAS_HISTORY} AND p.since <= ${LEARNED_UNTIL} THEN 'info' WHEN s.source IN ${ADMIN_HOSTS} THEN 'low'
                WHEN s.basis = 'inference' THEN CASE WHEN s.target IN ${ESTATE} OR s.source IN ${ESTATE} THEN 'medium' ELSE 'low' END
                WHEN s.refused THEN 'medium' WHEN s.target IN ${ESTATE} OR s.source IN ${ESTATE} OR (NOT EXISTS ${ESTATE} AND (s.is_powershell OR coalesce(q.is_run, false))) THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN s.basis = 'inference' OR s.refused OR s.source IN ${ADMIN_HOSTS} OR (${HAS_HISTORY} AND p.since <= ${LEARNED_UNTIL}) THEN NULL
                WHEN s.target IN ${ESTATE} OR s.source IN ${ESTATE} THEN 'Severity high: one of the two is known as part of the backup estate'
                WHEN NOT EXISTS ${ESTATE} AND s.is_powershell THEN 'Severity high: PowerShell remoting, and as no machine is known as part of the backup estate, any may be'
                WHEN NOT EXISTS ${ESTATE} AND q.is_run THEN 'Severity high: commands were read, and as no machine is known as part of the backup estate, any may be'
                ELSE 'Severity medium and not high: neither PowerShell remoting nor a command was read, or the two are not known as part of the backup estate' END AS note,
           CASE WHEN s.source IN ${BACKUP_ACTORS} AND ${HAS_HISTORY} AND p.since <= ${LEARNED_UNTIL}
                THEN 'The backup server has used WinRM with this host since the beginning of the evidence' END AS explained
    FROM session s JOIN pair p ON p.source = s.source AND p.target = s.target
    LEFT JOIN asked q ON q.source = s.source AND q.target = s.target AND q.day = s.day`,
  explanation:
    "{user} on {source} used {how}{use} {target}: {count} requests, {sent_octets} there and {got_octets} back; {what}{typed}.",
  falsePositives: ["Management servers", "Backup products that query clusters over WinRM"],
  references: ["https://attack.mitre.org/techniques/T1021/006/", "MS-WSMV 3.1"],
  blindTo: [
    {
      text: "what is run over WinRM inside TLS: connections to port 5986",
      query: `SELECT count(*) AS n FROM conn WHERE "id.resp_p" = 5986 AND resp_bytes > 0`,
    },
  ],
  samples: [
    { capture: "winrm.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "winrm-over-tls.rows", findings: 1 },
  ],
};
