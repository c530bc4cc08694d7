import { SEALED_SMB_NAMES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN } from "../sql.ts";
import { CONSOLE_PIPES } from "./console-pipes.ts";

export const psexec: Detection = {
  id: "BT-LM-002",
  title: "PsExec family artefacts",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1569.002", "T1570"],
  severity: "high",
  confidence: 0.95,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: {},
  // Pipes, and programs on shares that only administrators reach. On another share the tool's name says that somebody keeps it there.
  // It lasts as long as a console over its pipes is used.
  query: `
    WITH artefact AS (
      SELECT *, coalesce(share_type = 'PIPE', false) OR coalesce(path, '') ILIKE '%\\IPC$' AS is_pipe, CASE
        WHEN regexp_matches(name, '(?i)(^|\\\\)psexe(svc|c)') THEN 'PsExec'
        WHEN regexp_matches(name, '(?i)^remcom_') THEN 'RemCom'
        WHEN regexp_matches(name, '(?i)(^|\\\\)paexec') THEN 'PAExec'
        WHEN regexp_matches(name, '(?i)(^|\\\\)csexec') THEN 'CsExec'
        WHEN regexp_matches(name, '(?i)(^|\\\\)winexesvc') THEN 'winexe'
        WHEN is_pipe AND regexp_matches(name, '(?i)-(stdin|stdout|stderr)$') THEN 'a PsExec-like tool' END AS tool
      FROM smb_operations WHERE name IS NOT NULL AND action IN ('open', 'delete', 'transfer')
    ), console AS (${CONSOLE_PIPES})
    SELECT min(a.ts) AS ts, greatest(max(a.ts), max(c.until)) AS ts_last, list(a.rid ORDER BY a.ts)[:200] AS records, count(*) AS record_count,
           "id.orig_h" AS source, "id.resp_h" AS target, "user", tool, tool AS object,
           list(DISTINCT name ORDER BY name) AS names,
           CASE WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) for' ELSE 'used' END AS did,
           CASE WHEN sum(c.went_in) > 0 AND sum(c.came_back) > 0
                THEN '; a program answered over the pipes: ' || formatReadableDecimalSize(CAST(sum(c.went_in) AS BIGINT)) || ' went in and ' || formatReadableDecimalSize(CAST(sum(c.came_back) AS BIGINT)) || ' came back'
                ELSE '' END AS console_text,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'confirmed' WHEN bool_or(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_and(NOT is_pipe AND path IS NOT NULL AND NOT regexp_matches(path, '${ADMIN_SHARE_PATTERN}')) THEN 'low' ELSE 'high' END AS severity,
           CASE WHEN bool_and(NOT is_pipe AND path IS NOT NULL AND NOT regexp_matches(path, '${ADMIN_SHARE_PATTERN}')) THEN 'Severity low: the files lie on an ordinary share, and no pipe of the tool was used' END AS note
    FROM artefact a LEFT JOIN console c ON c.rid = a.rid WHERE tool IS NOT NULL
    GROUP BY "id.orig_h", "id.resp_h", "user", tool, a.uid`,
  explanation:
    "{user} on {source} {did} files and pipes named like those of {tool} on {target}: {names}{console_text}.",
  falsePositives: ["Administrators who use PsExec on purpose"],
  references: ["https://attack.mitre.org/software/S0029/"],
  blindTo: [SEALED_SMB_NAMES],
  samples: [
    { capture: "psexec.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
