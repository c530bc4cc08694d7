import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, serverFirst } from "./interface.ts";

/** A server's name, then the name of a share. */
const shareName: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  call.facts.target = ndr.wideString();
};

/** [MS-SRVS] 3.1.4.7: SHARE_INFO_2 (2.2.4.24) and 502 (2.2.4.26) begin alike. */
const addShare: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  const level = ndr.u32();
  ndr.count(); // Union tag
  if (!ndr.pointer() || (level !== 2 && level !== 502 && level !== 503)) return;
  const hasName = ndr.pointer();
  ndr.u32(); // Type
  const hasRemark = ndr.pointer();
  ndr.u32(); // Permissions
  ndr.u32();
  ndr.u32();
  const hasPath = ndr.pointer();
  const hasPassword = ndr.pointer();
  if (level === 503) ndr.pointer(); // Server name
  if (level >= 502) {
    ndr.u32();
    ndr.pointer(); // Security descriptor
  }
  if (hasName) call.facts.target = ndr.wideString();
  if (hasRemark) ndr.wideString();
  if (!hasPath) return;
  const path = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `path ${path}${hasPassword ? ", with a password" : ""}`;
};

/** [MS-SRVS] 3.1.4.5: whose sessions are asked for. */
const sessions: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const client = ndr.uniqueWideString();
  const user = ndr.uniqueWideString();
  const parts: string[] = [];
  if (client) parts.push(`client ${client}`);
  if (user) parts.push(`user ${user}`);
  if (parts.length > 0) call.facts.detail = parts.join(", ");
};

/** [MS-SRVS] 3.1.4.30 to 3.1.4.32: a server, then a path or name, which some versions mishandled (CVE-2008-4250). */
const pathOfServer: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const path = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `path ${path}`;
};

/** [MS-SRVS] 3.1.4.2: whose open files are asked for. */
const openFiles: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const path = ndr.uniqueWideString();
  const user = ndr.uniqueWideString();
  const parts: string[] = [];
  if (path) parts.push(`path ${path}`);
  if (user) parts.push(`user ${user}`);
  if (parts.length > 0 && !ndr.truncated) call.facts.detail = parts.join(", ");
};

/** [MS-SRVS] 3.1.4.14, 3.1.4.15: a share and a file on it, whose access list is read or set. */
const fileSecurity: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  const share = ndr.uniqueWideString();
  const file = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = file;
  if (share) call.facts.detail = `share ${share}`;
};

const level: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const wanted = ndr.u32();
  if (!ndr.truncated) call.facts.detail = `level ${wanted}`;
};

/** Shares, sessions and open files of a server. [MS-SRVS] */
export const srvsvc = {
  uuid: "4b324fc8-1670-01d3-1278-5a47bf6ee188",
  name: "srvsvc",
  pipes: ["srvsvc"],
  operations: operations(`
    NetrCharDevEnum NetrCharDevGetInfo NetrCharDevControl NetrCharDevQEnum NetrCharDevQGetInfo NetrCharDevQSetInfo
    NetrCharDevQPurge NetrCharDevQPurgeSelf NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose
    NetrSessionEnum NetrSessionDel NetrShareAdd NetrShareEnum NetrShareGetInfo NetrShareSetInfo NetrShareDel
    NetrShareDelSticky NetrShareCheck NetrServerGetInfo NetrServerSetInfo NetrServerDiskEnum NetrServerStatisticsGet
    NetrServerTransportAdd NetrServerTransportEnum NetrServerTransportDel NetrRemoteTOD NetrServerSetServiceBits
    NetprPathType NetprPathCanonicalize NetprPathCompare NetprNameValidate NetprNameCanonicalize NetprNameCompare
    NetrShareEnumSticky NetrShareDelStart NetrShareDelCommit NetrpGetFileSecurity NetrpSetFileSecurity
    NetrServerTransportAddEx NetrServerSetServiceBitsEx NetrDfsGetVersion NetrDfsCreateLocalPartition
    NetrDfsDeleteLocalPartition NetrDfsSetLocalVolumeState NetrDfsSetServerInfo NetrDfsCreateExitPoint
    NetrDfsDeleteExitPoint NetrDfsModifyPrefix NetrDfsFixLocalVolume NetrDfsManagerReportSiteInfo
    NetrServerTransportDelEx - NetrServerAliasEnum NetrServerAliasDel NetrShareDelEx`),
  requests: {
    ...forAll([8, 10, 11, 22, 23, 24, 25, 26, 27, 28, 29], serverFirst),
    ...forAll([16, 17, 18, 19, 20, 37], shareName),
    ...forAll([15, 21, 36], level),
    ...forAll([30, 31, 32, 33, 34, 35], pathOfServer),
    ...forAll([39, 40], fileSecurity),
    9: openFiles,
    12: sessions,
    13: sessions,
    14: addShare,
  },
} as const;
