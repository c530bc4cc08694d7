import type { Detection } from "../detection.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const safeguardsOff: Detection = {
  id: "BT-AD-011",
  title: "Backup safeguards switched off (product events)",
  phase: "admin-access",
  attack: ["T1562.001", "T1556"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["syslog"],
  learningDays: 0,
  parameters: {},
  // MFA off 40201 and 40204, four-eyes off 42401, malware detection 42290 and its exclusions 42260, KMS server deleted 42301; network rules, roles and licence
  // updates are changes of a smaller kind.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, reporter AS source, reporter AS target, "user", event, min(description) AS description,
           min(CASE event WHEN 40201 THEN 'multi-factor authentication was disabled' WHEN 40204 THEN 'multi-factor authentication was disabled for a user' WHEN 42401 THEN 'four-eyes authorization was disabled'
             WHEN 42290 THEN 'malware detection was changed' WHEN 42260 THEN 'objects were exempted from malware detection' WHEN 42301 THEN 'a key management server was deleted'
             WHEN 31100 THEN 'network traffic rules were changed' WHEN 32400 THEN 'network traffic rules were deleted' WHEN 31310 THEN 'a role was changed' WHEN 31320 THEN 'a role was deleted' ELSE 'automatic licence updates were disabled' END) AS object,
           'confirmed' AS outcome, CASE WHEN event IN (40201, 40204, 42401, 42290, 42260, 42301) THEN 'critical' ELSE 'medium' END AS severity
    FROM ${VEEAM_EVENTS} WHERE event IN (31100, 31310, 31320, 32400, 40201, 40204, 41301, 42260, 42290, 42301, 42401)
    GROUP BY reporter, "user", event`,
  explanation:
    "The backup product on {target} reported {count} times that {object}: {description} (event {event}, by {user}).",
  falsePositives: ["Planned changes"],
  references: ["https://helpcenter.veeam.com/docs/vbr/events/"],
  blindTo: [],
  samples: [
    { capture: "safeguards-off.rows", findings: 2 },
    { capture: "product-events.rows", findings: 0 },
  ],
};
