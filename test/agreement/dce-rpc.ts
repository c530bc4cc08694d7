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
];
