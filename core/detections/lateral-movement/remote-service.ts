import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN } from "../sql.ts";

export const remoteService: Detection = {
  id: "BT-LM-001",
  title: "Remote service created and started",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1569.002", "T1543.003"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { seconds: 60, habit_hours: 18 },
  // Five operations create a service; rules that know only 12 and 24 miss PsExec, which uses 45. [MS-SCMR] 3.1.4
  query: `
    WITH creation AS (
      SELECT * FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (12, 24, 44, 45, 60)
    ), start AS (
      SELECT rid, ts, "id.orig_h" AS client, "id.resp_h" AS server
      FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (19, 31)
    ), habit AS (
      SELECT "id.orig_h" AS source, lower(target_name) AS name FROM creation GROUP BY 1, 2 HAVING max(ts) - min(ts) >= to_hours($habit_hours)
    ), joined AS (
      SELECT c.ts, c.rid, c."id.orig_h" AS source, c."id.resp_h" AS target, c."user", c.outcome, c.target_name, c.command,
             c.operation, max(s.ts) AS started, list(s.rid ORDER BY s.ts) FILTER (s.rid IS NOT NULL) AS starts
      FROM creation c
      LEFT JOIN start s ON s.client = c."id.orig_h" AND s.server = c."id.resp_h"
                       AND s.ts BETWEEN c.ts AND c.ts + to_seconds($seconds)
      GROUP BY ALL
    )
    SELECT ts, coalesce(started, ts) AS ts_last, list_concat([rid], coalesce(starts, [])) AS records, source, target, "user",
           coalesce(target_name, '(name sealed)') AS service,
           CASE WHEN target_name IS NULL AND command IS NULL THEN NULL
                ELSE concat_ws(': ', target_name, command) END AS object,
           coalesce(command, 'not readable') AS program,
           CASE WHEN started IS NULL THEN 'no start was seen within ' || $seconds || ' s' ELSE 'it was then started' END AS start_text,
           CASE outcome WHEN 'confirmed' THEN 'created' WHEN 'refused' THEN 'asked (and was refused) to create' ELSE 'asked to create' END AS did,
           outcome, operation, command AS ran,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND (regexp_matches(concat_ws(' ', target_name, command), '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(target_name)) IN (SELECT (source, name) FROM habit))
                 AND NOT regexp_matches(coalesce(command, ''), '(?i)(comspec|cmd(\\.exe)? +/|powershell|mshta|rundll32|\\\\__output)')
                THEN 'A backup server or proxy installs the services of its own software on the machines it protects (a name of a known product, or one that it uses again and again)' END AS explained
    FROM joined`,
  explanation:
    "{user} on {source} {did} service {service} on {target} ({operation}), binary path {program}; {start_text}.",
  falsePositives: [
    "Software deployment from a management host",
    "Installation of backup agents by the backup server (set aside when role and name fit)",
  ],
  references: ["https://attack.mitre.org/techniques/T1569/002/", "MS-SCMR 3.1.4"],
  blindTo: [
    {
      text: "calls inside SMB3 encryption",
      query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'",
    },
  ],
  samples: [
    { capture: "remote-service.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
