import type { Detection } from "../detection.ts";
import { CONTROLLERS, doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const rogueController: Detection = {
  id: "BT-CA-027",
  title: "Host that is no domain controller takes part in replication",
  phase: "credential-access",
  attack: ["T1207"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-DRSR] 4.1: IDL_DRSReplicaAdd 5 and IDL_DRSReplicaDel 6 enter and remove a partner, IDL_DRSUpdateRefs 4 asks to be told of changes, IDL_DRSAddEntry 17 makes a server's entry, IDL_DRSAddSidHistory 20 gives an account the
  // identifier of another. Who pushes changes so adds its own partnership, lets the controller fetch once and removes it again.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user", min(target_name) AS object,
           list(DISTINCT operation ORDER BY operation) AS operations, CASE WHEN bool_or(opnum = 20) THEN ['T1134.005'] END AS attack,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("changed", "change")} AS did, ${onlyUnread()} AS unread,
           CASE WHEN bool_or(opnum IN (5, 17)) AND bool_or(opnum = 6) OR bool_or(opnum = 20) THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN NOT bool_or(opnum = 6) THEN 'The partnership was not removed again in this evidence: it may be a new domain controller' END AS note
    FROM dce_rpc WHERE endpoint = 'drsuapi' AND opnum IN (5, 6, 17, 20) AND "id.orig_h" NOT IN ${CONTROLLERS}
    GROUP BY "id.orig_h", "id.resp_h", "user", CAST(ts AS DATE)
    HAVING bool_or(opnum IN (5, 17, 20))`,
  explanation:
    "{user} on {source}, which is not known as a domain controller, {did} how {target} replicates the directory ({operations}, {count} calls); by this a machine can write what it likes into the directory.",
  falsePositives: ["Promotion of a new domain controller"],
  references: ["https://attack.mitre.org/techniques/T1207/", "MS-DRSR 4.1"],
  blindTo: [],
  samples: [
    { capture: "rogue-controller.rows", findings: 1 },
    { capture: "dc-replication.pcapng", findings: 0 },
  ],
};
