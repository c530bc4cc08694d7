import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, stringFirst } from "./interface.ts";

/** [MS-DFSNM] 3.1.4.4: a server, then the share that becomes a root. */
const standardRoot: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const root = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `root ${root}`;
};

/** [MS-DFSNM] 3.1.4.1.3, 3.1.4.1.4, 3.1.4.1.6: a link, and the target that it shall lead to (or no longer). */
const link: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const server = ndr.wideString();
  const share = ndr.uniqueWideString();
  if (!ndr.truncated) call.facts.detail = `target \\\\${server}${share === null ? "" : `\\${share}`}`;
};

/** [MS-DFSNM] 3.1.4.4.2: a link, a controller, then the target. */
const link2: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  ndr.wideString();
  const server = ndr.wideString();
  const share = ndr.uniqueWideString();
  if (!ndr.truncated) call.facts.detail = `target \\\\${server}${share === null ? "" : `\\${share}`}`;
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
  requests: {
    ...forAll([3, 4, 6, 7, 10, 11, 16, 17, 18, 21, 22], stringFirst),
    ...forAll([12, 13, 15], standardRoot),
    ...forAll([1, 2], link),
    ...forAll([19, 20], link2),
  },
} as const;
