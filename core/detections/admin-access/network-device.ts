import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, GROUP_OUTCOME } from "../sql.ts";

/** Changes of a switch or firewall in the words of their command lines and logs. */
const CHANGE =
  "(?i)(monitor session|set span|set rspan|no access-list|no ip access-list|access-group|(^|[ #;])username \\S+ (privilege|secret|password)|set security policies|delete security policies|set system login user|config firewall policy|config system admin|security-zone|no logging|no aaa|no snmp-server|snmp-server community|copy (running|startup|tftp|ftp|scp|flash)\\S*|write (erase|memory|mem)|erase (startup|nvram)|configured from|configuration (change|committed|commit)|commit (complete|confirmed)|boot system|no vlan |switchport|reload( in|$)|set deviceconfig|ip route |no shutdown|(^|[ #;])shutdown$|port mirror|mirror-port|configure terminal|conf t$)";
/** Changes after which traffic goes elsewhere, is copied, or is let through. */
const SEVERE =
  "(?i)(monitor session|set span|set rspan|no access-list|no ip access-list|delete security policies|mirror|username \\S+ (privilege|secret|password)|set system login user|config system admin|no logging|no aaa|write erase|erase (startup|nvram))";

export const networkDevice: Detection = {
  id: "BT-AD-018",
  title: "Network device reconfigured around the backup segment",
  phase: "admin-access",
  attack: ["T1599", "T1040", "T1562.004"],
  severity: "high",
  confidence: 0.65,
  basis: "fact",
  needs: ["syslog|telnet|tftp"],
  learningDays: 0,
  parameters: {},
  // Typed over Telnet; reported by the device itself over syslog; configurations that TFTP carries.
  query: `
    WITH change AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", list_filter(commands, lambda c: regexp_matches(c, '${CHANGE}')) AS what, 'typed over Telnet' AS how, 'confirmed' AS outcome
      FROM telnet WHERE commands IS NOT NULL AND coalesce(success, true)
      UNION ALL
      SELECT ts, rid, coalesce(nullif(regexp_extract(message, '(?i)(?:from|on vty[0-9]+ \\(|by .* \\()\\(?([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+)', 1), ''), "id.orig_h"), "id.orig_h",
             nullif(regexp_replace(regexp_extract(message, '(?i)by (?:user )?[''"]?([a-z0-9._-]+)', 1), '^console$', ''), ''), [substr(message, 1, 200)], 'reported by the device' || CASE WHEN regexp_matches(message, '(?i)(?:from|on vty[0-9]+ \\(|by .* \\()\\(?[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+') THEN '' ELSE ', which does not say from where' END, 'confirmed'
      FROM syslog WHERE regexp_matches(message, '(%SYS-[0-9]-CONFIG_I|%PARSER-[0-9]-CFGLOG_LOGGEDCMD|UI_COMMIT|UI_CFG_AUDIT|cfgpath="|type="?CONFIG|SHELL_CMD|%CLI-[0-9]-|%SPAN|logdesc="(Attribute configured|Object attribute configured|Configuration changed)|CONFIG_ATTR)')
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", NULL, [CASE WHEN wrq THEN 'wrote ' ELSE 'read ' END || fname], 'carried over TFTP', CASE WHEN error_code IS NOT NULL THEN 'refused' WHEN is_complete THEN 'confirmed' ELSE 'attempted' END
      FROM tftp WHERE regexp_matches(fname, '(?i)(running-?config|startup-?config|-confg|\\.cfg$|\\.conf$|nvram|vlan\\.dat)')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, source, target, min("user") AS "user", sum(len(what)) AS count, how,
           flatten(list(what ORDER BY ts)) AS what, flatten(list(what ORDER BY ts))[1] AS object,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN how LIKE 'carried%' THEN 'low' WHEN bool_or(regexp_matches(list_aggregate(what, 'string_agg', ' ; '), '${SEVERE}')) THEN CASE WHEN target IN ${ESTATE} THEN 'high' ELSE 'medium' END WHEN how LIKE 'reported%' THEN 'low' ELSE 'medium' END AS severity,
           CASE WHEN how LIKE 'carried%' THEN 'Configuration of a network device carried over TFTP' WHEN target NOT IN ${ESTATE} THEN 'Network device reconfigured' END AS title,
           CASE WHEN how LIKE 'carried%' THEN 'carried a configuration file to or from' WHEN how LIKE 'typed%' THEN 'sent configuration commands to' ELSE 'reconfigured' END AS did
    FROM change WHERE len(what) > 0 GROUP BY source, target, how, outcome`,
  explanation: "{user} on {source} {did} the network device {target} ({how}): {what}.",
  falsePositives: ["Planned network work"],
  references: ["https://attack.mitre.org/techniques/T1599/"],
  blindTo: [],
  samples: [
    { capture: "switch-mirror.rows", findings: 2 },
    { capture: "switch-show.rows", findings: 0 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
