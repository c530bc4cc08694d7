import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const clearCredentials: Detection = {
  id: "BT-CA-018",
  title: "Credentials sent in clear to or from a backup system",
  phase: "credential-access",
  attack: ["T1040", "T1552"],
  severity: "medium",
  confidence: 0.95,
  basis: "fact",
  needs: ["ftp_command|http|ipmi|ldap|ndmp|postgresql|snmp|tds_login|telnet"],
  learningDays: 0,
  parameters: {},
  // That a password went by, not which.
  query: `
    WITH sent AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, 'FTP' AS service, nullif("user", '<unknown>') AS account FROM ftp_command WHERE command = 'PASS' AND lower(coalesce("user", '')) NOT IN ('anonymous', 'ftp')
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'HTTP Basic', coalesce(auth_user, username) FROM http WHERE auth_scheme = 'basic' AND uid NOT IN (SELECT uid FROM ssl)
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'LDAP', object FROM ldap WHERE has_password AND uid NOT IN (SELECT uid FROM ssl)
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'NDMP', "user" FROM ndmp WHERE password_seen
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'SNMP community', NULL FROM snmp WHERE version IN ('1', '2c') AND community IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'SQL Server', username FROM tds_login WHERE password_sent
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'PostgreSQL', "user" FROM postgresql WHERE contains(coalesce(backend_arg, ''), 'Cleartext') AND frontend = 'startup'
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", 'IPMI', "user" FROM ipmi WHERE password_sent
      UNION ALL SELECT min(ts), arg_min(rid, ts), "id.orig_h", "id.resp_h", 'Telnet', NULL FROM telnet GROUP BY uid, "id.orig_h", "id.resp_h"
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS record_count, count(*) AS count, source, target, account AS "user", service AS object, 'confirmed' AS outcome
    FROM sent WHERE source IN ${ESTATE_OR_HYPERVISOR} OR target IN ${ESTATE_OR_HYPERVISOR} GROUP BY source, target, account, service`,
  explanation: "{user} sent a password or community in clear from {source} to {target} ({object}, {count} times).",
  falsePositives: ["Known legacy services"],
  references: ["https://attack.mitre.org/techniques/T1040/"],
  blindTo: [],
  samples: [
    { capture: "clear-credentials.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
