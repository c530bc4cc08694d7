import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const shareChange: Detection = {
  id: "BT-TI-008",
  title: "Share removed or reconfigured",
  phase: "tampering",
  attack: ["T1490", "T1489"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-SRVS] 3.1.4: NetrShareAdd 14, SetInfo 17, Del 18, DelSticky 19, DelStart 37, DelCommit 38, DelEx 57.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count,
           "id.orig_h" AS source, "id.resp_h" AS target, "user", target_name AS object, coalesce(target_name, '(name sealed)') AS share,
           CASE WHEN bool_or(opnum IN (18, 19, 37, 38, 57)) THEN ${doneOrAsked("removed", "remove")} WHEN bool_or(opnum = 17) THEN ${doneOrAsked("changed", "change")} ELSE ${doneOrAsked("added", "add")} END AS did,
           ${onlyUnread()} AS unread,
           CASE WHEN "id.resp_h" NOT IN (SELECT address FROM assets WHERE in_estate) THEN 'medium'
                WHEN bool_or(opnum IN (18, 19, 37, 38, 57)) THEN 'critical' ELSE 'high' END AS severity,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN "id.orig_h" IN ${BACKUP_ACTORS} AND bool_and(regexp_matches(coalesce(target_name, ''), '(?i)veeam|vpower|backup'))
                THEN 'The backup server manages the shares of its own components' END AS explained
    FROM dce_rpc WHERE endpoint = 'srvsvc' AND opnum IN (14, 17, 18, 19, 37, 38, 57)
    GROUP BY "id.orig_h", "id.resp_h", "user", target_name, outcome`,
  explanation: "{user} on {source} {did} share {share} of {target}.",
  falsePositives: ["Maintenance of a file server"],
  references: ["MS-SRVS 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "share-delete.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
