import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS } from "../sql.ts";

export const snmpSet: Detection = {
  id: "BT-AD-013",
  title: "SNMP set on storage, library or switch",
  phase: "admin-access",
  attack: ["T1602", "T1562.004"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["snmp"],
  learningDays: 0,
  parameters: {},
  // RFC 3416 4.2.5. A session without any error in its answers accepted its sets. Cisco's CONFIG-COPY and image tables, and power outlets, say more than a name does.
  query: `
    WITH written AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce("user", CASE WHEN community IN ('public', 'private') THEN 'community ' || community WHEN community IS NOT NULL THEN 'a community of its own' END) AS writer, "user", set_requests, set_oids, display_string, coalesce(errors, 0) AS errors, coalesce(get_responses, 0) AS answers,
             regexp_matches(list_aggregate(set_oids, 'string_agg', ' '), '(^| )\\.?1\\.3\\.6\\.1\\.4\\.1\\.9\\.(9\\.96|2\\.1\\.5[0-9]|2\\.9|9\\.10)\\.') AS copies_config
      FROM snmp WHERE set_requests > 0
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, sum(set_requests) AS count, source, target, min("user") AS "user", min(writer) AS writer,
           flatten(list(set_oids))[1] AS object, list_sort(list_distinct(flatten(list(set_oids)))) AS oids, coalesce(min(display_string), 'an agent that did not say what it is') AS agent,
           CASE WHEN bool_or(answers > 0 AND errors = 0) THEN 'confirmed' WHEN bool_and(errors > 0) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(answers > 0 AND errors = 0) THEN 'wrote' WHEN bool_and(errors > 0) THEN 'asked (and was refused) to write' ELSE 'asked to write' END AS did,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN target IN (SELECT address FROM assets WHERE in_estate) THEN 'high' WHEN bool_or(copies_config) THEN 'medium' ELSE 'low' END AS severity
    FROM written GROUP BY source, target`,
  explanation: "{source} {did} {oids} on {target} ({agent}) over SNMP, as {writer}.",
  falsePositives: ["Power-distribution units", "Network management that writes contact, location or traps"],
  references: ["https://attack.mitre.org/techniques/T1602/", "RFC 3416 4.2.5"],
  blindTo: [
    { text: "sets inside encrypted SNMPv3", query: "SELECT count(*) AS n FROM snmp WHERE security = 'authPriv'" },
  ],
  samples: [
    { capture: "snmp.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
