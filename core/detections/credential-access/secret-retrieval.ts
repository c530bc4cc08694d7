import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { CONTROLLERS, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const secretRetrieval: Detection = {
  id: "BT-CA-019",
  title: "DPAPI domain backup key or LSA secret retrieval",
  phase: "credential-access",
  attack: ["T1003.004", "T1555"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-LSAD] 3.1.4: LsarOpenSecret 28, LsarQuerySecret 30, LsarRetrievePrivateData 43. [MS-BKRP] 3.1.4.1 is called by every workstation
  // that unlocks a user's keys, so alone it says little.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           min(target_name) AS object, list(DISTINCT operation ORDER BY operation) AS operations,
           CASE WHEN bool_or(endpoint = 'lsarpc') THEN 'high' ELSE 'low' END AS severity,
           ${GROUP_OUTCOME} AS outcome, ${onlyUnread()} AS unread
    FROM dce_rpc
    WHERE ((endpoint = 'lsarpc' AND opnum IN (28, 30, 43)) OR (endpoint = 'BackupKey' AND opnum = 0)) AND "id.orig_h" NOT IN ${CONTROLLERS}
    GROUP BY "id.orig_h", "id.resp_h", "user", endpoint, CAST(ts AS DATE), outcome`,
  explanation: "{user} on {source} asked {target} for stored secrets or the key that protects them ({operations}).",
  falsePositives: ["Workstations whose users changed their password (BackuprKey)"],
  references: ["https://attack.mitre.org/techniques/T1003/004/", "MS-LSAD 3.1.4", "MS-BKRP 3.1.4.1"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "secret-retrieval.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
