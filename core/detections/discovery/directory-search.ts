import type { Detection } from "../detection.ts";
import { CONTROLLERS } from "../sql.ts";

/** Words for a password in a filter's value, as words of their own: "compass" and "passenger" are none. */
const PASSWORD =
  "=([^()]*[^\\p{L}()])?(user|initial|default|temp|admin|local|my)?(passe?|passw|passwd|passwor[dt]s?|passwörter|passphrase|passcode|pwds?|kennw|kennw[oö]rt(er)?)([^\\p{L}]|$)";

export const directorySearch: Detection = {
  id: "BT-DI-009",
  title: "Directory search for accounts, groups or machines",
  phase: "discovery",
  attack: ["T1087.002", "T1069.002", "T1018", "T1482"],
  severity: "medium",
  confidence: 0.65,
  basis: "fact",
  needs: ["ldap_search"],
  learningDays: 0,
  parameters: { entries: 50, few_entries: 3 },
  // Filters that ask for many or for the powerful: service principals, protected accounts, administrators' groups, delegation, accounts without pre-authentication,
  // passwords of local administrators, trusts, machines, names of backup systems; or everything below the domain.
  // A small domain has few entries: there a filter that narrows nothing but the class (a value of stars alone narrows nothing), below the domain's root, asks for all of them. Where no answer was captured, none can be counted.
  query: `
    WITH search AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", filter, base_object, coalesce(result_count, 0) AS entries, lower(filter) AS f, list_transform(coalesce(asked_attributes, []), lambda a: lower(a)) AS asked, result,
             is_unanswered, CASE WHEN is_unanswered THEN $entries ELSE coalesce(result_count, 0) END AS counted
      FROM (SELECT *, uid IN (SELECT uid FROM conn WHERE coalesce(resp_pkts, 0) = 0 AND uid IN (SELECT uid FROM ldap_search)) AS is_unanswered FROM ldap_search)
      WHERE scope <> 'base' AND filter IS NOT NULL AND "id.orig_h" NOT IN ${CONTROLLERS}
    ), measured AS (
      SELECT *, counted >= $entries OR counted >= $few_entries AND regexp_full_match(lower(coalesce(base_object, '')), '(dc=[^,]+,?)+')
        AND NOT regexp_matches(regexp_replace(f, '\\((objectclass|objectcategory|samaccounttype|useraccountcontrol[^=()]*)=[^()]*\\)', '', 'g'), '=[^()]*[^*()]') AS is_much
      FROM search
    ), judged AS (
      SELECT *, CASE
        WHEN regexp_matches(f, 'serviceprincipalname=\\*(/\\*|[a-z]*/?\\*)?\\)') THEN 'service accounts'
        WHEN regexp_matches(f, 'admincount=1|(cn|name|samaccountname|member|memberof|distinguishedname)=(cn=)?\\*?(domain admins|enterprise admins|schema admins|administrators|backup operators|account operators|server operators|dnsadmins|group policy creator)') THEN 'administrators'
        WHEN regexp_matches(f, 'objectsid=.*-(512|519|518|544|551|548)\\)') THEN 'administrators'
        WHEN regexp_matches(f, 'useraccountcontrol:1\\.2\\.840\\.113556\\.1\\.4\\.803:=(4194304|524288|16777216|128|32|65536)|msds-allowedtodelegateto=|msds-allowedtoactonbehalfofotheridentity=') THEN 'accounts with weak settings or delegation'
        WHEN regexp_matches(f, 'ms-mcs-admpwd|mslaps-|msds-groupmsamembership|msds-managedpassword') OR len(list_filter(asked, lambda a: a IN ('ms-mcs-admpwd', 'mslaps-password', 'mslaps-encryptedpassword', 'msds-managedpassword', 'unixuserpassword', 'userpassword'))) > 0 OR regexp_matches(f, '(description|info|comment)${PASSWORD}') THEN 'stored passwords'
        WHEN regexp_matches(f, '(samaccountname|cn|name|description|displayname|dnshostname|ou|info)=\\*?[^()]*(backup|veeam|bkp|netbackup|commvault|rubrik|cohesity|acronis|esx|vcenter|nas\\*|repo\\*|vault)') THEN 'names of backup systems'
        WHEN contains(f, 'thumbnailphoto=') AND contains(f, 'cryptopolicy') OR contains(lower(coalesce(base_object, '')), 'cn=adfs,cn=microsoft,cn=program data') THEN 'keys of the federation service'
        WHEN regexp_matches(f, 'objectclass=trusteddomain|objectcategory=trusteddomain|trusttype=') THEN 'trusted domains'
        WHEN regexp_matches(f, 'objectclass=pkienrollmentservice|objectclass=pkicertificatetemplate') THEN 'certificate services'
        WHEN regexp_matches(f, 'operatingsystem=\\*|(objectcategory|objectclass)=computer|samaccounttype=805306369|primarygroupid=(515|516|521)') AND (regexp_matches(f, 'operatingsystem=|primarygroupid=516') OR is_much)
             AND NOT regexp_matches(f, '(samaccountname|cn|name|dnshostname)=[^*()]+\\)') THEN 'machines'
        WHEN regexp_matches(f, '(objectcategory|objectclass)=(group|organizationalunit|grouppolicycontainer)|samaccounttype=268435456') AND is_much AND NOT regexp_matches(f, '(samaccountname|cn|name|objectsid)=[^*()]+\\)') THEN 'groups'
        WHEN regexp_matches(f, 'samaccounttype=805306368|(objectcategory|objectclass)=(user|person|inetorgperson)|useraccountcontrol=\\*|mail=\\*|uid=\\*') AND is_much
             AND NOT regexp_matches(f, '(samaccountname|cn|name|userprincipalname|mail|uid|objectsid|objectguid)=[^*()]+\\)') THEN 'all accounts'
        WHEN regexp_matches(f, '^\\(?objectclass=\\*\\)?$') AND counted >= $entries AND NOT regexp_matches(lower(coalesce(base_object, '')), 'cn=(configuration|schema|subschema|aggregate)') THEN 'everything below ' || coalesce(base_object, 'the root')
        END AS wanted
      FROM measured
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(*) AS count, source, target, "user", arg_min(filter, ts) AS object,
           list(DISTINCT wanted ORDER BY wanted) AS wanted, CASE WHEN bool_and(is_unanswered) THEN 'no answer was captured' WHEN sum(entries) = 1 THEN '1 entry came back' ELSE sum(entries) || ' entries came back' END
             || CASE WHEN bool_and(is_unanswered) OR NOT bool_or(is_unanswered) THEN '' ELSE '; of ' || count(*) FILTER (is_unanswered) || ' of these searches no answer was captured' END AS answer,
           CASE WHEN bool_or(wanted IN ('service accounts', 'administrators', 'accounts with weak settings or delegation', 'stored passwords', 'names of backup systems', 'keys of the federation service')) OR count(DISTINCT wanted) >= 3 THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN sum(entries) > 0 THEN 'confirmed' WHEN bool_and(result IS NOT NULL AND result <> 'success') THEN 'refused' ELSE 'attempted' END AS outcome
    FROM judged WHERE wanted IS NOT NULL GROUP BY source, target, "user", CAST(ts AS DATE)`,
  explanation:
    "{user} on {source} searched the directory on {target} for {wanted} ({count} times, such as {object}); {answer}.",
  falsePositives: ["Directory synchronisation and inventory tools"],
  references: ["https://attack.mitre.org/techniques/T1087/002/", "MS-ADTS 3.1.1.3"],
  blindTo: [
    {
      text: "searches inside TLS or sealed by the log-on",
      query:
        'SELECT count(*) AS n FROM conn WHERE "id.resp_p" IN (389, 636, 3268, 3269) AND coalesce(sealed_bytes, 0) > 0',
    },
  ],
  samples: [
    { capture: "directory-search.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
