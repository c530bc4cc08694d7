import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader } from "./interface.ts";
import { closesHandle, forAll, operations, targetByHandle } from "./interface.ts";
import { nameArray, shortList } from "./name-list.ts";

const MOST_SIDS = 1000;

/** [MS-LSAD] 3.1.4.4.1: the name of the system whose policy is opened. */
const openPolicy2: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
};

/** [MS-LSAT] 3.1.4.7, 3.1.4.8 */
const lookupNames =
  (hasHandle: boolean): ArgumentReader =>
  (ndr, call) => {
    if (hasHandle) ndr.handle();
    ndr.u32();
    const names = nameArray(ndr, false);
    if (names.length > 0) call.facts.target = shortList(names);
  };

/** [MS-LSAT] 3.1.4.10, 3.1.4.11 */
const lookupSids =
  (hasHandle: boolean): ArgumentReader =>
  (ndr, call) => {
    if (hasHandle) ndr.handle();
    ndr.u32();
    if (!ndr.pointer()) return;
    const sids = sidArray(ndr);
    if (sids.length > 0) call.facts.target = shortList(sids);
  };

function sidArray(ndr: NdrReader): string[] {
  const count = ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < MOST_SIDS && !ndr.truncated; i++) if (ndr.pointer()) present++;
  const sids: string[] = [];
  for (let i = 0; i < present && !ndr.truncated; i++) {
    const sid = ndr.sid();
    if (!ndr.truncated) sids.push(sid);
  }
  return sids;
}

/** A handle, then the name of a secret. [MS-LSAD] 3.1.4.6 */
const secretName: ArgumentReader = (ndr, call) => {
  ndr.handle();
  const name = ndr.unicodeString();
  if (!ndr.truncated) call.facts.target = name;
};

/** [MS-LSAD] 3.1.4.5.10 to 3.1.4.5.12: the rights of an account are asked for, given or taken. */
const accountRights =
  (change: "none" | "add" | "remove"): ArgumentReader =>
  (ndr, call) => {
    ndr.handle();
    const sid = ndr.sid();
    if (ndr.truncated) return;
    call.facts.target = sid;
    if (change === "none") return;
    if (change === "remove") ndr.u8(); // All of them
    ndr.u32(); // Number of rights
    const rights = ndr.pointer() ? nameArray(ndr, false) : [];
    if (rights.length > 0) call.facts.detail = shortList(rights);
  };

const informationClass: ArgumentReader = (ndr, call) => {
  ndr.handle();
  const level = ndr.enumeration();
  if (!ndr.truncated) call.facts.detail = `information class ${level}`;
};

/** Local security authority: policy, secrets, names and SIDs. [MS-LSAD], [MS-LSAT] */
export const lsarpc = {
  uuid: "12345778-1234-abcd-ef00-0123456789ab",
  name: "lsarpc",
  pipes: ["lsarpc"],
  operations: operations(`
    LsarClose LsarDelete LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject LsarChangePassword
    LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy LsarClearAuditLog LsarCreateAccount
    LsarEnumerateAccounts LsarCreateTrustedDomain LsarEnumerateTrustedDomains LsarLookupNames LsarLookupSids
    LsarCreateSecret LsarOpenAccount LsarEnumeratePrivilegesAccount LsarAddPrivilegesToAccount
    LsarRemovePrivilegesFromAccount LsarGetQuotasForAccount LsarSetQuotasForAccount LsarGetSystemAccessAccount
    LsarSetSystemAccessAccount LsarOpenTrustedDomain LsarQueryInfoTrustedDomain LsarSetInformationTrustedDomain
    LsarOpenSecret LsarSetSecret LsarQuerySecret LsarLookupPrivilegeValue LsarLookupPrivilegeName
    LsarLookupPrivilegeDisplayName LsarDeleteObject LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights
    LsarAddAccountRights LsarRemoveAccountRights LsarQueryTrustedDomainInfo LsarSetTrustedDomainInfo
    LsarDeleteTrustedDomain LsarStorePrivateData LsarRetrievePrivateData LsarOpenPolicy2 LsarGetUserName
    LsarQueryInformationPolicy2 LsarSetInformationPolicy2 LsarQueryTrustedDomainInfoByName
    LsarSetTrustedDomainInfoByName LsarEnumerateTrustedDomainsEx LsarCreateTrustedDomainEx LsarCloseTrustedDomainEx
    LsarQueryDomainInformationPolicy LsarSetDomainInformationPolicy LsarOpenTrustedDomainByName LsarTestCall
    LsarLookupSids2 LsarLookupNames2 LsarCreateTrustedDomainEx2 CredrWrite CredrRead CredrEnumerate
    CredrWriteDomainCredentials CredrReadDomainCredentials CredrDelete CredrGetTargetInfo CredrProfileLoaded
    LsarLookupNames3 CredrGetSessionTypes LsarRegisterAuditEvent LsarGenAuditEvent LsarUnregisterAuditEvent
    LsarQueryForestTrustInformation LsarSetForestTrustInformation CredrRename LsarLookupSids3 LsarLookupNames4
    LsarOpenPolicySce LsarAdtRegisterSecurityEventSource LsarAdtUnregisterSecurityEventSource
    LsarAdtReportSecurityEvent CredrFindBestCredential LsarSetAuditPolicy LsarQueryAuditPolicy
    LsarEnumerateAuditPolicy LsarEnumerateAuditCategories LsarEnumerateAuditSubCategories LsarLookupAuditCategoryName
    LsarLookupAuditSubCategoryName LsarSetAuditSecurity LsarQueryAuditSecurity CredReadByTokenHandle
    CredrRestoreCredentials CredrBackupCredentials`),
  requests: {
    ...forAll([7, 8, 46, 47, 53, 54], informationClass),
    ...forAll([14, 58, 68], lookupNames(true)),
    ...forAll([15, 57], lookupSids(true)),
    ...forAll([16, 28, 42, 43], secretName),
    36: accountRights("none"),
    37: accountRights("add"),
    38: accountRights("remove"),
    ...forAll([29, 30], targetByHandle),
    0: closesHandle,
    44: openPolicy2,
    76: lookupSids(false),
    77: lookupNames(false),
  },
  responses: {
    28: (ndr, call) => {
      const handle = ndr.handle();
      if (handle !== "" && call.facts.target !== null) call.handles.set(handle, call.facts.target);
    },
  } satisfies Record<number, ArgumentReader>,
} as const;
