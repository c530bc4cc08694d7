import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, GROUP_OUTCOME } from "../sql.ts";

export const guestOperations: Detection = {
  id: "BT-LM-024",
  title: "Guest operations through the hypervisor",
  phase: "lateral-movement",
  attack: ["T1675", "T1059.012"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: {},
  // vSphere: methods of GuestProcessManager, GuestFileManager and the guest's registry, and transfers to /guestFile. Proxmox: the guest agent's exec,
  // file-write and set-user-password.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, object, list_aggregate(parameters, 'string_agg', '; ') AS arguments,
             CASE WHEN fault IS NOT NULL OR status_code >= 400 THEN 'refused' WHEN status_code IS NULL THEN 'attempted' ELSE 'confirmed' END AS outcome,
             list_filter(parameters, lambda p: regexp_matches(p, '(?i)(programpath|arguments|command|input-data)')) AS commands,
             regexp_matches(operation, '(?i)^(StartProgramInGuest|TerminateProcessInGuest|.*RegistryKeyInGuest|.*RegistryValueInGuest|InitiateFileTransferToGuest|DeleteFileInGuest|DeleteDirectoryInGuest|MoveFileInGuest|AddGuestAlias|POST .*/agent/(exec|file-write|set-user-password).*|PUT .*guestFile.*)') AS acts
      FROM hypervisor_api
      WHERE regexp_matches(operation, '(?i)(InGuest$|InitiateFileTransfer(To|From)Guest|AddGuestAlias|/agent/(exec|file-(read|write)|set-user-password)|guestFile)') OR object ILIKE '%/guestFile%'
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", min(object) AS object, coalesce(min(object), 'a virtual machine') AS machine,
           list(DISTINCT operation ORDER BY operation) AS operations, flatten(list(commands)) AS ran, coalesce(first(arguments ORDER BY acts DESC, ts) FILTER (arguments IS NOT NULL AND arguments <> ''), 'not readable') AS arguments,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN bool_or(acts) THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN source IN ${BACKUP_ACTORS} THEN 'A backup server or proxy uses guest operations for application-aware backup' END AS explained
    FROM call GROUP BY source, target, "user", object, outcome`,
  explanation: "{user} on {source} {acted|to act} inside {machine} through {target} ({operations}): {arguments}.",
  falsePositives: ["Application-aware backup by a proxy that the estate does not know", "Deployment by VMware Tools"],
  references: ["https://attack.mitre.org/techniques/T1675/"],
  blindTo: [
    {
      text: "calls inside TLS to hypervisors",
      query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_h" IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6)`,
    },
  ],
  samples: [
    { capture: "guest-program.rows", findings: 1 },
    { capture: "guest-quiescing.rows", findings: 0 },
  ],
};
