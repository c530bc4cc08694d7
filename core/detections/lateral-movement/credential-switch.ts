import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE } from "../sql.ts";

/** Said of an account that only the cookie of a remote desktop names. */
const BY_COOKIE = (by: string): string =>
  `CASE WHEN ${by} THEN ' (by the RDP cookie, which the client chooses)' ELSE '' END`;

export const credentialSwitch: Detection = {
  id: "BT-LM-023",
  title: "Credential switch along a path",
  phase: "lateral-movement",
  attack: ["T1078", "T1021"],
  severity: "high",
  confidence: 0.65,
  basis: "inference",
  needs: ["dce_rpc|ntlm|rdp|smb_sessions|winrm"],
  learningDays: 0,
  parameters: { minutes: 60 },
  // The way into the middle host is one that a person or tool works over: remote execution, RDP or WinRM. The second account is one that the first host
  // never used, at a host that the first account never reached, and nobody used it from the middle host before.
  query: `
    WITH log_on AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", false AS works, false AS by_cookie FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL AND coalesce(is_anonymous, false) = false
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domainname, ''), username), false, false FROM ntlm WHERE coalesce(accepted, success) AND username <> ''
      UNION ALL SELECT min(ts), arg_min(rid, ts), "id.orig_h", "id.resp_h", "user", true, false FROM dce_rpc
        WHERE "user" IS NOT NULL AND outcome = 'confirmed' AND ((endpoint = 'svcctl' AND opnum IN (12, 19, 24, 31, 44, 45, 60)) OR (endpoint = 'IWbemServices' AND opnum IN (24, 25))
          OR (endpoint = 'ITaskSchedulerService' AND opnum IN (1, 12)) OR (endpoint = 'atsvc' AND opnum = 0) OR (endpoint = 'IDispatch' AND opnum = 6)) GROUP BY "id.orig_h", "id.resp_h", "user"
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", cookie, true, true FROM rdp WHERE cookie <> '' AND result IS NOT NULL
      UNION ALL SELECT min(ts), arg_min(rid, ts), "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domain, ''), "user"), true, false FROM winrm WHERE "user" IS NOT NULL AND coalesce(status_code, 200) < 400 GROUP BY ALL
    ), named AS (
      SELECT *, lower(split_part(split_part("user", '\\', -1), '@', 1)) AS account FROM log_on
    ), person AS (
      SELECT * FROM named WHERE account <> '' AND account NOT LIKE '%$' AND account NOT IN ('guest', 'anonymous')
    ), used AS (
      SELECT source, account, target, min(ts) AS first_ts FROM person GROUP BY ALL
    ), step AS (
      SELECT DISTINCT ON (f.source, f.target, f.account, s.target, s.account) f.ts, f.rid, f.source AS a, f.target AS b, f."user" AS user1, f.by_cookie AS by1, f.account AS account1, s.ts AS ts2, s.rid AS rid2, s.target AS c, s."user" AS user2, s.by_cookie AS by2, s.account AS account2
      FROM person f JOIN person s ON s.source = f.target AND s.target <> f.source
      WHERE f.works AND s.account <> f.account AND s.ts BETWEEN f.ts AND f.ts + to_minutes($minutes)
        -- An RDP cookie holds nine characters of a name.
        AND NOT starts_with(s.account, f.account) AND NOT starts_with(f.account, s.account)
      ORDER BY f.ts, s.ts
    )
    SELECT s.ts, s.ts2 AS ts_last, [s.rid, s.rid2] AS records, s.a AS source, s.c AS target, s.user2 AS "user", s.user1 || ' then ' || s.user2 AS object, s.b AS middle_host, s.user1, s.user2, ${BY_COOKIE("s.by1")} AS how1_text, ${BY_COOKIE("s.by2")} AS how2_text, 'confirmed' AS outcome,
           CASE WHEN s.b IN ${ADMIN_HOSTS} THEN 'info' WHEN s.b IN ${ESTATE} OR s.c IN ${ESTATE} THEN 'high' ELSE 'low' END AS severity
    FROM step s
    LEFT JOIN used known ON known.source = s.a AND known.account = s.account2 AND known.target <> s.b
    LEFT JOIN used reached ON reached.account = s.account1 AND reached.target = s.c
    LEFT JOIN used earlier ON earlier.source = s.b AND earlier.account = s.account2 AND earlier.target = s.c AND earlier.first_ts < s.ts
    WHERE known.source IS NULL AND reached.source IS NULL AND earlier.source IS NULL`,
  explanation:
    "{user1}{how1_text} went from {source} to {middle_host}; from there {user2}{how2_text} logged on to {target} within {minutes} minutes, an account that {source} had not used, at a host that {user1} had not reached.",
  falsePositives: [
    "Jump hosts with separate administrator accounts by design",
    "Service accounts of the middle host that begin to work just then",
  ],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "credential-switch.rows", findings: 1 },
    { capture: "ntlm-windows-client.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
