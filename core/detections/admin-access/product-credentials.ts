import type { Detection } from "../detection.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const productCredentials: Detection = {
  id: "BT-AD-015",
  title: "Credential or encryption-password change (product events)",
  phase: "admin-access",
  attack: ["T1098", "T1531", "T1486"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["syslog"],
  learningDays: 0,
  parameters: {},
  // Credentials 25400 and 25500, encryption passwords 31600 to 31800, SSH credentials 31900, recovery tokens 36011 to 36014, users 31200 and 31400.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, reporter AS source, reporter AS target, "user", event, min(description) AS description,
           min(CASE event WHEN 25400 THEN 'a stored credential was changed' WHEN 25500 THEN 'a stored credential was deleted' WHEN 31200 THEN 'a user or group was added' WHEN 31400 THEN 'a user or group was deleted'
             WHEN 31600 THEN 'an encryption password was added' WHEN 31700 THEN 'an encryption password was changed' WHEN 31800 THEN 'an encryption password was deleted' WHEN 31900 THEN 'SSH credentials were changed'
             WHEN 36011 THEN 'a recovery token was made' WHEN 36014 THEN 'somebody authenticated with a recovery token' ELSE 'a recovery token was changed' END) AS object,
           'confirmed' AS outcome, CASE WHEN event IN (25500, 31700, 31800, 36014) THEN 'high' ELSE 'medium' END AS severity
    FROM ${VEEAM_EVENTS} WHERE event IN (25400, 25500, 31200, 31400, 31600, 31700, 31800, 31900, 36011, 36012, 36013, 36014)
    GROUP BY reporter, "user", event`,
  explanation:
    "The backup product on {target} reported {count} times that {object}: {description} (event {event}, by {user}).",
  falsePositives: ["Rotation of passwords"],
  references: ["https://helpcenter.veeam.com/docs/vbr/events/"],
  blindTo: [],
  samples: [
    { capture: "safeguards-off.rows", findings: 1 },
    { capture: "product-events.rows", findings: 0 },
  ],
};
