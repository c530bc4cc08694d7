import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, ESTATE } from "../sql.ts";

export const winrm: Detection = {
  id: "BT-LM-009",
  title: "WinRM or PowerShell remoting",
  phase: "lateral-movement",
  attack: ["T1021.006", "T1059.001"],
  severity: "high",
  confidence: 0.65,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { learning: 7 },
  // [MS-WSMV] 3.1: POST to /wsman. One finding for each pair of hosts and day; pairs that were there from the beginning are usual. While no
  // machine is known to be part of the estate, every host may be.
  query: `
    WITH request AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, user_agent, status_code, CAST(ts AS DATE) AS day
      FROM http WHERE method = 'POST' AND regexp_matches(uri, '(?i)^(https?://[^/]*)?/wsman')
    ), account AS (
      SELECT uid, any_value(concat_ws('\\', nullif(domainname, ''), username)) AS "user" FROM ntlm
      WHERE username IS NOT NULL AND uid IN (SELECT uid FROM request) GROUP BY uid
    ), pair AS (
      SELECT source, target, min(ts) AS since FROM request GROUP BY ALL
    ), span AS (
      SELECT min(ts) AS first, max(ts) AS last FROM conn
    ), session AS (
      SELECT r.source, r.target, r.day, min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:200] AS records, count(*) AS count,
             min(a."user") AS "user", min(r.user_agent) AS user_agent, bool_or(r.status_code BETWEEN 200 AND 299) AS accepted,
             bool_and(coalesce(r.status_code, 0) = 401) AS refused
      FROM request r LEFT JOIN account a ON a.uid = r.uid GROUP BY r.source, r.target, r.day
    )
    SELECT s.ts, s.ts_last, s.records, s.count, s.source, s.target, s."user", coalesce(s.user_agent, 'no client name') AS client,
           CASE WHEN s.accepted THEN 'confirmed' WHEN s.refused THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN p.since <= (SELECT first FROM span) + to_days($learning) AND (SELECT last FROM span) > (SELECT first FROM span) + to_days($learning) THEN 'info'
                WHEN s.source IN ${ADMIN_HOSTS} THEN 'low'
                WHEN s.target IN ${ESTATE} OR s.source IN ${ESTATE} OR NOT EXISTS ${ESTATE} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN s.source IN ${BACKUP_ACTORS} AND p.since <= (SELECT first FROM span) + to_days($learning)
                 AND (SELECT last FROM span) > (SELECT first FROM span) + to_days($learning)
                THEN 'The backup server has used WinRM with this host since the beginning of the evidence' END AS explained
    FROM session s JOIN pair p ON p.source = s.source AND p.target = s.target`,
  explanation: "{user} on {source} sent {count} remote-management requests to {target} over WinRM ({client}).",
  falsePositives: ["Management servers", "Backup products that query clusters over WinRM"],
  references: ["https://attack.mitre.org/techniques/T1021/006/", "MS-WSMV 3.1"],
  blindTo: [
    {
      text: "WinRM over TLS: connections to port 5986",
      query: `SELECT count(*) AS n FROM conn WHERE "id.resp_p" = 5986 AND resp_bytes > 0`,
    },
  ],
  samples: [
    { capture: "winrm.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
