import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS } from "../sql.ts";

export const accountChange: Detection = {
  id: "BT-AD-008",
  title: "Account created or added to a group remotely",
  phase: "admin-access",
  attack: ["T1136.001", "T1136.002", "T1098"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-SAMR] 3.1.5: CreateUser 12, CreateUser2 50, AddMemberToGroup 22, AddMemberToAlias 31. A machine account created on a controller is a domain join.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           min(target_name) AS object, coalesce(min(target_name), 'whose name is sealed') AS account, list(DISTINCT operation ORDER BY operation) AS operations,
           CASE WHEN bool_and(coalesce(target_name, '') LIKE '%$') OR "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'created or promoted' WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) to create or promote' ELSE 'asked to create or promote' END AS did
    FROM dce_rpc WHERE endpoint = 'samr' AND opnum IN (12, 22, 31, 50)
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome`,
  explanation: "{user} on {source} {did} account {account} on {target} ({operations}).",
  falsePositives: ["Provisioning systems", "Domain joins (machine accounts, reported low)"],
  references: ["https://attack.mitre.org/techniques/T1136/", "MS-SAMR 3.1.5"],
  blindTo: [
    { text: "calls inside SMB3 encryption", query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'" },
  ],
  samples: [
    { capture: "account-create.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
