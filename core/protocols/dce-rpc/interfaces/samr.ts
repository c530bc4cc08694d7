import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader, CallView } from "./interface.ts";
import { closesHandle, forAll, opensHandleAtEnd, operations, serverFirst, targetByHandle } from "./interface.ts";
import { nameArray, shortList } from "./name-list.ts";

/** Most relative ids that are kept with their names. */
const MOST_RIDS = 256;

/** A handle, then a name. [MS-SAMR] 3.1.5.5 */
const nameBehindHandle: ArgumentReader = (ndr, call) => {
  ndr.handle();
  call.facts.target = ndr.unicodeString();
};

/** [MS-SAMR] 3.1.5.1.5: a domain is opened by its SID. */
const openDomain: ArgumentReader = (ndr, call) => {
  ndr.handle();
  ndr.u32();
  const sid = ndr.sid();
  if (ndr.truncated) return;
  call.facts.target = call.memory.get(`samr ${sid}`) ?? sid;
  call.facts.detail = sid;
};

/** [MS-SAMR] 3.1.5.11.1: the answer has the SID of the domain that was named. */
const domainFound: ArgumentReader = (ndr, call) => {
  if (!ndr.pointer()) return;
  const sid = ndr.sid();
  if (ndr.truncated) return;
  call.facts.detail = sid;
  if (call.facts.target !== null) call.memory.set(`samr ${sid}`, call.facts.target);
};

/** [MS-SAMR] 3.1.5.1.7 to 3.1.5.1.9: an account is opened by its relative id. */
const openByRid: ArgumentReader = (ndr, call) => {
  const domain = call.handles.read(ndr);
  ndr.u32();
  const rid = ndr.u32();
  if (ndr.truncated) return;
  call.facts.target = call.memory.get(ridKey(domain, rid)) ?? `RID ${rid}`;
  call.facts.detail = `RID ${rid}${domain === null ? "" : ` of ${domain}`}`;
};

function ridKey(domain: string | null, rid: number): string {
  return `rid ${domain ?? ""} ${rid}`;
}

/** [MS-SAMR] 3.1.5.11.2 */
const lookupNames: ArgumentReader = (ndr, call) => {
  const domain = call.handles.read(ndr);
  ndr.u32();
  const names = nameArray(ndr, true);
  if (names.length === 0) return;
  call.facts.target = shortList(names);
  call.facts.detail = domain === null ? null : `in ${domain}`;
  call.memory.set("samr names", names.join("\n"));
  call.memory.set("samr domain", domain ?? "");
};

/** The relative ids of the names that the request asked for. */
const namesFound: ArgumentReader = (ndr, call) => {
  const names = (call.memory.get("samr names") ?? "").split("\n");
  const domain = call.memory.get("samr domain") || null;
  const count = ndr.u32();
  if (!ndr.pointer()) return;
  const held = ndr.count();
  for (let i = 0; i < Math.min(count, held, names.length, MOST_RIDS); i++) {
    const rid = ndr.u32();
    if (ndr.truncated) return;
    call.memory.set(ridKey(domain, rid), names[i]!);
  }
};

/** [MS-SAMR] 3.1.5.8.1: a group by its handle, a member by its relative id. */
const memberByRid: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const rid = ndr.u32();
  if (!ndr.truncated) call.facts.detail = `member RID ${rid}`;
};

/** [MS-SAMR] 3.1.5.8.3 */
const memberBySid: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const sid = ndr.sid();
  if (!ndr.truncated) call.facts.detail = `member ${sid}`;
};

const informationClass: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const level = ndr.enumeration();
  if (!ndr.truncated) call.facts.detail = `information class ${level}`;
};

/** [MS-SAMR] 3.1.5.10.3: server name, then user name, both behind pointers. */
const changePassword: ArgumentReader = (ndr, call) => {
  if (ndr.pointer()) ndr.unicodeString();
  call.facts.target = userName(ndr, call);
};

function userName(ndr: NdrReader, call: CallView): string | null {
  const name = ndr.unicodeString();
  return ndr.truncated ? call.facts.target : name;
}

/** Accounts of a domain or computer. [MS-SAMR] */
export const samr = {
  uuid: "12345778-1234-abcd-ef00-0123456789ac",
  name: "samr",
  pipes: ["samr"],
  operations: operations(`
    SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject SamrShutdownSamServer
    SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer SamrOpenDomain SamrQueryInformationDomain
    SamrSetInformationDomain SamrCreateGroupInDomain SamrEnumerateGroupsInDomain SamrCreateUserInDomain
    SamrEnumerateUsersInDomain SamrCreateAliasInDomain SamrEnumerateAliasesInDomain SamrGetAliasMembership
    SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup SamrQueryInformationGroup SamrSetInformationGroup
    SamrAddMemberToGroup SamrDeleteGroup SamrRemoveMemberFromGroup SamrGetMembersInGroup
    SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias SamrSetInformationAlias SamrDeleteAlias
    SamrAddMemberToAlias SamrRemoveMemberFromAlias SamrGetMembersInAlias SamrOpenUser SamrDeleteUser
    SamrQueryInformationUser SamrSetInformationUser SamrChangePasswordUser SamrGetGroupsForUser
    SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex SamrTestPrivateFunctionsDomain
    SamrTestPrivateFunctionsUser SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain
    SamrQueryInformationDomain2 SamrQueryInformationUser2 SamrQueryDisplayInformation2
    SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain SamrQueryDisplayInformation3 SamrAddMultipleMembersToAlias
    SamrRemoveMultipleMembersFromAlias SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2
    SamrGetDomainPasswordInformation SamrConnect2 SamrSetInformationUser2 SamrSetBootKeyInformation
    SamrGetBootKeyInformation SamrConnect3 SamrConnect4 SamrUnicodeChangePasswordUser3 SamrConnect5 SamrRidToSid
    SamrSetDSRMPassword SamrValidatePassword SamrQueryLocalizableAccountsInDomain SamrPerformGenericOperation`),
  requests: {
    ...forAll([3, 6, 11, 13, 15, 16, 18, 23, 25, 30, 33, 35, 38, 39, 44, 52, 53], targetByHandle),
    ...forAll([5, 10, 12, 14, 50], nameBehindHandle),
    ...forAll([8, 9, 20, 21, 28, 29, 36, 37, 40, 46, 47, 48, 51, 58], informationClass),
    ...forAll([19, 27, 34], openByRid),
    ...forAll([22, 24], memberByRid),
    ...forAll([31, 32, 45], memberBySid),
    ...forAll([57, 62, 64], serverFirst),
    ...forAll([55, 63], changePassword),
    1: closesHandle,
    7: openDomain,
    17: lookupNames,
  },
  responses: {
    ...forAll([7, 14, 19, 27, 34, 57, 62, 64], opensHandleAtEnd),
    5: domainFound,
    17: namesFound,
  },
} as const;
