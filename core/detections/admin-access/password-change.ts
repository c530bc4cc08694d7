import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, CONTROLLERS, doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const passwordChange: Detection = {
  id: "BT-AD-009",
  title: "Password set on another account",
  phase: "admin-access",
  attack: ["T1098", "T1531"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-SAMR] 3.1.5.6: SamrSetInformationUser 37 and 2 58. Their arguments are encrypted with the session key; the call itself is seen.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           min(target_name) AS object, coalesce(min(target_name), 'whose name is not readable') AS account,
           CASE WHEN "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' ELSE 'medium' END AS severity,
           ${GROUP_OUTCOME} AS outcome, ${doneOrAsked("changed", "change")} AS did, ${onlyUnread()} AS unread
    FROM dce_rpc
    WHERE endpoint = 'samr' AND opnum IN (37, 58) AND "id.orig_h" NOT IN ${CONTROLLERS}
      AND uid NOT IN (SELECT uid FROM dce_rpc WHERE endpoint = 'samr' AND opnum IN (12, 50))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation: "{user} on {source} {did} account {account} on {target} in a way that can set its password.",
  falsePositives: ["Help-desk tools"],
  references: ["https://attack.mitre.org/techniques/T1098/", "MS-SAMR 3.1.5.6"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "password-change.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
