import type { ArgumentReader, RpcInterface } from "./interface.ts";
import { forAll, operations, stringFirst } from "./interface.ts";
import { notOnWire } from "./named.ts";

/** ERROR_BAD_NETPATH: the server went to the path it was given and did not find it, so it was made to connect. */
const BAD_NETPATH = 0x35;

/** [MS-EFSR] 3.1.4.2.14 */
const duplicate: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const to = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `to ${to}`;
};

/** [MS-EFSR] 3.1.4.2.16: flags and a reserved pointer come before the name. */
const addUsersEx: ArgumentReader = (ndr, call) => {
  ndr.u32();
  if (ndr.pointer()) return;
  call.facts.target = ndr.wideString();
};

const shared = {
  operations: operations(`
    EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw EfsRpcEncryptFileSrv EfsDecryptFileSrv
    EfsRpcQueryUsersOnFile EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile EfsRpcAddUsersToFile
    Opnum10NotUsedOnWire EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile Opnum14NotUsedOnWire
    EfsRpcAddUsersToFileEx EfsRpcFileKeyInfoEx Opnum17NotUsedOnWire EfsRpcGetEncryptedFileMetadata EfsRpcSetEncryptedFileMetadata EfsRpcFlushEfsCache
    EfsRpcEncryptFileExServ EfsRpcQueryProtectors ${notOnWire(23, 45)}`),
  successes: [BAD_NETPATH],
  requests: {
    ...forAll([0, 4, 5, 6, 7, 8, 9, 11, 12, 18, 21, 22], stringFirst),
    13: duplicate,
    15: addUsersEx,
  },
} as const;

/** Encrypting file system over its own pipe. [MS-EFSR] */
export const efsrpc: RpcInterface = {
  uuid: "df1941c5-fe89-4e79-bf10-463657acf44d",
  name: "efsrpc",
  pipes: ["efsrpc"],
  ...shared,
};

/** Encrypting file system over \pipe\lsarpc. [MS-EFSR] */
export const efsrpc2: RpcInterface = { uuid: "c681d488-d850-11d0-8c52-00c04fd90f7e", name: "efsrpc2", ...shared };
