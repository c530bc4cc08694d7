import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, serverFirst } from "./interface.ts";

/** What a challenge or credential of eight zero octets is called in `detail`: the mark of CVE-2020-1472. */
const ZERO_CREDENTIAL = "zero client credential";
const ZERO_CHALLENGE = "zero client challenge";

function isZero(ndr: NdrReader): boolean {
  const octets = ndr.bytes(8);
  return octets.length === 8 && octets.every((octet) => octet === 0);
}

/** [MS-NRPC] 3.5.4.4.1 */
const requestChallenge: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  const computer = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = computer;
  if (isZero(ndr)) call.facts.detail = ZERO_CHALLENGE;
};

/** [MS-NRPC] 3.5.4.4.2: account, kind of channel, computer, credential. */
const authenticate: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  const account = ndr.wideString();
  ndr.enumeration();
  const computer = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = account;
  call.facts.detail = `computer ${computer}${isZero(ndr) ? `, ${ZERO_CREDENTIAL}` : ""}`;
};

/** [MS-NRPC] 3.5.4.4.5 */
const setPassword: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  const account = ndr.wideString();
  ndr.enumeration();
  const computer = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = account;
  ndr.align(4);
  call.facts.detail = `computer ${computer}${isZero(ndr) ? `, ${ZERO_CREDENTIAL}` : ""}`;
};

/** Server, then computer name. [MS-NRPC] 3.5.4.5 */
const logon: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  call.facts.target = ndr.uniqueWideString();
};

/** Secure channel between domain members and controllers. [MS-NRPC] */
export const netlogon = {
  uuid: "12345678-1234-abcd-ef00-01234567cffb",
  name: "netlogon",
  pipes: ["netlogon"],
  operations: operations(`
    NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff NetrServerReqChallenge
    NetrServerAuthenticate NetrServerPasswordSet NetrDatabaseDeltas NetrDatabaseSync NetrAccountDeltas NetrAccountSync
    NetrGetDCName NetrLogonControl NetrGetAnyDCName NetrLogonControl2 NetrServerAuthenticate2 NetrDatabaseSync2
    NetrDatabaseRedo NetrLogonControl2Ex NetrEnumerateTrustedDomains DsrGetDcName NetrLogonGetCapabilities
    NetrLogonSetServiceBits NetrLogonGetTrustRid NetrLogonComputeServerDigest NetrLogonComputeClientDigest
    NetrServerAuthenticate3 DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2
    NetrServerPasswordGet NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2
    NetrLogonGetTimeServiceParentDomain NetrEnumerateTrustedDomainsEx DsrAddressToSiteNamesExW DsrGetDcSiteCoverageW
    NetrLogonSamLogonEx DsrEnumerateDomainTrusts DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet
    DsrGetForestTrustInformation NetrGetForestTrustInformation NetrLogonSamLogonWithFlags NetrServerGetTrustInfo
    unused DsrUpdateReadOnlyServerDnsRecords NetrChainSetClientAttributes`),
  requests: {
    ...forAll([5, 15, 26], authenticate),
    ...forAll([6, 30], setPassword),
    ...forAll([2, 39, 45], logon),
    ...forAll([11, 13, 19, 28, 36, 40], serverFirst),
    4: requestChallenge,
  },
} as const;
