import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

/** One remote procedure call. Zeek: base/protocols/dce-rpc/main.zeek */
export const dceRpcRecord = recordType({
  name: "dce_rpc",
  text: "A remote procedure call, or a bind that the server refused",
  version: 1,
  layout: "connection",
  columns: {
    rtt: {
      kind: "interval",
      unit: "ns",
      text: "From the end of the request to the end of its answer; unset without an answer",
    },
    named_pipe: {
      kind: "string",
      text: "Endpoint that the server named in its bind_ack: a pipe or a port",
      example: "\\PIPE\\svcctl",
    },
    endpoint: {
      kind: "string",
      text: "Interface that was called; unknown-UUID where it has no name here, unknown where the bind was not seen",
      example: "svcctl",
    },
    operation: {
      kind: "string",
      text: "Operation that was called, unknown-NUMBER where it has no name here; unset for a refused bind",
      example: "CreateServiceW",
    },
    interface_uuid: {
      kind: "string",
      own: true,
      text: "UUID of the interface",
      example: "367abb81-9844-35f1-ad32-98f038001003",
    },
    interface_version: { kind: "string", own: true, text: "Version of the interface", example: "2.0" },
    opnum: { kind: "count", own: true, text: "Number of the operation", example: "12" },
    context_id: { kind: "count", own: true, text: "Presentation context that the call named" },
    inferred: {
      kind: "bool",
      own: true,
      text: "True if the bind was not seen and the interface follows from the pipe or the port only",
    },
    object_uuid: {
      kind: "string",
      own: true,
      text: "Object that the call was for (COM: the interface pointer's IPID)",
      example: "0000340c-0bd4-0000-5e6a-2c1d3f9a7b10",
    },
    auth_type: {
      kind: "enum",
      own: true,
      text: "Security provider of the call: ntlm, spnego, kerberos, netlogon, schannel, or its number",
      source: "[MS-RPCE] 2.2.1.1.7",
    },
    auth_level: {
      kind: "count",
      own: true,
      text: "Authentication level: 1 none, 2 connect, 3 call, 4 packet, 5 integrity, 6 privacy",
      source: "[MS-RPCE] 2.2.1.1.8",
    },
    sealed: { kind: "bool", own: true, text: "True if the arguments were encrypted (level 6)" },
    unsealed: {
      kind: "bool",
      own: true,
      text: "True if sealed arguments were opened with a secret that the investigator gave; unset if they were not sealed",
    },
    user: { kind: "string", own: true, text: "Who authenticated, as DOMAIN\\user", example: "CORP\\svc_backup" },
    user_from_ticket: {
      kind: "bool",
      own: true,
      text: "True if a Kerberos ticket names the user that was opened with a given key; else unset",
      example: "T",
    },
    request_octets: { kind: "count", own: true, unit: "octets", text: "Arguments of the request" },
    response_octets: { kind: "count", own: true, unit: "octets", text: "Arguments of the answer" },
    fragments: { kind: "count", own: true, text: "PDUs that carried the request and its answer" },
    status: {
      kind: "string",
      own: true,
      text: "Return value at the end of the answer, or status of the fault, in hexadecimal; unset where it stayed sealed",
      example: "0x00000000",
    },
    fault: { kind: "bool", own: true, text: "True if the answer was a fault" },
    outcome: {
      kind: "enum",
      own: true,
      text: "confirmed: answered without an error; refused: fault, error or refused bind; attempted: no answer was seen, or the end of it that tells its status was not captured (then `rtt` is set)",
    },
    target_name: {
      kind: "string",
      own: true,
      text: "What the call acts on: service, task, account, share, registry key, path or server",
      example: "PSEXESVC",
    },
    command: {
      kind: "string",
      own: true,
      text: "What the call makes the server run or answer: binary path of a service, command line of a task or process, query",
      example: "%SystemRoot%\\PSEXESVC.exe",
    },
    detail: { kind: "string", own: true, text: "Further arguments, in words", example: "start type demand" },
  },
});

export type DceRpcRow = RowOf<typeof dceRpcRecord>;

/** One endpoint that an endpoint mapper told. [C706] appendix O */
export const endpointRecord = recordType({
  name: "dce_rpc_endpoint",
  own: true,
  text: "An endpoint in an answer of the endpoint mapper: which interface listens where",
  version: 1,
  layout: "connection",
  columns: {
    endpoint: { kind: "string", own: true, text: "Interface", example: "drsuapi" },
    interface_uuid: { kind: "string", own: true, text: "UUID of the interface" },
    interface_version: { kind: "string", own: true, text: "Version of the interface", example: "4.0" },
    transport: { kind: "enum", own: true, text: "tcp, udp, http, pipe or lpc" },
    address: { kind: "string", own: true, text: "Address in the answer", example: "10.20.1.10" },
    port: { kind: "port", own: true, text: "Port of tcp, udp and http", example: "49667" },
    name: { kind: "string", own: true, text: "Name of a pipe or local port", example: "\\pipe\\lsass" },
    annotation: { kind: "string", own: true, text: "The server's own words for it", example: "Windows Event Log" },
  },
});

/** Calls that Zeek leaves out of its log: frequent and of little value by themselves. */
const NOT_IN_ZEEK: Readonly<Record<string, readonly string[]>> = {
  winreg: [
    "BaseRegCloseKey",
    "BaseRegGetVersion",
    "BaseRegOpenKey",
    "BaseRegQueryValue",
    "BaseRegDeleteKeyEx",
    "OpenLocalMachine",
    "BaseRegEnumKey",
    "OpenClassesRoot",
  ],
  spoolss: ["RpcSplOpenPrinter", "RpcClosePrinter"],
  wkssvc: ["NetrWkstaGetInfo"],
};

/** True if Zeek's dce_rpc.log has this row too: an answered call of an interface it knows from a bind. */
export function isInZeekLog(row: DceRpcRow): boolean {
  if (row.operation === null || row.endpoint === null || row.endpoint === "unknown") return false;
  if (row.fault === true || row.outcome === "attempted" || row.inferred === true) return false;
  return !(NOT_IN_ZEEK[row.endpoint] ?? []).includes(row.operation);
}

/**
 * Numbers of those rows that Zeek's dce_rpc.log would have too. Where a connection ends before its last call was answered, Zeek
 * writes a row of that call as well, if one was answered before (with the operation and round trip of the former).
 */
export function zeekLogRows(rows: readonly (DceRpcRow & { readonly uid: string })[]): number[] {
  const last = new Map<string, number>();
  const answered = new Set<string>();
  const chosen: number[] = [];
  for (const [at, row] of rows.entries()) {
    last.set(row.uid, at);
    if (!isInZeekLog(row)) continue;
    answered.add(row.uid);
    chosen.push(at);
  }
  for (const [uid, at] of last) {
    const row = rows[at]!;
    if (answered.has(uid) && row.outcome === "attempted" && isInZeekLog({ ...row, outcome: "confirmed" }))
      chosen.push(at);
  }
  return chosen.sort((a, b) => a - b);
}
