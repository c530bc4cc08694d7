import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { REMOTE_MANAGEMENT } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const remoteManagement: Detection = {
  id: "BT-C2-004",
  title: "Remote-management tool",
  phase: "command-and-control",
  attack: ["T1219", "T1219.002"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl"],
  learningDays: 0,
  ofConnections: true,
  parameters: {},
  query: `
    WITH ${contactsWith(REMOTE_MANAGEMENT)}, shown AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, CASE WHEN subject ILIKE '%CN=AnyNet Relay%' OR subject ILIKE '%philandro Software%' OR subject ILIKE '%CN=AnyDesk Client%' THEN 'AnyDesk'
               WHEN subject ILIKE '%CN=rustdesk%' THEN 'RustDesk' WHEN subject ILIKE '%MeshCentralRoot%' OR issuer ILIKE '%MeshCentralRoot%' THEN 'MeshCentral' WHEN subject ILIKE '%SimpleHelp%' THEN 'SimpleHelp' END AS service
      FROM ssl WHERE subject IS NOT NULL
    ), found AS (
      SELECT ts, ts_last, records, count, source, target, service, CASE WHEN len(names) = 1 THEN 'by the name ' ELSE 'by the names ' END || array_to_string(names, ', ') AS how, is_connected FROM contact
      UNION ALL
      SELECT min(ts), max(ts), list(rid ORDER BY ts)[:50], count(*), source, min(target), service, 'by its certificate', true FROM shown WHERE service IS NOT NULL GROUP BY source, service
      UNION ALL
      SELECT min(ts), max(ts), list(rid ORDER BY ts)[:50], count(*), "id.orig_h", min("id.resp_h"), CASE WHEN agent ILIKE '%teamviewer%' THEN 'TeamViewer' WHEN agent ILIKE '%netsupport%' THEN 'NetSupport' WHEN agent ILIKE '%dwagent%' THEN 'DWService' ELSE 'ScreenConnect' END, 'by its user agent', true
      FROM (SELECT *, coalesce(user_agent, '') AS agent FROM http) WHERE regexp_matches(agent, '(?i)(teamviewer|netsupport manager|screenconnect|dwagent)') GROUP BY "id.orig_h", 7
    )
    SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(records ORDER BY ts))[:100] AS records, CAST(sum(count) AS BIGINT) AS count, source, min(target) AS target, service, service AS object, array_to_string(list(DISTINCT how ORDER BY how), ' and ') AS how,
           CASE WHEN bool_or(is_connected) THEN 'confirmed' ELSE 'attempted' END AS outcome, CASE WHEN bool_or(is_connected) THEN 'used' ELSE 'asked for the servers of' END AS act,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'low' END AS severity
    FROM found GROUP BY source, service`,
  explanation: "{source} {act} {service}, known {how}. Such tools are also used to keep access.",
  falsePositives: ["The organisation's own tool"],
  references: ["https://attack.mitre.org/techniques/T1219/", "https://lolrmm.io/"],
  blindTo: [],
  samples: [
    { capture: "tools-by-name.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
