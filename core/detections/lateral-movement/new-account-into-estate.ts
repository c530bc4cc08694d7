import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const newAccountIntoEstate: Detection = {
  id: "BT-LM-022",
  title: "User and host pair never seen towards the backup segment",
  phase: "lateral-movement",
  attack: ["T1078.002", "T1021"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["ldap|ntlm|smb_sessions|tds_login|winrm"],
  learningDays: 7,
  parameters: {},
  // Log-ons that the server accepted, over SMB, inside RPC, over WinRM, to SQL Server or a directory. The domain is left out of the comparison: programs give it in different ways.
  query: `
    WITH log_on AS NOT MATERIALIZED (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user" FROM smb_sessions
      WHERE outcome = 'confirmed' AND "user" IS NOT NULL AND "id.resp_h" IN ${ESTATE}
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domainname, ''), username) FROM ntlm
      WHERE success AND username IS NOT NULL AND "id.resp_h" IN ${ESTATE}
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domain, ''), "user") FROM winrm
      WHERE "user" IS NOT NULL AND status_code < 400 AND "id.resp_h" IN ${ESTATE}
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", username FROM tds_login WHERE success AND username <> '' AND "id.resp_h" IN ${ESTATE}
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user" FROM ldap WHERE result_code = 0 AND opcode LIKE 'bind%' AND "user" <> '' AND "id.resp_h" IN ${ESTATE}
    ), named AS NOT MATERIALIZED (
      SELECT *, lower(split_part(split_part("user", '\\', -1), '@', 1)) AS account FROM log_on WHERE source NOT IN ${ESTATE}
    ), fresh AS (
      SELECT source, target, account FROM named WHERE account <> '' AND account NOT LIKE '%$' GROUP BY ALL HAVING min(ts) > ${LEARNED_UNTIL}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS record_count, count(DISTINCT ts) AS count, source, target,
           arg_min("user", ts) AS "user", 'confirmed' AS outcome, CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' ELSE 'medium' END AS severity
    FROM named SEMI JOIN fresh USING (source, target, account)
    GROUP BY source, target, account`,
  explanation:
    "{user} logged on to {target} from {source} ({count} times); this account and pair of hosts was not seen in {learned}.",
  falsePositives: ["New accounts and machines", "File servers that are also backup targets"],
  references: ["https://attack.mitre.org/techniques/T1078/002/"],
  blindTo: [],
  samples: [
    { capture: "incident.pcapng", findings: 4 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
