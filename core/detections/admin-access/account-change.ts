import { SEALED_DIRECTORY_CHANGES, SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, CONTROLLERS, doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const accountChange: Detection = {
  id: "BT-AD-008",
  title: "Account created or added to a group remotely",
  phase: "admin-access",
  attack: ["T1136.001", "T1136.002", "T1098"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc|ldap"],
  learningDays: 0,
  parameters: {},
  // [MS-SAMR] 3.1.5: CreateUser 12, CreateUser2 50, AddMemberToGroup 22, AddMemberToAlias 31. In the directory, an entry of the classes user, computer or a managed account, and members of a
  // group; a new member counts most where the group's name says that it administrates. A machine account created on a controller is a domain join.
  query: `
    WITH written AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", dn, coalesce("values", []) AS given_text, list_transform(coalesce("values", []), lambda v: lower(v)) AS given, opcode ILIKE 'add%' AS is_new, len(list_filter(coalesce(changes, []), lambda c: regexp_matches(c, '(?i)^(add|replace) member$'))) > 0 AS fills,
             CASE WHEN result_code = 0 THEN 'confirmed' WHEN result_code > 0 THEN 'refused' ELSE 'attempted' END AS outcome
      FROM ldap WHERE regexp_matches(opcode, '(?i)^(add|modif)') AND dn IS NOT NULL
    ), entered AS (
      SELECT *, list_has_any(given, ['objectclass=computer', 'objectclass=msds-groupmanagedserviceaccount']) AS is_machine, coalesce(list_filter(given_text, lambda v: v ILIKE 'member=%')[1][8:], dn) AS account,
             regexp_matches(dn, '(?i)^CN=[^,]*(admin|operators|exchange windows permissions|policy creator)') AS is_powerful
      FROM written WHERE is_new AND list_has_any(given, ['objectclass=user', 'objectclass=computer', 'objectclass=msds-groupmanagedserviceaccount']) OR NOT is_new AND fills
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           min(target_name) AS object, coalesce(min(target_name), 'whose name is sealed') AS account, list(DISTINCT operation ORDER BY operation) AS operations,
           CASE WHEN bool_and(coalesce(target_name, '') LIKE '%$') OR "id.orig_h" IN ${ADMIN_HOSTS} THEN 'low' ELSE 'high' END AS severity,
           ${GROUP_OUTCOME} AS outcome,
           ${doneOrAsked("created or promoted", "create or promote")} AS did, ${onlyUnread()} AS unread
    FROM dce_rpc WHERE endpoint = 'samr' AND opnum IN (12, 22, 31, 50)
    GROUP BY "id.orig_h", "id.resp_h", "user", uid, outcome
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), source, target, "user", CASE WHEN is_new THEN min(account) ELSE min(dn) END, min(account) || CASE WHEN is_new THEN '' ELSE ' as a member of ' || min(dn) END, [CASE WHEN is_new THEN 'LDAP add' ELSE 'LDAP modify of member' END],
           CASE WHEN source IN ${ADMIN_HOSTS} OR bool_and(is_machine) THEN 'low' WHEN is_new OR bool_or(is_powerful) THEN 'high' ELSE 'medium' END, outcome,
           CASE outcome WHEN 'confirmed' THEN 'created or promoted' WHEN 'refused' THEN 'asked (and was refused) to create or promote' ELSE 'asked (success was not seen) to create or promote' END, NULL
    FROM entered WHERE source NOT IN ${CONTROLLERS} GROUP BY source, target, "user", is_new, outcome, CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did} account {account} on {target} ({operations}).",
  falsePositives: ["Provisioning systems", "Domain joins (machine accounts, reported low)"],
  references: ["https://attack.mitre.org/techniques/T1136/", "MS-SAMR 3.1.5", "MS-ADTS 3.1.1.5"],
  blindTo: [SEALED_SMB_CALLS, SEALED_DIRECTORY_CHANGES],
  samples: [
    { capture: "account-create.pcapng", findings: 1 },
    { capture: "account-by-directory.rows", findings: 2 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
