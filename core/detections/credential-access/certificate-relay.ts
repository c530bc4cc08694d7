import type { Detection } from "../detection.ts";

export const certificateRelay: Detection = {
  id: "BT-CA-026",
  title: "Certificate asked for over the web in the name of a machine",
  phase: "credential-access",
  attack: ["T1649", "T1557.001"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: {},
  // People ask for certificates on the web pages of a certification authority. Machines enrol over RPC: one that logs on there by NTLM was made to log on elsewhere, and its log-on was passed on.
  query: `
    WITH asked AS (
      -- Of each connection: those who log on there are not paired with all that is asked there.
      SELECT uid, "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list_sort(list(rid))[:80] AS rids, count(*) AS count,
             bool_or(uri ILIKE '%certfnsh.asp%' AND status_code = 200) AS is_for_certificate, bool_or(status_code = 200) AS is_done, bool_and(status_code >= 400) AS is_refused
      FROM http WHERE regexp_matches(coalesce(uri, ''), '(?i)^(https?://[^/]*)?/certsrv/') GROUP BY ALL
    ), log_on AS (
      SELECT uid, concat_ws('\\', nullif(domainname, ''), username) AS account, list_sort(list(rid))[:20] AS rids FROM ntlm WHERE username LIKE '%$' GROUP BY ALL
    )
    SELECT min(a.ts) AS ts, max(a.ts_last) AS ts_last, list_concat(list_sort(flatten(list(n.rids)))[:20], list_sort(flatten(list(a.rids)))[:80]) AS records, CAST(sum(a.count) AS BIGINT) AS count, a.source, a.target, n.account AS "user", n.account AS object,
           CASE WHEN bool_or(is_for_certificate) THEN 'asked for a certificate' ELSE 'logged on' END AS did,
           CASE WHEN bool_or(is_done) THEN 'confirmed' WHEN bool_and(is_refused) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM asked a JOIN log_on n ON n.uid = a.uid GROUP BY a.source, a.target, n.account`,
  explanation:
    "{source} {did} on the web pages of the certification authority {target} as the machine {user} by NTLM ({count} requests). Machines do not do that themselves: it looks as if that machine's log-on was passed on.",
  falsePositives: ["Scripts of an administrator that run as a machine's account"],
  references: ["https://attack.mitre.org/techniques/T1649/", "https://attack.mitre.org/techniques/T1557/001/"],
  blindTo: [],
  samples: [
    { capture: "certificate-relay.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
