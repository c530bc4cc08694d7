import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const scannerSite: Detection = {
  id: "BT-DI-018",
  title: "Network scanner downloaded or asking for updates",
  phase: "discovery",
  attack: ["T1046", "T1588.002"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["dns|http|ssl"],
  learningDays: 0,
  parameters: {},
  // Sites of scanners and of tools that map a network or a directory, by HTTP host, server name in TLS or DNS question.
  query: `
    WITH seen AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, lower(host) AS host FROM http WHERE host IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", lower(server_name) FROM ssl WHERE server_name IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", query FROM dns WHERE qtype IN (1, 28)
    ), site AS (
      SELECT host FROM (SELECT DISTINCT host FROM seen) WHERE regexp_matches(host, '(^|\\.)(advanced-(ip|port)-scanner\\.com|famatech\\.com|radmin\\.com|softperfect\\.com|angryip\\.org|nmap\\.org|insecure\\.org|zenmap\\.org|nirsoft\\.net|lansweeper\\.com|masscan\\.org|rustscan\\.com|bloodhoundenterprise\\.io|pingcastle\\.com|netscan\\.co|10-strike\\.com|mitec\\.cz|adexplorer\\.com|superscan\\.com)(:[0-9]+)?$')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, max(target) AS target, host AS object,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity, 'observed' AS outcome
    FROM seen
    WHERE host IN (SELECT host FROM site) AND source IN (SELECT address FROM assets WHERE internal)
    GROUP BY source, host`,
  explanation: "{source} contacted {object}, a site of a network scanner ({count} times).",
  falsePositives: ["Administrators who use the tool"],
  references: ["https://attack.mitre.org/techniques/T1046/", "https://attack.mitre.org/techniques/T1588/002/"],
  blindTo: [],
  samples: [
    { capture: "scanner-site.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
