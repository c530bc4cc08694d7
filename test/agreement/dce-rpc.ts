import type { AgreedField, Row } from "./fields.ts";
import { cell, where } from "./fields.ts";

/** tshark shows the number of the operation at the request and at its answer, and only where it saw the bind. */
function opnums(...endpoints: readonly string[]): AgreedField["ours"] {
  return (row) => {
    if (!endpoints.includes(String(row["endpoint"])) || row["opnum"] === null || row["inferred"] === true) return [];
    const opnum = String(row["opnum"]);
    return row["outcome"] === "attempted" ? [opnum] : [opnum, opnum];
  };
}

const calls = (name: string, ...endpoints: readonly string[]): AgreedField => ({
  name: `${name} calls`,
  tshark: [`${name}.opnum`],
  table: "dce_rpc",
  ours: opnums(...endpoints),
});

const isCall =
  (endpoint: string, ...operations: readonly string[]) =>
  (row: Row): boolean =>
    row["endpoint"] === endpoint && row["sealed"] !== true && operations.includes(String(row["operation"]));

const EFS_FILE_CALLS: readonly string[] = [
  "EfsRpcOpenFileRaw",
  "EfsRpcEncryptFileSrv",
  "EfsDecryptFileSrv",
  "EfsRpcQueryUsersOnFile",
  "EfsRpcQueryRecoveryAgents",
];

function isEfs(row: Row): boolean {
  return row["endpoint"] === "efsrpc" || row["endpoint"] === "efsrpc2";
}

/** Numbers and arguments of remote procedure calls. */
export const DCE_RPC_FIELDS: readonly AgreedField[] = [
  calls("svcctl", "svcctl"),
  calls("samr", "samr"),
  calls("lsarpc", "lsarpc"),
  calls("srvsvc", "srvsvc"),
  calls("wkssvc", "wkssvc"),
  calls("winreg", "winreg"),
  calls("netlogon", "netlogon"),
  calls("drsuapi", "drsuapi"),
  calls("atsvc", "atsvc"),
  calls("spoolss", "spoolss"),
  calls("epm", "epmapper"),
  calls("efs", "efsrpc", "efsrpc2"),
  {
    name: "service binary path",
    tshark: ["svcctl.binarypathname"],
    table: "dce_rpc",
    ours: where(isCall("svcctl", "CreateServiceW", "CreateServiceA", "ChangeServiceConfigW"), cell("command")),
  },
  {
    name: "service that is created or opened",
    tshark: ["svcctl.servicename"],
    table: "dce_rpc",
    ours: where(
      isCall("svcctl", "CreateServiceW", "CreateServiceA", "OpenServiceW", "OpenServiceA"),
      cell("target_name"),
    ),
  },
  {
    name: "command of a job",
    tshark: ["atsvc.atsvc_JobInfo.command"],
    table: "dce_rpc",
    ours: where(isCall("atsvc", "NetrJobAdd"), cell("command")),
  },
  {
    name: "domain that is looked up",
    tshark: ["samr.samr_LookupDomain.domain_name"],
    table: "dce_rpc",
    ours: where(isCall("samr", "SamrLookupDomainInSamServer"), cell("target_name")),
  },
  {
    name: "account that is created",
    tshark: ["samr.samr_CreateUser2.account_name", "samr.samr_CreateUser.account_name"],
    table: "dce_rpc",
    ours: where(isCall("samr", "SamrCreateUser2InDomain", "SamrCreateUserInDomain"), cell("target_name")),
  },
  {
    name: "share that is asked about",
    tshark: ["srvsvc.srvsvc_NetShareGetInfo.share_name", "srvsvc.srvsvc_NetShareDel.share_name"],
    table: "dce_rpc",
    ours: where(isCall("srvsvc", "NetrShareGetInfo", "NetrShareDel"), cell("target_name")),
  },
  {
    name: "file that a server shall open",
    tshark: [
      "efs.EfsRpcOpenFileRaw.FileName",
      "efs.EfsRpcEncryptFileSrv.Filename",
      "efs.EfsRpcDecryptFileSrv.FileName",
      "efs.EfsRpcQueryUsersOnFile.FileName",
      "efs.EfsRpcQueryRecoveryAgents.FileName",
    ],
    table: "dce_rpc",
    ours: where(
      (row) => isEfs(row) && row["sealed"] !== true && EFS_FILE_CALLS.includes(String(row["operation"])),
      cell("target_name"),
    ),
  },
];
