import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const veeamServiceFromWorkstation: Detection = {
  id: "BT-IA-003",
  title: "Veeam service remoting from a workstation (CVE-2025-23120 family)",
  phase: "initial-access",
  attack: ["T1210", "T1078.002"],
  severity: "high",
  confidence: 0.5,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { seconds: 60 },
  // Any user of the domain can run code on a domain-joined server of some releases, so who logged on in the same minute is told.
  query: `
    WITH met AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, arg_min(rid, ts) AS rid, arg_min("id.resp_p", ts) AS port, sum(orig_bytes) AS in_octets
      FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_h" IN ${ESTATE} AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
        AND ("id.resp_p" IN (6170, 9392, 9393, 9401) OR "id.resp_p" BETWEEN 10001 AND 10006)
      GROUP BY 1, 2
    ), account AS (
      SELECT ts, "id.orig_h" AS source, concat_ws('\\', nullif(domainname, ''), username) AS account FROM ntlm WHERE username IS NOT NULL
      UNION ALL SELECT ts, "id.orig_h", client FROM kerberos WHERE request_type IN ('AS', 'TGS') AND client IS NOT NULL AND NOT regexp_matches(split_part(client, '/', 1), '\\$$')
    )
    SELECT m.ts, [m.rid] AS records, m.source, m.target, min(a.account) AS "user", m.port, m.in_octets, 'confirmed' AS outcome
    FROM met m LEFT JOIN account a ON a.source = m.source AND a.ts BETWEEN m.ts - to_seconds($seconds) AND m.ts + to_seconds($seconds)
    WHERE m.ts > ${LEARNED_UNTIL}
    GROUP BY m.ts, m.rid, m.source, m.target, m.port, m.in_octets`,
  explanation:
    "{user} on {source} reached the Veeam service port {port} of {target}, which it had not done in {learned}; flaws of this family let any domain user run code on a domain-joined server.",
  falsePositives: ["Administrators who install the console on a new machine"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2025-23120"],
  blindTo: [],
  samples: [
    { capture: "veeam-service-stranger.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
