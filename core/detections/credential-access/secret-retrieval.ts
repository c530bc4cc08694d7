import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { CONTROLLERS, GROUP_OUTCOME, NOT_GRANTED, onlyUnread } from "../sql.ts";

/** The key itself; G$BCKUPKEY_PREFERRED and G$BCKUPKEY_P hold the identifier of the one in use. [MS-BKRP] 3.1.4.1 */
const IS_BACKUP_KEY = "regexp_matches(target_name, '(?i)^G\\$BCKUPKEY_\\{?[0-9a-f]{8}-[0-9a-f]{4}-')";

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
           min(target_name) AS object, CASE WHEN count(target_name) > 0 THEN ': ' || list_aggregate(list(DISTINCT target_name ORDER BY target_name)[:5], 'string_agg', ', ') || CASE WHEN count(DISTINCT target_name) > 5 THEN ' and ' || (count(DISTINCT target_name) - 5) || ' more' ELSE '' END ELSE '' END AS secrets, list(DISTINCT operation ORDER BY operation) AS operations,
           CASE WHEN bool_or(outcome = 'confirmed') THEN '; the answers hold ' || formatReadableDecimalSize(CAST(coalesce(sum(response_octets) FILTER (outcome = 'confirmed'), 0) AS BIGINT)) ELSE '' END AS answer,
           CASE WHEN bool_or(${IS_BACKUP_KEY}) THEN '. G$BCKUPKEY with an identifier is a backup key of the domain for DPAPI: it opens whatever its users protect with DPAPI'
                WHEN bool_or(target_name ILIKE 'G$BCKUPKEY%') THEN '. G$BCKUPKEY_PREFERRED and G$BCKUPKEY_P say which backup key of the domain for DPAPI is in use; they are not the key' ELSE '' END AS meaning,
           CASE WHEN endpoint <> 'lsarpc' THEN 'low' WHEN bool_or(outcome = 'confirmed' AND ${IS_BACKUP_KEY}) THEN 'critical' ELSE 'high' END AS severity, ${GROUP_OUTCOME} AS outcome, ${NOT_GRANTED}, ${onlyUnread()} AS unread,
           CASE WHEN endpoint = 'lsarpc' THEN ['Software that reads the stored password of a service it manages'] ELSE ['Workstations whose users changed their password'] END AS harmless
    FROM dce_rpc
    WHERE ((endpoint = 'lsarpc' AND opnum IN (28, 30, 43)) OR (endpoint = 'BackupKey' AND opnum = 0)) AND "id.orig_h" NOT IN ${CONTROLLERS}
    GROUP BY "id.orig_h", "id.resp_h", "user", endpoint, CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} asked {target} {count} times for stored secrets or the key that protects them ({operations}{secrets}){answer}{meaning}.",
  falsePositives: ["Workstations whose users changed their password (BackuprKey)"],
  references: ["https://attack.mitre.org/techniques/T1003/004/", "MS-LSAD 3.1.4", "MS-BKRP 3.1.4.1"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "secret-retrieval.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
