import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, INSIDE, LEARNED_UNTIL } from "../sql.ts";

export const newAccountIntoEstate: Detection = {
  id: "BT-LM-022",
  title: "User and host pair never seen towards the backup segment",
  phase: "lateral-movement",
  attack: ["T1078.002", "T1021"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["http|kerberos|ldap|ntlm|rdp|smb_sessions|syslog|tds_login|winrm"],
  learningDays: 7,
  parameters: { bits: 10, desktop_octets: 30_000 },
  // Log-ons that were accepted: over SMB, inside RPC, over WinRM, to SQL Server, a directory or a web interface; a Kerberos ticket for a machine of the estate; a remote desktop whose picture went over (its
  // cookie has nine characters of the account); an SSH server that told a log server whom it let in. The domain is left out of the comparison: programs give it in different ways. The surprise
  // is the sum over three frequency tables: account, machine of the account, target of the machine, half a log-on added to each cell.
  query: `
    WITH log_on AS NOT MATERIALIZED (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", 'SMB' AS how FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domainname, ''), username), 'NTLM' FROM ntlm WHERE success AND username IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domain, ''), "user"), 'WinRM' FROM winrm WHERE "user" IS NOT NULL AND status_code < 400
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", username, 'SQL Server' FROM tds_login WHERE success AND username <> ''
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", "user", 'LDAP' FROM ldap WHERE result_code = 0 AND opcode LIKE 'bind%' AND "user" <> ''
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", username, 'HTTP' FROM http WHERE username <> '' AND status_code < 400
      UNION ALL SELECT k.ts, k.rid, k."id.orig_h", CASE WHEN k.request_type = 'TGS' THEN h.address ELSE k."id.resp_h" END, concat_ws('\\', nullif(split_part(k.client, '/', 2), ''), split_part(k.client, '/', 1)), 'Kerberos'
      FROM kerberos k LEFT JOIN (SELECT address, lower(split_part(name, '.', 1)) AS name FROM assets WHERE in_estate AND name IS NOT NULL) h ON h.name = lower(split_part(split_part(k.service, '/', 2), '.', 1))
      WHERE k.success AND k.client IS NOT NULL
      UNION ALL SELECT r.ts, r.rid, r."id.orig_h", r."id.resp_h", coalesce(nullif(concat_ws('\\', nullif(r.domain, ''), nullif(r."user", '')), ''), r.cookie), CASE WHEN coalesce(r."user", '') = '' THEN 'remote desktop, by the cookie, which the client chooses' ELSE 'remote desktop' END
      FROM rdp r JOIN estate_conn c ON c.uid = r.uid WHERE c.resp_bytes >= $desktop_octets AND coalesce(nullif(r."user", ''), r.cookie, '') <> ''
      UNION ALL SELECT ts, rid, regexp_extract(message, 'Accepted \\S+ for \\S+ from (\\S+) port', 1), "id.orig_h", regexp_extract(message, 'Accepted \\S+ for (\\S+) from \\S+ port', 1), 'SSH'
      FROM syslog WHERE regexp_matches(message, 'Accepted \\S+ for \\S+ from \\S+ port')
    ), named AS NOT MATERIALIZED (
      SELECT *, lower(split_part(split_part("user", '\\', -1), '@', 1)) AS account, ts <= ${LEARNED_UNTIL} AS is_learned FROM log_on WHERE target IS NOT NULL AND source NOT IN ${ESTATE}
    ), tally AS MATERIALIZED (
      SELECT source, target, account, how, is_learned, count(*) AS n, min(ts) AS ts, max(ts) AS ts_last FROM named WHERE account <> '' AND account NOT LIKE '%$' GROUP BY ALL
    ), learned AS (
      SELECT source, target, account, sum(n) AS n FROM tally WHERE is_learned GROUP BY ALL
    ), contact AS (
      SELECT source, target, account, min(ts) AS ts, max(ts_last) AS ts_last, max(n) AS count, sum(n) AS record_count, list(DISTINCT how ORDER BY how) AS ways
      FROM tally WHERE target IN ${ESTATE} GROUP BY source, target, account HAVING NOT bool_or(is_learned)
    ), unknown AS (
      SELECT c.* FROM contact c
      WHERE NOT EXISTS (SELECT 1 FROM learned l WHERE l.source = c.source AND l.target = c.target AND (length(c.account) = 9 AND starts_with(l.account, c.account) OR length(l.account) = 9 AND starts_with(c.account, l.account)))
    ), fresh AS (
      SELECT u.*, l."user", l.records FROM unknown u JOIN (
        SELECT n.source, n.target, n.account, arg_min(n."user", n.ts) AS "user", list(n.rid ORDER BY n.ts, n.rid)[:100] AS records FROM named n SEMI JOIN unknown USING (source, target, account) GROUP BY ALL
      ) l ON l.source = u.source AND l.target = u.target AND l.account = u.account
    ), total AS (
      SELECT coalesce(sum(n), 0) AS n, count(DISTINCT account) AS accounts, count(DISTINCT target) AS targets, greatest(1, (SELECT count(*) FROM ${INSIDE})) AS machines FROM learned
    ), counted AS (
      SELECT f.*, t.n AS all_n, t.accounts, t.targets, t.machines, coalesce((SELECT sum(n) FROM learned l WHERE l.account = f.account), 0) AS of_account, coalesce((SELECT sum(n) FROM learned l WHERE l.account = f.account AND l.source = f.source), 0) AS of_machine,
             coalesce((SELECT sum(n) FROM learned l WHERE l.source = f.source), 0) AS from_source, coalesce((SELECT sum(n) FROM learned l WHERE l.source = f.source AND l.target = f.target), 0) AS to_target,
             coalesce((SELECT sum(n) FROM learned l WHERE l.source = f.source AND l.target IN ${ESTATE}), 0) AS to_estate, (SELECT list(DISTINCT l.source ORDER BY l.source)[:3] FROM learned l WHERE l.account = f.account) AS machines_before
      FROM fresh f CROSS JOIN total t
    ), scored AS (
      SELECT *, -log2((of_account + 0.5) / (all_n + 0.5 * (accounts + 1))) - log2((of_machine + 0.5) / (of_account + 0.5 * machines)) - log2((to_target + 0.5) / (from_source + 0.5 * (targets + 1))) AS surprise FROM counted
    )
    SELECT ts, ts_last, records, record_count, count, source, target, "user", ways, round(surprise, 1) AS surprise, 'confirmed' AS outcome,
           CASE WHEN of_account = 0 THEN 'the account was not seen' WHEN of_machine = 0 THEN 'it was seen on ' || array_to_string(machines_before, ', ') || ' only' WHEN to_estate = 0 THEN 'it was seen on that machine, which logged on to no machine of the estate'
                ELSE 'it was seen on that machine, and the machine on others of the estate' END AS usual,
           CASE WHEN source IN ${ADMIN_HOSTS} OR of_machine > 0 AND to_estate > 0 OR surprise < $bits THEN 'low' ELSE 'medium' END AS severity
    FROM scored`,
  explanation:
    "{user} logged on to {target} from {source} ({ways}; {count} times); in {learned} {usual} (surprise {surprise} bits).",
  falsePositives: ["New accounts and machines", "File servers that are also backup targets"],
  references: ["https://attack.mitre.org/techniques/T1078/002/"],
  blindTo: [{ text: "accounts of SSH, unless its server tells a log server of them", query: null }],
  samples: [
    { capture: "incident.pcapng", findings: 4 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
