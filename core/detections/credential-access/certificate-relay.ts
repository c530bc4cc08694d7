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
      SELECT h.ts, h.rid, h."id.orig_h" AS source, h."id.resp_h" AS target, h.status_code, h.uri, concat_ws('\\', nullif(n.domainname, ''), n.username) AS account, n.hostname, n.rid AS log_on_rid
      FROM http h JOIN ntlm n ON n.uid = h.uid WHERE regexp_matches(coalesce(h.uri, ''), '(?i)^(https?://[^/]*)?/certsrv/') AND n.username LIKE '%$'
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list_concat(list(DISTINCT log_on_rid ORDER BY log_on_rid)[:20], list(DISTINCT rid ORDER BY rid)[:80]) AS records, count(DISTINCT rid) AS count, source, target, account AS "user", account AS object,
           CASE WHEN bool_or(uri ILIKE '%certfnsh.asp%' AND status_code = 200) THEN 'asked for a certificate' ELSE 'logged on' END AS did,
           CASE WHEN bool_or(status_code = 200) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM asked GROUP BY source, target, account`,
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
