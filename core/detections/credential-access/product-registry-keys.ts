import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, doneOrAsked, GROUP_OUTCOME, KNOWS_BACKUP_SERVER, onlyUnread } from "../sql.ts";

export const productRegistryKeys: Detection = {
  id: "BT-CA-003",
  title: "Remote registry read of backup product keys",
  phase: "credential-access",
  attack: ["T1552", "T1012"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // [MS-RRP] 3.1.5: keys opened 15, values read 17 and 29. The keys say where the database with the credentials is, and some hold secrets themselves.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user", min(target_name) AS object,
           list(DISTINCT coalesce(target_name, detail) ORDER BY coalesce(target_name, detail)) AS keys, ${GROUP_OUTCOME} AS outcome, ${doneOrAsked("read", "read")} AS did, ${onlyUnread()} AS unread,
           CASE WHEN ${KNOWS_BACKUP_SERVER} THEN 'high' ELSE 'medium' END AS severity
    FROM dce_rpc
    WHERE endpoint = 'winreg' AND opnum IN (15, 17, 29)
      AND regexp_matches(concat_ws(' ', target_name, detail), '(?i)(\\\\|^)(Veeam\\\\(Veeam (Backup and Replication|Backup Catalog|ONE|Agent)|Backup Enterprise)|Veritas\\\\|Symantec\\\\Backup Exec|CommVault Systems|Acronis\\\\|Arcserve|CA ARCserve|Nakivo|Rubrik|Cohesity|Legato|EMC\\\\NetWorker|Unitrends|Macrium|Altaro|Hornetsecurity)|SqlServerName|SqlDatabaseName|SqlInstanceName|SqlSecuredPassword|EncryptionSalt')
      AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    GROUP BY "id.orig_h", "id.resp_h", "user", CAST(ts AS DATE), outcome`,
  explanation:
    "{user} on {source} {did} from the registry of {target} where a backup product keeps its database or secrets: {keys}.",
  falsePositives: ["Checks of a remote console's installation"],
  references: ["https://attack.mitre.org/techniques/T1552/", "MS-RRP 3.1.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "product-registry-keys.rows", findings: 1 },
    { capture: "registry-read.pcapng", findings: 0 },
  ],
};
