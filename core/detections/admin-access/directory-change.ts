import { SEALED_DIRECTORY_CHANGES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, CONTROLLERS, GROUP_OUTCOME } from "../sql.ts";

export const directoryChange: Detection = {
  id: "BT-AD-020",
  title: "Directory entry changed so that it opens a way",
  phase: "admin-access",
  attack: ["T1098"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["ldap"],
  learningDays: 0,
  parameters: {},
  // Attributes by which one account gets the rights of another: who may act in its name, keys that log it on, delegation, log-on without proof, service names of a person's account, access lists,
  // former identifiers, templates of certificates, log-on scripts; policies linked to a part of the domain; a server entered among the domain controllers. [MS-ADA1] to [MS-ADA3], [MS-ADTS] 2.2.16
  // Machines write names and keys of their own entry themselves.
  query: `
    WITH write AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", dn, lower(coalesce(dn, '')) AS entry, list_transform(coalesce(changes, []), lambda c: lower(c)) AS done, list_transform(coalesce("values", []), lambda v: lower(v)) AS given,
             opcode ILIKE 'add%' AS is_new, CASE WHEN result_code = 0 THEN 'confirmed' WHEN result_code > 0 THEN 'refused' ELSE 'attempted' END AS outcome,
             regexp_matches(coalesce("user", ''), '\\$$') AND starts_with(lower(coalesce(dn, '')), 'cn=' || lower(rtrim(regexp_extract("user", '[^\\\\]+$'), '$')) || ',') AS is_own
      FROM ldap WHERE regexp_matches(opcode, '(?i)^(add|modif)') AND "id.orig_h" NOT IN ${CONTROLLERS}
    ), judged AS (
      SELECT *, CASE
          WHEN NOT is_new AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) msds-allowedtoactonbehalfofotheridentity$'))) > 0 THEN 'who may act in its users'' names'
          WHEN NOT is_new AND NOT is_own AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) msds-keycredentiallink$'))) > 0 THEN 'a key that logs it on without its password'
          WHEN len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) (msds-allowedtodelegateto)$'))) > 0 THEN 'services to which it may log users on'
          WHEN NOT is_new AND len(list_filter(given, lambda v: starts_with(v, 'useraccountcontrol=') AND coalesce(TRY_CAST(substr(v, 20) AS BIGINT), 0) & 4194304 <> 0)) > 0 THEN 'log-on without proof of the password'
          WHEN NOT is_own AND len(list_filter(given, lambda v: starts_with(v, 'useraccountcontrol=') AND coalesce(TRY_CAST(substr(v, 20) AS BIGINT), 0) & 17301504 <> 0 AND coalesce(TRY_CAST(substr(v, 20) AS BIGINT), 0) & 8192 = 0)) > 0 THEN 'trust to log users on elsewhere'
          WHEN NOT is_new AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) sidhistory$'))) > 0 THEN 'an identifier of another account'
          WHEN NOT is_new AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) ntsecuritydescriptor$'))) > 0 THEN 'its access list'
          WHEN NOT is_new AND contains(entry, ',cn=certificate templates,cn=public key services,') THEN 'a template of certificates'
          WHEN len(list_filter(given, lambda v: v IN ('objectclass=ntdsdsa', 'objectclass=server'))) > 0 AND contains(entry, ',cn=sites,cn=configuration,') THEN 'a server among the domain controllers'
          WHEN len(list_filter(given, lambda v: starts_with(v, 'serviceprincipalname=e3514235-4b06-11d1-ab04-00c04fc2dcd2/'))) > 0 THEN 'the service name of a domain controller'
          WHEN len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) (gplink|gpcfilesyspath|gpcmachineextensionnames|gpcuserextensionnames)$'))) > 0 THEN 'group policies'
          WHEN NOT is_new AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) (scriptpath|mstsinitialprogram)$'))) > 0 THEN 'a program that runs at log-on'
          WHEN NOT is_new AND NOT is_own AND len(list_filter(done, lambda c: regexp_matches(c, '^(add|replace) serviceprincipalname$'))) > 0 THEN 'a service name'
          WHEN is_new AND list_contains(given, 'objectclass=dnsnode') AND NOT is_own THEN 'a host name' END AS what
      FROM write
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", min(dn) || ': ' || what AS object, list(DISTINCT dn ORDER BY dn)[:5] AS entries, what,
           ${GROUP_OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'confirmed') THEN 'changed' WHEN bool_and(outcome = 'refused') THEN 'asked (and was refused) to change' ELSE 'asked to change' END AS did,
           CASE WHEN what LIKE '%domain controller%' THEN ['T1207'] WHEN what = 'group policies' THEN ['T1484.001'] WHEN what = 'an identifier of another account' THEN ['T1134.005'] WHEN what = 'a template of certificates' THEN ['T1649']
                WHEN what LIKE 'a key that%' THEN ['T1556'] WHEN what LIKE 'log-on without%' THEN ['T1558.004'] WHEN what = 'a service name' THEN ['T1558.003'] WHEN what = 'a program that runs at log-on' THEN ['T1037'] WHEN what = 'a host name' THEN ['T1557'] WHEN what = 'its access list' THEN ['T1222.001'] END AS attack,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN what IN ('a service name', 'a host name', 'group policies', 'its access list', 'a program that runs at log-on', 'a template of certificates') AND NOT (what = 'its access list' AND bool_or(starts_with(entry, 'dc=') OR contains(entry, 'cn=adminsdholder,'))) THEN 'medium' ELSE 'high' END AS severity
    FROM judged WHERE what IS NOT NULL GROUP BY source, target, "user", what, coalesce(outcome, '') = 'refused', CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did} {entries} in the directory on {target}: {what} ({count} requests).",
  falsePositives: ["Administrators' consoles and provisioning systems", "Promotion of a new domain controller"],
  references: [
    "https://attack.mitre.org/techniques/T1098/",
    "https://attack.mitre.org/techniques/T1207/",
    "MS-ADTS 3.1.1.5",
  ],
  blindTo: [SEALED_DIRECTORY_CHANGES],
  samples: [
    { capture: "directory-opened.rows", findings: 4 },
    { capture: "ldap-openldap.pcapng", findings: 0 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
