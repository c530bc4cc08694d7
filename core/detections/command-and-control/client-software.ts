import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

export const clientSoftware: Detection = {
  id: "BT-C2-011",
  title: "Scripts and system tools that fetch over HTTP",
  phase: "command-and-control",
  attack: ["T1071.001", "T1105"],
  severity: "medium",
  confidence: 0.65,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // On the estate: a scripted client that was not seen in the time of learning. Anywhere: Windows' own tools that were not made for downloads, and scripted clients that fetch a program.
  query: `
    WITH request AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(host, "id.resp_h") AS host, uri, coalesce(user_agent, '') AS agent, status_code,
             list_has_any(coalesce(resp_mime_types, []), ['application/x-dosexec', 'application/x-executable', 'application/x-mach-o-executable', 'application/java-archive', 'application/x-java-applet', 'application/vnd.ms-cab-compressed'])
               OR regexp_matches(split_part(coalesce(uri, ''), '?', 1), '(?i)\\.(exe|dll|ps1|psm1|bat|cmd|vbs|hta|msi|scr|jar|class|sct|elf|sh)$') AS is_program
      FROM http WHERE uri IS NOT NULL AND method IN ('GET', 'POST') AND coalesce(status_code, 200) < 400
    ), scripted AS (
      SELECT *, CASE
          WHEN agent ILIKE '%WindowsPowerShell%' OR agent ILIKE '%PowerShell/%' THEN 'PowerShell' WHEN starts_with(agent, 'CertUtil') THEN 'certutil' WHEN agent ILIKE 'Microsoft BITS%' THEN 'BITS'
          WHEN starts_with(agent, 'curl/') THEN 'curl' WHEN starts_with(agent, 'Wget') THEN 'wget' WHEN agent ILIKE 'python-requests%' OR agent ILIKE 'Python-urllib%' OR agent ILIKE '%aiohttp%' THEN 'Python' WHEN agent ILIKE 'Go-http-client%' THEN 'a program in Go'
          WHEN starts_with(agent, 'Java/') THEN 'Java' WHEN agent ILIKE 'Ruby%' OR agent ILIKE 'libwww-perl%' OR agent ILIKE 'WinHttp%' OR agent ILIKE '%WinHttpRequest%' OR agent ILIKE '%Msxml%' THEN 'a script' WHEN agent = '' THEN 'a client without a name'
          WHEN regexp_matches(agent, '^[A-Za-z0-9+/]{24,}={0,2}$') THEN 'a client whose name is encoded' END AS client
      FROM request
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), used AS (
      SELECT source, client, agent, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY is_program DESC, ts)[:50] AS records, count(*) AS count, arg_min(target, ts) AS target, list(DISTINCT host ORDER BY host)[:4] AS hosts, bool_or(is_program) AS fetches_program, bool_or(target IN ${OUTSIDE}) AS goes_outside,
             min(uri) FILTER (is_program) AS program
      FROM scripted WHERE client IS NOT NULL GROUP BY ALL
    )
    SELECT u.ts, u.ts_last, u.records, u.count, u.source, u.target, u.client, u.client AS object, CASE WHEN u.agent = '' THEN 'no user agent' ELSE 'user agent ' || u.agent END AS agent, u.hosts, 'confirmed' AS outcome, CASE WHEN u.fetches_program THEN ' and fetched a program (' || u.program || ')' ELSE '' END AS program_text,
           CASE WHEN u.source IN ${ESTATE_OR_HYPERVISOR} AND s.is_long THEN 'medium' WHEN u.fetches_program AND u.client IN ('PowerShell', 'certutil', 'Java', 'a client whose name is encoded') THEN 'medium' ELSE 'low' END AS severity
    FROM used u, start s
    WHERE u.source IN ${ESTATE_OR_HYPERVISOR} AND (u.goes_outside OR u.fetches_program) AND (NOT s.is_long OR u.ts > s.learned)
       OR u.client IN ('certutil', 'a client whose name is encoded') OR u.fetches_program AND u.client IN ('PowerShell', 'Java', 'Python', 'a script', 'a client without a name', 'BITS')`,
  explanation: "{source} sent requests to {hosts} with {client} ({agent}){program_text}.",
  falsePositives: ["Administrators who fetch patches", "Software that updates itself by scripts"],
  references: ["https://attack.mitre.org/techniques/T1105/", "https://attack.mitre.org/techniques/T1071/001/"],
  blindTo: [
    {
      text: "user agents inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE established AND "id.resp_p" IN (443, 8443)`,
    },
  ],
  samples: [
    { capture: "script-downloads.rows", findings: 2 },
    { capture: "status-page.pcapng", findings: 0 },
  ],
};
