import type { Detection } from "../detection.ts";
import { GROUP_OUTCOME } from "../sql.ts";

export const esxAdmins: Detection = {
  id: "BT-AD-017",
  title: '"ESX Admins" group creation (CVE-2024-37085)',
  phase: "admin-access",
  attack: ["T1098", "T1136.002", "T1078.002"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc|ldap|winrm"],
  learningDays: 0,
  parameters: { group: "ESX Admins" },
  // LDAP add, modify or rename of an entry with that name; [MS-SAMR] CreateGroupInDomain 10, SetInformationGroup 21, AddMemberToGroup 22, CreateAliasInDomain 14.
  query: `
    -- A host that takes a command over WinRM has not yet run it.
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, min("user") AS "user", $group AS object, list(DISTINCT what ORDER BY what) AS acts, list(DISTINCT command) FILTER (command IS NOT NULL) AS ran,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(is_making) THEN 'critical' ELSE 'high' END AS severity
    FROM (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", 'LDAP ' || opcode AS what, NULL AS command, CASE WHEN result_code = 0 THEN 'confirmed' WHEN result_code > 0 THEN 'refused' ELSE 'attempted' END AS outcome,
             regexp_matches(opcode, '(?i)(add|rename|modDN|modRDN)') AS is_making
      FROM ldap WHERE regexp_matches(opcode, '(?i)(add|modify|rename|modDN|modRDN)')
        AND contains(lower(concat_ws(' ', dn, new_dn, object, list_aggregate("values", 'string_agg', ' '), list_aggregate(changes, 'string_agg', ' '))), lower($group))
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", operation, NULL, outcome, opnum IN (10, 14, 21, 29) FROM dce_rpc
      WHERE endpoint = 'samr' AND opnum IN (10, 14, 21, 22, 29, 31) AND contains(lower(concat_ws(' ', target_name, command, detail)), lower($group))
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", 'command over RPC', command, outcome, regexp_matches(command, '(?i)(/add\\b|new-ad|rename)') FROM dce_rpc WHERE command IS NOT NULL AND contains(lower(command), lower($group))
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", "user", 'command over WinRM', coalesce(command_line, script), CASE WHEN status_code >= 400 THEN 'refused' ELSE 'attempted' END, regexp_matches(coalesce(command_line, script), '(?i)(/add\\b|new-ad|rename)') FROM winrm WHERE contains(lower(concat_ws(' ', command_line, script)), lower($group))
    ) GROUP BY source, target, outcome`,
  explanation:
    'An account ({user}) on {source} {made, renamed or filled|to make, rename or fill} the group "{group}" on {target} ({acts}); hypervisors that are members of the domain give that group full control.',
  falsePositives: ["Sites that made the group on purpose"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2024-37085"],
  blindTo: [
    {
      text: "directory changes inside TLS",
      query: `SELECT count(*) AS n FROM conn WHERE proto = 'tcp' AND "id.resp_p" IN (636, 3269) AND resp_bytes > 0`,
    },
  ],
  samples: [
    { capture: "esx-admins.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
