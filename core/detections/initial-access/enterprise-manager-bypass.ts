import type { Detection } from "../detection.ts";

/** The service asked is the caller itself, or the site's vCenter is known and it is another one. */
const IS_FOREIGN = `a.sts = a.source OR EXISTS (SELECT 1 FROM asset_roles WHERE role = 'vcenter' AND confidence >= 0.6)`;

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
    ), counted AS (
      -- Whom a log-on can be vouched for by: any service where its token was read, else the caller alone.
      SELECT *, row_number() OVER (PARTITION BY source, target, needs_read ORDER BY ts, rid) AS nr
      FROM (SELECT *, false AS needs_read FROM log_on UNION ALL SELECT *, true FROM log_on WHERE is_read)
    ), vouched AS (
      SELECT a.ts, a.rid, a.sts, l.source, l.target, false AS needs_read FROM asked a JOIN (SELECT DISTINCT source, target FROM counted) l ON l.target = a.host AND l.source = a.sts
      UNION ALL SELECT a.ts, a.rid, a.sts, l.source, l.target, true FROM asked a JOIN (SELECT DISTINCT source, target FROM counted WHERE needs_read) l ON l.target = a.host AND l.source <> a.sts
    ), near AS (
      SELECT * FROM (
        SELECT ts, rid, sts, source, target, needs_read, min(nr) OVER within AS first, max(nr) OVER within AS last, min(log_on_ts) OVER within AS log_on_ts, coalesce(bool_or(is_read) OVER within, false) AS is_read
        FROM (SELECT * FROM vouched UNION ALL BY NAME SELECT source, target, needs_read, ts, ts AS log_on_ts, nr, is_read FROM counted)
        WINDOW within AS (PARTITION BY source, target, needs_read ORDER BY epoch_ns(ts) RANGE BETWEEN 1000000000 * CAST($seconds AS BIGINT) PRECEDING AND CURRENT ROW)
      ) WHERE sts IS NOT NULL AND first IS NOT NULL
    ), own AS (
      -- What those before did not have: each log-on once.
      SELECT *, greatest(first, coalesce(lag(last) OVER (PARTITION BY source, target, needs_read, sts ORDER BY ts, rid) + 1, 0)) AS from_nr FROM near
    ), log_ons AS (
      SELECT o.source, o.target, o.sts, list(DISTINCT l.rid ORDER BY l.rid)[:50] AS rids
      FROM (SELECT source, target, needs_read, sts, unnest(range(from_nr, least(last, from_nr + 49) + 1)) AS nr FROM own) o
      JOIN counted l ON l.source = o.source AND l.target = o.target AND l.needs_read = o.needs_read AND l.nr = o.nr GROUP BY ALL
    ), summed AS (
      SELECT min(log_on_ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY rid)[:50] AS rids, source, target, sts, bool_or(is_read) AS is_read FROM near GROUP BY source, target, sts
    )
    SELECT a.ts, a.ts_last, list_concat(l.rids, a.rids) AS records, a.source, a.target, a.sts AS object,
           CASE WHEN is_read THEN 'sent a single sign-on token' ELSE 'opened a session' END AS did,
           CASE WHEN is_read THEN 'fact' ELSE 'inference' END AS basis, CASE WHEN is_read AND (${IS_FOREIGN}) THEN 'critical' WHEN ${IS_FOREIGN} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN is_read THEN 0.9 ELSE 0.7 END AS confidence,
           CASE WHEN ${IS_FOREIGN} THEN 'that is no vCenter of this site' ELSE 'whether that is a vCenter of this site is not known' END AS service_text, 'confirmed' AS outcome
    FROM summed a JOIN log_ons l ON l.source = a.source AND l.target = a.target AND l.sts = a.sts`,
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
