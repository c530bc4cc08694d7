import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const managementController: Detection = {
  id: "BT-AD-005",
  title: "Management-controller access",
  phase: "admin-access",
  attack: ["T1021", "T1529"],
  severity: "high",
  confidence: 0.6,
  basis: "fact",
  needs: ["ipmi"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // IPMI 2.0: sessions, chassis control, boot options, users and passwords, firmware; ASF reset and power. Polling of sensors by a management station that was
  // there in the time of learning is usual; acts are told from everybody. Without a time of learning a session alone is told low.
  query: `
    WITH spoken AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, nullif("user", '') AS "user", message, detail, completion, privilege, cipher_suite, console_octets, sealed_messages, hash_disclosed,
             regexp_matches(concat_ws(' ', message, detail), '(?i)(chassis control|set system boot|set user (name|password|access)|power (off|down|cycle|up|on)|hard reset|reset$|firmware|activate payload|set lan config|cold reset|enter firmware|master write)') AS acts,
             regexp_matches(message, '(?i)(activate session|set session privilege|rakp|sealed|open session)') AS is_session
      FROM ipmi
    ), pair AS (
      SELECT source, target, min(ts) AS first_ts, bool_or(acts) AS acts FROM spoken GROUP BY ALL
    )
    SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.ts)[:100] AS records, count(*) AS count, s.source, s.target, min(s."user") AS "user",
           first(concat_ws(': ', s.message, s.detail) ORDER BY s.ts) FILTER (s.acts) AS object,
           coalesce(list(DISTINCT concat_ws(': ', s.message, s.detail)) FILTER (s.acts), [CASE WHEN bool_or(s.console_octets > 0) THEN 'a session with the serial console' ELSE 'a session whose commands are sealed or only read' END]) AS what,
           CASE WHEN bool_or(s.acts AND s.completion = 'completed') OR (NOT bool_or(s.acts) AND bool_or(s.completion = 'completed' OR s.sealed_messages > 0)) THEN 'confirmed'
                WHEN bool_and(s.completion IS NOT NULL AND s.completion <> 'completed') FILTER (s.acts OR NOT p.acts) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(s.acts) THEN 0.8 ELSE 0.5 END AS confidence,
           CASE WHEN s.source IN ${ADMIN_HOSTS} THEN 'low'
                WHEN bool_or(s.acts) AND s.target IN (SELECT address FROM assets WHERE in_estate) THEN 'high' WHEN bool_or(s.acts) THEN 'medium'
                WHEN ${HAS_HISTORY} AND min(p.first_ts) <= ${LEARNED_UNTIL} THEN 'info' WHEN ${HAS_HISTORY} THEN 'medium' ELSE 'low' END AS severity
    FROM spoken s JOIN pair p ON p.source = s.source AND p.target = s.target
    GROUP BY s.source, s.target HAVING bool_or(s.acts) OR bool_or(s.is_session)`,
  explanation: "{user} on {source} {used|to use} the management controller {target}: {what}.",
  falsePositives: ["Data-centre staff", "Monitoring of hardware"],
  references: ["https://attack.mitre.org/techniques/T1021/", "IPMI 2.0"],
  blindTo: [
    {
      text: "commands inside encrypted IPMI sessions",
      query: "SELECT count(*) AS n FROM ipmi WHERE sealed_messages > 0",
    },
  ],
  samples: [
    { capture: "ipmi.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
