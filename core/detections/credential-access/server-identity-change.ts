import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const serverIdentityChange: Detection = {
  id: "BT-BL-006",
  title: "Service certificate or host key of a backup system changed",
  phase: "credential-access",
  attack: ["T1557", "T1553.004"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["ssh|ssl"],
  learningDays: 0,
  parameters: {},
  // A service that showed one key and from some time on another, and never the old one again: a load balancer or several names show both by turns.
  query: `
    WITH shown AS (
      SELECT s.ts, s.rid, s."id.resp_h" AS host, s."id.resp_p" AS port, coalesce(s.server_name, '') AS name, 'certificate' AS kind, s.cert_chain_fps[1] AS identity, coalesce(s.subject, '') AS subject, coalesce(s.issuer, '') AS issuer FROM ssl s
      WHERE len(coalesce(s.cert_chain_fps, [])) > 0
      UNION ALL SELECT ts, rid, "id.resp_h", "id.resp_p", coalesce(host_key_alg, ''), 'SSH host key', host_key_sha256, '', '' FROM ssh WHERE host_key_sha256 IS NOT NULL
    ), key AS (
      SELECT host, port, name, kind, identity, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts, 20) AS rids, count(*) AS count, min(subject) AS subject, min(issuer) AS issuer
      FROM shown WHERE host IN ${ESTATE_OR_HYPERVISOR} GROUP BY 1, 2, 3, 4, 5
    ), changed AS (
      SELECT *, lag(identity) OVER w AS old_identity, lag(ts_last) OVER w AS old_last, lag(issuer) OVER w AS old_issuer, lag(subject) OVER w AS old_subject, lag(rids) OVER w AS old_rids, count(*) OVER (PARTITION BY host, port, name, kind) AS identities
      FROM key WINDOW w AS (PARTITION BY host, port, name, kind ORDER BY ts)
    )
    SELECT ts, ts_last, list_concat(old_rids[-5:], rids) AS records, count, host AS source, host AS target, kind || ' on port ' || port AS object,
           CASE WHEN kind = 'certificate' THEN old_subject || ' of ' || old_issuer ELSE old_identity END AS before, CASE WHEN kind = 'certificate' THEN subject || ' of ' || issuer ELSE identity END AS after, 'observed' AS outcome,
           CASE WHEN kind = 'certificate' AND issuer = old_issuer AND subject = old_subject THEN 'low' WHEN kind = 'certificate' AND issuer = subject AND old_issuer <> old_subject THEN 'high' ELSE 'medium' END AS severity
    FROM changed WHERE old_identity IS NOT NULL AND old_last < ts AND identities <= 3`,
  explanation: "{target} presented a new {object}: {before} became {after}.",
  falsePositives: ["Renewal", "A machine that was installed anew"],
  references: ["https://attack.mitre.org/techniques/T1557/"],
  blindTo: [
    {
      text: "certificates of TLS 1.3 without secrets",
      query: "SELECT count(*) AS n FROM ssl WHERE version = 'TLSv13' AND len(coalesce(cert_chain_fps, [])) = 0",
    },
  ],
  samples: [
    { capture: "server-identity-change.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
