import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, CONTROLLERS, GROUP_OUTCOME, PROGRAM_PATTERN } from "../sql.ts";

export const policyFiles: Detection = {
  id: "BT-AD-021",
  title: "Group policy files changed",
  phase: "admin-access",
  attack: ["T1484.001", "T1021.002"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: {},
  // Policies lie below Policies\\{GUID} of SYSVOL, from where every machine takes them: tasks, services, scripts, rights. Domain controllers copy them by replication, not over SMB. [MS-GPOL] 2.3
  query: `
    WITH changed AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(path || '\\', '') || name AS file, outcome, action,
             regexp_matches(name, '(?i)(scheduledtasks|services|registry|groups|files)\\.xml$|\\\\(ps)?scripts\\.ini$|gpttmpl\\.inf$|${PROGRAM_PATTERN.replace("(?i)", "")}') AS is_acting
      FROM smb_operations
      WHERE name IS NOT NULL AND coalesce(is_dir, false) = false AND (bytes_written > 0 OR action IN ('delete', 'rename') OR create_action IN ('CREATED', 'OVERWRITTEN', 'SUPERSEDED'))
        AND regexp_matches(coalesce(path, '') || '\\' || name, '(?i)(\\\\policies\\\\\\{[0-9a-f]{8}-[0-9a-f-]{27}\\}\\\\|\\\\sysvol\\\\[^\\\\]+\\\\scripts\\\\|\\\\netlogon\\\\)')
        AND "id.orig_h" NOT IN ${CONTROLLERS}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS record_count, source, target, "user", count(DISTINCT file) AS count, coalesce(arg_min(file, ts) FILTER (is_acting), arg_min(file, ts)) AS object,
           list(DISTINCT file ORDER BY file)[:8] AS files, ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'changed' WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) to change' ELSE 'asked to change' END AS did,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN bool_or(is_acting) THEN 'high' ELSE 'medium' END AS severity
    FROM changed GROUP BY source, target, "user", coalesce(outcome, '') = 'refused', CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} {did} {count} files of group policies or log-on scripts on {target}, which the machines of the domain carry out: {files}.",
  falsePositives: ["Administrators who edit policies"],
  references: ["https://attack.mitre.org/techniques/T1484/001/", "MS-GPOL 2.3"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "policy-with-task.rows", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
