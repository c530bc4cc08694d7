import type { Detection } from "../detection.ts";

export const marshalledName: Detection = {
  id: "BT-CA-023",
  title: "Kerberos relay prepared through a marshalled name",
  phase: "credential-access",
  attack: ["T1187", "T1557.001"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["dce_rpc|dns|kerberos|ldap|ntlm|smb_mapping"],
  learningDays: 0,
  parameters: {},
  // The base64 of a marshalled credential target begins with 1UWhRCA and goes on with BAAAA; Windows cuts it off again and asks for a ticket of the name before it. [MS-KILE]
  query: `
    WITH named AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(original_query, query) AS name, 'resolved' AS how FROM dns
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", service, 'asked for a ticket of' FROM kerberos WHERE service IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", path, 'connected to' FROM smb_mapping WHERE path IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", dn, 'wrote to the directory' FROM ldap WHERE dn IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", target_spn, 'logged on for' FROM ntlm WHERE target_spn IS NOT NULL
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", target_name, 'named in a call' FROM dce_rpc WHERE target_name IS NOT NULL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, min(target) AS target, name AS object, list(DISTINCT how ORDER BY how) AS how, 'attempted' AS outcome
    FROM named WHERE contains(lower(name), '1uwhrca') AND regexp_matches(name, '(?i)1uwhrca[a-z]*.*baaaa') GROUP BY source, name`,
  explanation: "{source} {how} {object}, a host name built to redirect Kerberos authentication ({count} times).",
  falsePositives: ["None known"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2025-33073", "https://attack.mitre.org/techniques/T1187/"],
  blindTo: [],
  samples: [
    { capture: "marshalled-name.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
