import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const accountHour: Detection = {
  id: "BT-BL-008",
  title: "Activity of an account at an unusual hour",
  phase: "admin-access",
  attack: ["T1078"],
  severity: "low",
  confidence: 0.5,
  basis: "inference",
  needs: ["kerberos|ntlm|smb_sessions"],
  learningDays: 7,
  parameters: { n: 40 },
  query: `
    WITH log_on AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user" FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", client FROM kerberos WHERE success AND client IS NOT NULL AND request_type = 'AS'
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domainname, ''), username) FROM ntlm WHERE accepted AND username IS NOT NULL
    ), named AS (
      SELECT *, lower(split_part(split_part(split_part("user", '\\', -1), '/', 1), '@', 1)) AS account FROM log_on
    ), wanted AS (
      SELECT DISTINCT account FROM named WHERE target IN ${ESTATE} AND account <> '' AND account NOT LIKE '%$'
    ), timed AS (
      SELECT n.*, hour(timezone(z.zone, timezone('UTC', CAST(ts AS TIMESTAMP)))) AS hour
      FROM named n SEMI JOIN wanted w ON w.account = n.account CROSS JOIN (SELECT coalesce((SELECT min(zone) FROM job_windows), 'UTC') AS zone) z
    ), learned AS (
      SELECT account, count(*) AS n, list(DISTINCT hour) AS hours FROM timed WHERE ts <= ${LEARNED_UNTIL} GROUP BY account
    )
    SELECT min(l.ts) AS ts, max(l.ts) AS ts_last, list(l.rid ORDER BY l.ts)[:50] AS records, count(*) AS count, l.source, l.target, arg_min(l."user", l.ts) AS "user", l.hour, min(b.n) AS n, 'confirmed' AS outcome,
           CASE WHEN l.source IN ${BACKUP_ACTORS} THEN 'A backup server or proxy works whenever a job or a restore is started' END AS explained
    FROM timed l JOIN learned b ON b.account = l.account
    WHERE l.ts > ${LEARNED_UNTIL} AND b.n >= $n AND l.target IN ${ESTATE} AND NOT list_has_any(b.hours, [l.hour, (l.hour + 1) % 24, (l.hour + 23) % 24])
    GROUP BY l.source, l.target, l.account, l.hour, CAST(l.ts AS DATE)`,
  explanation:
    "{user} logged on to {target} from {source} in the hour from {hour}:00; in {n} log-ons of {learned} this account never did at that hour or the ones beside it.",
  falsePositives: ["On-call work"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "account-hour.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
