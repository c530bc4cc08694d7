import { SEALED_SMB_NAMES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, ESTATE, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

/** Pipes of Windows itself, of SQL Server, Exchange and the like. */
export const USUAL =
  "(?i)^(srvsvc|wkssvc|samr|lsarpc|lsass|netlogon|svcctl|winreg|spoolss|atsvc|eventlog|epmapper|browser|netdfs|protected_storage|ntsvcs|lsm_api_service|termsrv_api_service|ctx_winstation_api_service|initshutdown|efsrpc|fssagentrpc|w32time|w32time_alt|cert|trkwks|trksvr|router|tapsrv|wiaservice|dnsserver|dhcpserver|frsrpc|ntfrsapi|msmq.*|mssearch|mdsvc|scerpc|sessenvpublicrpc|plugplay|rpcsvc|wins|ras.*|unimodem.*|iisadmin|smtpsvc|nntpsvc|inetinfo|hydralspipe|tssdis|mssql.*|sql\\\\query|sqlquery|sqllocal.*|locator|llsrpc|nsppipe|policyagent|winsif|icertpassage|w32tm|lltdsvc|msdtc.*)$";
/** Names that tools give their pipes unless told otherwise. */
const TOOLS = `CASE
  WHEN regexp_matches(name, '(?i)^(msagent_|postex_(ssh_)?|status_|msse-)[0-9a-f]{1,5}(-server)?$') THEN 'Cobalt Strike'
  WHEN regexp_matches(name, '(?i)^(gruntsvc|covenant.*)$') THEN 'Covenant'
  WHEN regexp_matches(name, '(?i)^(jaccdpqnvbrrxlaf|poshc2.*)$') THEN 'PoshC2'
  WHEN regexp_matches(name, '(?i)^(demoagent_[0-9]+|havoc.*)$') THEN 'Havoc'
  WHEN regexp_matches(name, '(?i)^(ahexec|csexec.*|xcmd(pipe)?|rcmd|remcom_.*|paexec.*|psexec.*|winexesvc.*|rpchlp_[0-9]+|cachedump(pipe)?|lsadump.*|gsecdump.*|pwdump.*|wceservicepipe|isapi_(http|dg|dg2)|sdlrpc|ahexec|winsession|lsassw|46a676ab7f179e511e30dd2dc41bd388|9f81f59bc58452127884ce513865ed20|e710f28d59aa529d6792ca6ff0ca1b34|583da945-62af-10e8-4902-a8f205c72b2e|bizkaz|atctl|userpipe|dsernamepipe[0-9]+|comnap|comnode|iehelper|npfw|pscp.*shell|adschemerpc|psnamed.*|testsvc)$') THEN 'a known intrusion tool'
  WHEN regexp_matches(name, '(?i)^pshost\\.[0-9]+\\.[0-9]+\\.') THEN 'a PowerShell process of that host' END`;

export const unusualPipe: Detection = {
  id: "BT-LM-016",
  title: "Named pipe never seen on this host",
  phase: "lateral-movement",
  attack: ["T1021.002"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // A pipe that a known tool is named for is reported at once; any other needs a time of learning before it counts as new.
  query: `
    WITH opened AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", trim(regexp_replace(name, '(?i)^\\\\?(pipe\\\\)?', ''), '\\') AS name, outcome
      FROM smb_operations WHERE action = 'open' AND name IS NOT NULL AND (share_type = 'PIPE' OR path ILIKE '%\\IPC$')
    ), named AS (
      SELECT *, ${TOOLS} AS tool FROM opened WHERE name <> '' AND NOT regexp_matches(name, '${USUAL}')
    ), since AS (
      SELECT target, lower(name) AS pipe, min(ts) AS first_ts FROM named GROUP BY ALL
    ), judged AS (
      SELECT n.*, s.first_ts > ${LEARNED_UNTIL} AND ${HAS_HISTORY} AS is_new,
             regexp_matches(n.name, '(?i)^([0-9a-f]{8,}|[bcdfghjklmnpqrstvwxz]{7,}|[a-z0-9]*[0-9][a-z]+[0-9][a-z0-9]{5,})$') AS is_random
      FROM named n JOIN since s ON s.target = n.target AND s.pipe = lower(n.name)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, min("user") AS "user",
           min(name) AS object, min(name) AS pipe, CASE WHEN bool_or(outcome = 'confirmed') THEN 'confirmed' WHEN bool_or(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN min(tool) IS NOT NULL THEN 'a name that belongs to ' || min(tool)
                WHEN bool_or(is_random) THEN 'never before in the evidence, and its name looks random' ELSE 'never before in the evidence' END AS why,
           CASE WHEN min(tool) IS NOT NULL THEN 0.8 ELSE 0.6 END AS confidence,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN min(tool) IS NOT NULL AND target IN ${ESTATE} THEN 'high'
                WHEN min(tool) IS NOT NULL OR bool_or(is_random) AND target IN ${ESTATE} THEN 'medium' WHEN target IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN source IN ${BACKUP_ACTORS} AND min(tool) IS NULL AND regexp_matches(min(name), '${BACKUP_COMPONENT_PATTERN}')
                THEN 'A backup server or proxy speaks with the components of its own software' END AS explained
    FROM judged WHERE tool IS NOT NULL OR is_new GROUP BY source, target, lower(name)`,
  explanation: "{user} on {source} opened the pipe {pipe} on {target} ({why}).",
  falsePositives: ["New management agents", "Products that happen to use the name of a tool's pipe"],
  references: ["https://attack.mitre.org/techniques/T1021/002/"],
  blindTo: [SEALED_SMB_NAMES],
  samples: [
    { capture: "pipe-of-a-tool.rows", findings: 1 },
    { capture: "pipe-never-seen.rows", findings: 1 },
    { capture: "pipes-of-windows.rows", findings: 0 },
  ],
};
