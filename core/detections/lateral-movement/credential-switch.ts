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
    ), way AS (
      -- Who worked on the middle host, hour by hour: with the first and the last of an hour it is known whether any lies within a later one's time.
      SELECT *, CASE WHEN lag(hour) OVER w = hour - 1 THEN lag(until) OVER w END AS hour_before
      FROM (
        SELECT source, target, account, epoch_ns(ts) // (60000000000 * CAST($minutes AS BIGINT)) AS hour, min(ts) AS ts, max(ts) AS until
        FROM person WHERE works GROUP BY ALL
      ) WINDOW w AS (PARTITION BY source, target, account ORDER BY hour)
    ), onward AS (
      -- Only the first time counts that the middle host used an account there.
      SELECT source, target, account, first, first.ts AS ts, first.ts - to_minutes($minutes) AS since, unnest([hour - 1, hour]) AS hour, unnest([false, true]) AS is_own_hour
      FROM (SELECT source, target, account, min({ ts: ts, rid: rid, "user": "user", by_cookie: by_cookie }) AS first, epoch_ns(min(ts)) // (60000000000 * CAST($minutes AS BIGINT)) AS hour FROM person GROUP BY ALL)
    ), known AS (
      SELECT source, account, min(target) AS least, max(target) AS most FROM person GROUP BY ALL
    ), pair AS (
      SELECT f.account AS account1, s.since, s.first AS onward, f.source AS a, f.target AS b, s.target AS c
      FROM way f JOIN onward s ON s.source = f.target AND s.hour = f.hour AND s.target <> f.source AND s.account <> f.account
        AND f.ts <= s.ts AND f.until >= s.since AND (NOT s.is_own_hour OR coalesce(f.hour_before < s.since, true))
        -- An RDP cookie holds nine characters of a name.
        AND NOT starts_with(s.account, f.account) AND NOT starts_with(f.account, s.account)
      LEFT JOIN known k ON k.source = f.source AND k.account = s.account
      WHERE coalesce(k.least = f.target AND k.most = f.target, true) AND (f.account, s.target) NOT IN (SELECT (account, target) FROM person)
    ), step AS (
      -- The first within that time, which may be any of its hour.
      SELECT p.*, e.way
      FROM pair p ASOF JOIN (SELECT source, target, account, ts, min({ ts: ts, rid: rid, "user": "user", by_cookie: by_cookie }) AS way FROM person WHERE works GROUP BY ALL) e
        ON e.source = p.a AND e.target = p.b AND e.account = p.account1 AND e.ts >= p.since
    )
    SELECT s.way.ts AS ts, s.onward.ts AS ts_last, [s.way.rid, s.onward.rid] AS records, s.a AS source, s.c AS target, s.onward."user" AS "user", s.way."user" || ' then ' || s.onward."user" AS object, s.b AS middle_host, s.way."user" AS user1, s.onward."user" AS user2,
           ${BY_COOKIE("s.way.by_cookie")} AS how1_text, ${BY_COOKIE("s.onward.by_cookie")} AS how2_text, 'confirmed' AS outcome,
           CASE WHEN s.b IN ${ADMIN_HOSTS} THEN 'info' WHEN s.b IN ${ESTATE} OR s.c IN ${ESTATE} THEN 'high' ELSE 'low' END AS severity
    FROM step s`,
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
