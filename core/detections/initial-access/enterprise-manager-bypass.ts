import type { Detection } from "../detection.ts";

/** The service asked is the caller itself, or the site's vCenter is known and it is another one. */
const IS_FOREIGN = `a.sts = l.source OR EXISTS (SELECT 1 FROM asset_roles WHERE role = 'vcenter' AND confidence >= 0.6)`;

export const enterpriseManagerBypass: Detection = {
  id: "BT-IA-004",
  title: "Veeam Enterprise Manager log-on bypass (CVE-2024-29849)",
  phase: "initial-access",
  attack: ["T1190", "T1606"],
  severity: "critical",
  confidence: 0.8,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { seconds: 30 },
  // A single sign-on token names the service that is to vouch for it: the server asks that one, which is not the site's vCenter but the intruder's.
  query: `
    WITH token AS (
      SELECT ts, rid, uid FROM http WHERE method = 'POST' AND contains(uri, '/api/sessionMngr') AND list_contains(coalesce(telltales, []), 'single sign-on token')
    ), log_on AS (
      SELECT c.ts, coalesce(t.rid, c.rid) AS rid, "id.orig_h" AS source, "id.resp_h" AS target, t.rid IS NOT NULL AS is_read FROM conn c LEFT JOIN token t ON t.uid = c.uid
      WHERE c.proto = 'tcp' AND c.orig_bytes > 0 AND c."id.resp_p" IN (9398, 9399)
    ), asked AS (
      SELECT ts, rid, "id.orig_h" AS host, "id.resp_h" AS sts FROM conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND "id.orig_h" IN (SELECT target FROM log_on) AND ("id.resp_p" IN (443, 7444, 8443) OR contains(coalesce(service, ''), 'ssl'))
        AND "id.resp_h" NOT IN (SELECT address FROM asset_roles WHERE role IN ('vcenter', 'hypervisor') AND confidence >= 0.6)
    )
    SELECT min(l.ts) AS ts, max(a.ts) AS ts_last, list_concat(list(DISTINCT l.rid ORDER BY l.rid)[:50], list(DISTINCT a.rid ORDER BY a.rid)[:50]) AS records, l.source, l.target, a.sts AS object,
           CASE WHEN bool_or(l.is_read) THEN 'sent a single sign-on token' ELSE 'opened a session' END AS did,
           CASE WHEN bool_or(l.is_read) THEN 'fact' ELSE 'inference' END AS basis, CASE WHEN bool_or(l.is_read) AND (${IS_FOREIGN}) THEN 'critical' WHEN ${IS_FOREIGN} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(l.is_read) THEN 0.9 ELSE 0.7 END AS confidence,
           CASE WHEN ${IS_FOREIGN} THEN 'that is no vCenter of this site' ELSE 'whether that is a vCenter of this site is not known' END AS service_text, 'confirmed' AS outcome
    FROM log_on l JOIN asked a ON a.host = l.target AND a.ts BETWEEN l.ts AND l.ts + to_seconds($seconds) AND (l.is_read OR a.sts = l.source)
    GROUP BY l.source, l.target, a.sts`,
  explanation:
    "{source} {did} at the Enterprise Manager {target}, which within {seconds} opened a secured connection to {object}; {service_text}. A forged token is vouched for by its sender (CVE-2024-29849).",
  falsePositives: ["vSphere plug-in log-ons with a vCenter that is not known as one"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2024-29849"],
  blindTo: [{ text: "tokens inside TLS: then only the connection back to the caller counts", query: null }],
  samples: [
    { capture: "enterprise-manager-bypass.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
