import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, doneOrAsked, GROUP_OUTCOME, NOT_GRANTED, SEALED } from "../sql.ts";

export const discoveryCommand: Detection = {
  id: "BT-DI-024",
  title: "Discovery command run on another machine",
  phase: "discovery",
  attack: [],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["dce_rpc|winrm"],
  learningDays: 0,
  parameters: {},
  // What services, tasks, WMI and WinRM were told to run.
  query: `
    WITH ran AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, outcome, ${SEALED} AS hidden FROM dce_rpc WHERE command IS NOT NULL
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif("domain", ''), "user"), coalesce(command_line, script), CASE WHEN status_code < 300 THEN 'confirmed' WHEN status_code >= 400 THEN 'refused' ELSE 'attempted' END, false
      FROM winrm WHERE coalesce(command_line, script) IS NOT NULL
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, min("user") AS "user", min(command) AS object, list(DISTINCT command ORDER BY command) AS typed, ${doneOrAsked("gave", "give", "hidden")} AS did, list(DISTINCT command) AS ran, ${GROUP_OUTCOME} AS outcome
    FROM ran
    WHERE regexp_matches(command, '(?i)(^|[\\s\\\\/&|"''(^])(whoami|ipconfig|systeminfo|hostname|netstat|tasklist|quser|qwinsta|query\\s+(user|session)|nltest|arp\\s+-a|route\\s+print|nslookup|net1?(\\.exe)?\\s+(user|group|localgroup|view|accounts|session|share|config|time|use)\\b|dsquery|adfind|wmic\\s+.*(get|list)|ver\\b|set$|gpresult|cmdkey\\s+/list|klist|get-(ad\\w+|process|service|net\\w+|wmiobject|ciminstance|localuser|localgroup\\w*|computerinfo|hotfix|childitem)|vssadmin\\s+list|wevtutil\\s+(el|gl)|ifconfig|uname\\s+-a|esxcli\\s+.*list)')
      AND source NOT IN ${BACKUP_ACTORS} AND source NOT IN ${ADMIN_HOSTS}
    GROUP BY source, target, CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did} {target} commands to run that show what it is and knows ({count}): {typed}.",
  falsePositives: ["Administrators who look after a machine"],
  references: [
    "https://attack.mitre.org/techniques/T1082/",
    "https://attack.mitre.org/techniques/T1016/",
    "https://attack.mitre.org/techniques/T1033/",
  ],
  blindTo: [
    {
      text: "commands in sealed calls, and those typed into sessions",
      query:
        "SELECT count(*) AS n FROM dce_rpc WHERE sealed AND NOT coalesce(unsealed, false) AND endpoint IN ('IWbemServices', 'svcctl', 'ITaskSchedulerService')",
    },
  ],
  samples: [
    { capture: "discovery-command.rows", findings: 1 },
    { capture: "registry-read.pcapng", findings: 0 },
  ],
};
