import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

/** Accounts that administrate wherever they exist. */
const ADMINISTRATORS =
  "(?i)(^|[\\\\/])(administrator|administrateur|admin|root|sa|postgres|domain ?admin|vmadmin|sysadmin)(@|/|$)";

export const passwordGuessing: Detection = {
  id: "BT-CA-016",
  title: "Password guessing on SMB, RPC, WinRM, FTP, HTTP, LDAP, a database or a desktop",
  phase: "credential-access",
  attack: ["T1110.001", "T1110.003"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["ftp_command|http|iscsi|kerberos|ldap|mysql|ntlm|postgresql|radius|rdp|rfb|tds_login|telnet"],
  learningDays: 0,
  parameters: { failures: 20, users: 5, minutes: 15, slow_hours: 24 },
  // Log-ons that the server refused: NTLM, whatever carried it, and protocols that say so themselves. Names without an answer do not count.
  // A source with more log-ons that worked than failed is a server for many users, and tries no passwords on many accounts.
  // One account alone is often a service with an old password; when it then works, the account or the target decides. Who tries one password on many accounts fails
  // with none of those that work: there an account counts that had not logged on before.
  // Slow guessing is as many failures in a day on one account that never works in between; a person who mistypes succeeds soon.
  // RDP hides its log-on in TLS: a connection that ends after a few thousand octets counts as refused.
  query: `
    WITH tried AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, concat_ws('\\', nullif(domainname, ''), username) AS account, accepted AS success, false AS is_guess
      FROM ntlm WHERE username IS NOT NULL AND username <> '' AND accepted IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce("user", 'unknown'), success, false FROM ftp_command WHERE command = 'PASS' AND success IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", object, result_code = 0, false FROM ldap WHERE opcode LIKE 'bind simple%' AND has_password AND result_code IN (0, 49)
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", username, success, false FROM tds_login WHERE username IS NOT NULL AND success IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(arg, 'unknown'), success, false FROM mysql WHERE cmd = 'login' AND success IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", "user", success, false FROM postgresql WHERE "user" IS NOT NULL AND success IS NOT NULL AND (success OR error_code IN ('28P01', '28000') OR backend_arg ILIKE '%password authentication failed%')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'the desktop', auth, false FROM rfb WHERE auth IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(auth_user, username, 'unknown'), status_code <> 401, false FROM http WHERE auth_scheme IN ('basic', 'digest') AND status_code IS NOT NULL AND (status_code = 401 OR status_code < 400)
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce("user", 'unknown'), success, false FROM (SELECT *, unnest(range(CAST(least(50, greatest(1, coalesce(attempts, 1))) AS BIGINT))) FROM telnet WHERE success IS NOT NULL)
      UNION ALL SELECT r.ts, r.rid, r."id.orig_h", r."id.resp_h", coalesce(r."user", nullif(r.cookie, ''), 'unknown'), false, true FROM rdp r JOIN conn c ON c.uid = r.uid WHERE c.resp_bytes < 8000 AND c.duration < 15000000000
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(username, 'unknown'), result = 'success', false FROM radius WHERE result IN ('success', 'failed')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", client, coalesce(success, false), false FROM kerberos WHERE request_type = 'AS' AND client IS NOT NULL AND (error_code = 24 OR (success AND preauth IN ('timestamp', 'challenge')))
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce("user", initiator), success, false FROM iscsi WHERE auth_method = 'CHAP' AND success IS NOT NULL
    ), failed AS (
      SELECT *, ts - lag(ts, $failures - 1) OVER (PARTITION BY source, target ORDER BY ts) <= to_minutes($minutes) AS reached FROM tried WHERE NOT success
    ), account_first AS (
      SELECT source, account, CAST(ts AS DATE) AS day, min(ts) AS ts FROM failed GROUP BY 1, 2, 3
    ), sprayed AS (
      SELECT DISTINCT source, day FROM (
        SELECT source, day, ts - lag(ts, $users - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM account_first) WHERE reached
    ), mostly_failed AS (
      SELECT source, CAST(ts AS DATE) AS day FROM tried GROUP BY 1, 2 HAVING count(*) FILTER (NOT success) > count(*) FILTER (success)
    ), hot AS (
      SELECT DISTINCT source, target, CAST(ts AS DATE) AS day FROM failed WHERE reached
      UNION SELECT f.source, f.target, s.day FROM failed f JOIN sprayed s ON s.source = f.source AND s.day = CAST(f.ts AS DATE)
      JOIN mostly_failed m ON m.source = s.source AND m.day = s.day
    ), failures AS (
      SELECT h.source, h.target, h.day, min(f.ts) AS ts, max(f.ts) AS ts_last, list(f.rid ORDER BY f.ts)[:200] AS records, count(*) AS count,
             count(DISTINCT lower(f.account)) AS users, list(DISTINCT f.account ORDER BY f.account) AS accounts, bool_and(f.is_guess) AS is_guess
      FROM hot h JOIN failed f ON f.source = h.source AND f.target = h.target AND CAST(f.ts AS DATE) = h.day
      GROUP BY 1, 2, 3
    ), accepted AS (
      SELECT *, min(ts) OVER (PARTITION BY source, target, lower(account)) AS first_ts FROM tried WHERE success
    ), won AS (
      SELECT f.source, f.target, f.day, min(t.ts) AS ts, arg_min(t.rid, t.ts) AS rid, arg_min(t.account, t.ts) AS account
      FROM failures f JOIN accepted t ON t.source = f.source AND t.target = f.target
       AND t.ts BETWEEN f.ts AND f.ts_last + to_minutes($minutes) AND (list_contains(f.accounts, t.account) OR f.users >= $users AND t.first_ts >= f.ts AND (f.source, f.day) IN (SELECT (source, day) FROM mostly_failed))
      GROUP BY 1, 2, 3
    ), numbered AS (
      SELECT *, count(*) FILTER (success) OVER (PARTITION BY source, target, lower(account) ORDER BY ts, success ROWS UNBOUNDED PRECEDING) AS worked FROM tried WHERE NOT is_guess
    ), slow AS (
      SELECT source, target, min(account) AS account, lower(account) AS name, worked, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count
      FROM (SELECT *, ts - lag(ts, $failures - 1) OVER (PARTITION BY source, target, lower(account), worked ORDER BY ts) <= to_hours($slow_hours) AS reached FROM numbered WHERE NOT success)
      WHERE (source, target) NOT IN (SELECT (source, target) FROM hot) GROUP BY source, target, lower(account), worked HAVING bool_or(reached)
    ), slow_won AS (
      SELECT s.source, s.target, s.name, s.worked, min(n.ts) AS ts, arg_min(n.rid, n.ts) AS rid FROM slow s
      JOIN numbered n ON n.source = s.source AND n.target = s.target AND lower(n.account) = s.name AND n.success AND n.worked = s.worked + 1 AND n.ts <= s.ts_last + to_hours($slow_hours) GROUP BY ALL
    )
    SELECT f.ts, greatest(f.ts_last, coalesce(w.ts, f.ts_last)) AS ts_last,
           CASE WHEN w.rid IS NULL THEN f.records ELSE list_append(f.records[:199], w.rid) END AS records, f.count AS record_count,
           f.source, f.target, coalesce(w.account, CASE WHEN f.users = 1 THEN f.accounts[1] END) AS "user", f.count, f.users, f.accounts,
           CASE WHEN w.rid IS NULL THEN 'none was accepted' ELSE 'then ' || w.account || ' was accepted' END AS success_text,
           CASE WHEN w.rid IS NULL THEN 'refused' ELSE 'confirmed' END AS outcome,
           CASE WHEN w.rid IS NOT NULL THEN CASE WHEN f.count >= $failures AND f.users > 1 THEN 'critical' WHEN f.users >= $users THEN 'high' WHEN f.count >= $failures AND (f.target IN ${ESTATE_OR_HYPERVISOR} OR regexp_matches(w.account, '${ADMINISTRATORS}')) THEN 'high' ELSE 'medium' END WHEN f.users = 1 OR f.is_guess THEN 'medium' ELSE 'high' END AS severity,
           CASE WHEN f.is_guess THEN 'inference' ELSE 'fact' END AS basis, 0.8 AS confidence
    FROM failures f LEFT JOIN won w ON w.source = f.source AND w.target = f.target AND w.day = f.day
    UNION ALL
    SELECT s.ts, greatest(s.ts_last, coalesce(w.ts, s.ts_last)), CASE WHEN w.rid IS NULL THEN s.records ELSE list_append(s.records[:199], w.rid) END, s.count, s.source, s.target, s.account, s.count, 1, [s.account],
           CASE WHEN w.rid IS NULL THEN 'none was accepted' ELSE 'then ' || s.account || ' was accepted' END || '; so slowly, it may be a service with an old password too', CASE WHEN w.rid IS NULL THEN 'refused' ELSE 'confirmed' END,
           CASE WHEN w.rid IS NOT NULL AND (s.target IN ${ESTATE_OR_HYPERVISOR} OR regexp_matches(s.account, '${ADMINISTRATORS}')) THEN 'medium' ELSE 'low' END, 'fact', 0.5
    FROM slow s LEFT JOIN slow_won w ON w.source = s.source AND w.target = s.target AND w.name = s.name AND w.worked = s.worked`,
  explanation: "{source} failed {count} log-ons on {target} with {users} account names ({accounts}); {success_text}.",
  falsePositives: ["A service with an old password"],
  references: ["https://attack.mitre.org/techniques/T1110/"],
  blindTo: [],
  samples: [
    { capture: "password-guessing.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
