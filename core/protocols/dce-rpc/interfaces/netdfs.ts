import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, stringFirst } from "./interface.ts";

/** [MS-DFSNM] 3.1.4.4: a server, then the share that becomes a root. */
const standardRoot: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const root = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `root ${root}`;
};

/** Name spaces of DFS. [MS-DFSNM] */
export const netdfs = {
  uuid: "4fc742e0-4a10-11cf-8273-00aa004ae673",
  name: "netdfs",
  pipes: ["netdfs"],
  operations: operations(`
    NetrDfsManagerGetVersion NetrDfsAdd NetrDfsRemove NetrDfsSetInfo NetrDfsGetInfo NetrDfsEnum NetrDfsRename
    NetrDfsMove NetrDfsManagerGetConfigInfo NetrDfsManagerSendSiteInfo NetrDfsAddFtRoot NetrDfsRemoveFtRoot
    NetrDfsAddStdRoot NetrDfsRemoveStdRoot NetrDfsManagerInitialize NetrDfsAddStdRootForced NetrDfsGetDcAddress
    NetrDfsSetDcAddress NetrDfsFlushFtTable NetrDfsAdd2 NetrDfsRemove2 NetrDfsEnumEx NetrDfsSetInfo2`),
  requests: { ...forAll([1, 2, 10, 11, 21], stringFirst), ...forAll([12, 13, 15], standardRoot) },
} as const;
