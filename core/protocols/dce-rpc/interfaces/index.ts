import { atsvc } from "./atsvc.ts";
import { backupKey } from "./backup-key.ts";
import { browser } from "./browser.ts";
import { dnsServer } from "./dns-server.ts";
import { drsuapi } from "./drsuapi.ts";
import { dssetup } from "./dssetup.ts";
import { efsrpc, efsrpc2 } from "./efsrpc.ts";
import { epmapper } from "./epmapper.ts";
import { eventlog } from "./eventlog.ts";
import { evtService } from "./evt-service.ts";
import { fileServerVssAgent } from "./file-server-vss-agent.ts";
import { iActivation } from "./i-activation.ts";
import { iCertPassage } from "./i-cert-passage.ts";
import { iDispatch } from "./i-dispatch.ts";
import { iObjectExporter } from "./i-object-exporter.ts";
import { iRemoteScmActivator } from "./i-remote-scm-activator.ts";
import { iRemUnknown, iRemUnknown2 } from "./i-rem-unknown.ts";
import { iRemoteWinspool } from "./i-remote-winspool.ts";
import { iVssDifferentialSoftwareSnapshotMgmt, iVssSnapshotMgmt } from "./i-vss.ts";
import { iWbemLevel1Login } from "./i-wbem-level1-login.ts";
import { iWbemServices } from "./i-wbem-services.ts";
import { initShutdown, windowsShutdown } from "./init-shutdown.ts";
import type { RpcInterface } from "./interface.ts";
import { lsarpc } from "./lsarpc.ts";
import { NAMED_LONG } from "./named-long.ts";
import { NAMED_OBJECTS } from "./named-objects.ts";
import { NAMED_SERVER_OBJECTS } from "./named-server-objects.ts";
import { NAMED_SERVICES } from "./named-services.ts";
import { NAMED_TERMINAL } from "./named-terminal.ts";
import { NAMED_VDS } from "./named-vds.ts";
import { netdfs } from "./netdfs.ts";
import { netlogon } from "./netlogon.ts";
import { sasec } from "./sasec.ts";
import { samr } from "./samr.ts";
import { spoolss } from "./spoolss.ts";
import { srvsvc } from "./srvsvc.ts";
import { svcctl } from "./svcctl.ts";
import { taskScheduler } from "./task-scheduler.ts";
import { winreg } from "./winreg.ts";
import { wkssvc } from "./wkssvc.ts";

/** Every interface that is known by name: one line each. */
export const INTERFACES: readonly RpcInterface[] = [
  atsvc,
  backupKey,
  browser,
  dnsServer,
  drsuapi,
  dssetup,
  efsrpc,
  efsrpc2,
  epmapper,
  eventlog,
  evtService,
  fileServerVssAgent,
  iActivation,
  iCertPassage,
  iDispatch,
  iObjectExporter,
  iRemoteScmActivator,
  iRemUnknown,
  iRemUnknown2,
  iRemoteWinspool,
  iVssDifferentialSoftwareSnapshotMgmt,
  iVssSnapshotMgmt,
  iWbemLevel1Login,
  iWbemServices,
  initShutdown,
  lsarpc,
  netdfs,
  netlogon,
  samr,
  sasec,
  spoolss,
  srvsvc,
  svcctl,
  taskScheduler,
  windowsShutdown,
  winreg,
  wkssvc,
  ...NAMED_SERVICES,
  ...NAMED_LONG,
  ...NAMED_TERMINAL,
  ...NAMED_OBJECTS,
  ...NAMED_SERVER_OBJECTS,
  ...NAMED_VDS,
];

const BY_UUID: ReadonlyMap<string, RpcInterface> = new Map(INTERFACES.map((rpc) => [rpc.uuid, rpc]));
const BY_PIPE: ReadonlyMap<string, RpcInterface> = new Map(
  INTERFACES.flatMap((rpc) => (rpc.pipes ?? []).map((pipe) => [pipe, rpc] as const)),
);

export function interfaceOf(uuid: string): RpcInterface | null {
  return BY_UUID.get(uuid) ?? null;
}

/** Interface that a pipe usually carries; null if several share it. @param pipe Lower case, without prefix. */
export function interfaceOfPipe(pipe: string): RpcInterface | null {
  return BY_PIPE.get(pipe) ?? null;
}

/** Zeek's `endpoint` of an interface. */
export function endpointName(uuid: string): string {
  return BY_UUID.get(uuid)?.name ?? `unknown-${uuid}`;
}

/** Zeek's `operation` of a call. */
export function operationName(rpc: RpcInterface | null, opnum: number): string {
  return rpc?.operations[opnum] || `unknown-${opnum}`;
}
