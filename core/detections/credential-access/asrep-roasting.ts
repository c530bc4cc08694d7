import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const asrepRoasting: Detection = {
  id: "BT-CA-009",
  title: "AS-REP roasting",
  phase: "credential-access",
  attack: ["T1558.004"],
  severity: "high",
  confidence: 0.75,
  basis: "inference",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: { accounts: 2, minutes: 10 },
  // Answers to log-on requests that carried no proof of the password (no encrypted time stamp, no certificate), encrypted with RC4; with AES where the client speaks to an Active Directory (it asks for a PAC), which
  // wants that proof of everybody unless told otherwise. RFC 4120 3.1, [MS-KILE] 2.2.3
  query: `
    WITH given AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, client, CAST(ts AS DATE) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid, bool_or(starts_with(coalesce(reply_cipher, ''), 'rc4')) AS weak
      FROM kerberos
      WHERE request_type = 'AS' AND success AND client IS NOT NULL AND NOT regexp_matches(split_part(client, '/', 1), '\\$$')
        AND len(list_filter(coalesce(padata, []), lambda p: contains(p, 'TIMESTAMP') OR contains(p, 'PK-AS') OR contains(p, 'CHALLENGE') OR contains(p, 'FX'))) = 0
        AND (starts_with(coalesce(reply_cipher, ''), 'rc4') OR list_contains(coalesce(padata, []), 'PAC-REQUEST'))
      GROUP BY ALL
    ), dense AS (
      SELECT *, ts - lag(ts, $accounts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM given
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, min(target) AS target,
           list(${accountOfClient("client")} ORDER BY ts) AS clients, min(client) AS object, 'confirmed' AS outcome,
           CASE WHEN bool_or(reached) AND bool_or(weak) THEN 'high' WHEN bool_or(reached) OR bool_or(weak) THEN 'medium' ELSE 'low' END AS severity
    FROM dense GROUP BY source, day`,
  explanation: "{source} received log-on replies without proof of the password for {count} accounts: {clients}.",
  falsePositives: ["Accounts with pre-authentication disabled on purpose"],
  references: ["https://attack.mitre.org/techniques/T1558/004/", "RFC 4120 3.1"],
  blindTo: [],
  samples: [{ capture: "domain-logon.pcapng", findings: 0 }],
};
