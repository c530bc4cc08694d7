import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS } from "../sql.ts";

export const virtualRights: Detection = {
  id: "BT-AD-010",
  title: "Rights changed in the virtual infrastructure",
  phase: "admin-access",
  attack: ["T1098", "T1078"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: {},
  // vSphere: AuthorizationManager, HostLocalAccountManager, HostAccessManager, firewall rule sets; Proxmox: /access.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           list(DISTINCT operation ORDER BY operation) AS methods, min(object) AS object, coalesce(nullif(first(list_aggregate(parameters, 'string_agg', '; ') ORDER BY ts), ''), 'arguments not readable') AS arguments,
           CASE WHEN bool_or(fault IS NULL AND status_code < 400) THEN 'confirmed' WHEN bool_and(fault IS NOT NULL OR status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(fault IS NULL AND status_code < 400) THEN 'changed' WHEN bool_and(fault IS NOT NULL OR status_code >= 400) THEN 'asked (and was refused) to change' ELSE 'asked to change' END AS did,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity
    FROM hypervisor_api
    WHERE regexp_matches(operation, '^(SetEntityPermissions|ResetEntityPermissions|RemoveEntityPermission|AddAuthorizationRole|UpdateAuthorizationRole|RemoveAuthorizationRole|MergePermissions|CreateUser|UpdateUser|RemoveUser|CreateGroup|AssignUserToGroup|UnassignUserFromGroup|ChangePassword|ChangeAccessMode|ChangeLockdownMode|UpdateLockdownExceptions|EnterLockdownMode|ExitLockdownMode|DisableRuleset|EnableRuleset|UpdateRuleset|UpdateRulesetAllowedIpList|JoinDomain_Task|JoinDomainWithCAM_Task|UpdateSystemUsers)$')
       OR (regexp_matches(operation, '(?i)^(POST|PUT|DELETE) /(api2/(json|extjs|html)/)?access/') AND NOT regexp_matches(operation, '(?i)/access/(ticket|openid|vncticket)'))
       OR (operation = 'UpdateOptions' AND regexp_matches(list_aggregate(parameters, 'string_agg', ' '), '(?i)(HostAgent\\.plugins\\.hostsvc\\.esxAdmins|Security\\.|UserVars\\.(ESXiShell|Suppress|Dcui)|VMkernel\\.Boot\\.execInstalledOnly|Syslog\\.)'))
    GROUP BY "id.orig_h", "id.resp_h", "user", coalesce(fault IS NOT NULL OR status_code >= 400, false)`,
  explanation:
    "{user} on {source} {did} permissions, accounts, lock-down or firewall of {target} ({methods}): {arguments}.",
  falsePositives: ["Changes with a ticket"],
  references: ["https://attack.mitre.org/techniques/T1098/"],
  blindTo: [
    {
      text: "calls inside TLS to hypervisors",
      query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_h" IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6)`,
    },
  ],
  samples: [
    { capture: "hypervisor-rights.rows", findings: 1 },
    { capture: "guest-quiescing.rows", findings: 0 },
  ],
};
