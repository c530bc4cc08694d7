import { readDriver } from "./printer-driver.ts";
import type { ArgumentReader } from "./interface.ts";
import { closesHandle, forAll, opensHandleAtEnd, operations, serverFirst, targetByHandle } from "./interface.ts";

/** RPC_S_SERVER_UNAVAILABLE. [MS-ERREF] 2.2 */
const SERVER_UNAVAILABLE = 0x6ba;
/** Most octets of a value that are shown. */
const SHOWN = 1024;

/** [MS-RPRN] 3.1.4.10.1, 3.1.4.10.4: the machine that the server shall notify, that is, connect to. */
const remoteNotification: ArgumentReader = (ndr, call) => {
  const printer = call.handles.read(ndr);
  ndr.u32(); // Flags
  ndr.u32(); // Options
  const machine = ndr.uniqueWideString();
  if (ndr.truncated) return;
  call.facts.target = machine;
  if (printer !== null) call.facts.detail = `printer ${printer}`;
};

/** [MS-RPRN] 3.1.4.4.1, 3.1.4.4.8 */
const addDriver: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  readDriver(ndr, call.facts);
};

/** [MS-RPRN] 3.1.4.8.1, 3.1.4.11.1: a server, an environment, then a file that it shall load, and its name. */
const addProcessor: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  ndr.wideString();
  const file = ndr.wideString();
  const name = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = name;
  call.facts.command = file;
};

/** [MS-RPRN] 3.1.4.2.8: key, value and what it is set to; a spool folder among them (CVE-2022-21999). */
const setPrinterDataEx: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const key = ndr.wideString();
  const value = ndr.wideString();
  const type = ndr.u32();
  const octets = ndr.count();
  if (ndr.truncated) return;
  const text =
    type === 1 || type === 2
      ? `"${ndr.octets.utf16le(Math.min(octets, ndr.left, SHOWN)).replace(/(?<!\0)\0+$/, "")}"`
      : `${octets} octets`;
  call.facts.detail = `${key}\\${value} = ${text}`;
};

/** Print server. [MS-RPRN] */
export const spoolss = {
  uuid: "12345678-1234-abcd-ef00-0123456789ab",
  name: "spoolss",
  pipes: ["spoolss"],
  // The server tried to reach the machine that it was told to notify.
  successes: [SERVER_UNAVAILABLE],
  operations: operations(`
    RpcEnumPrinters RpcOpenPrinter RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter RpcDeletePrinter RpcSetPrinter
    RpcGetPrinter RpcAddPrinterDriver RpcEnumPrinterDrivers RpcGetPrinterDriver RpcGetPrinterDriverDirectory
    RpcDeletePrinterDriver RpcAddPrintProcessor RpcEnumPrintProcessors RpcGetPrintProcessorDirectory
    RpcStartDocPrinter RpcStartPagePrinter RpcWritePrinter RpcEndPagePrinter RpcAbortPrinter RpcReadPrinter
    RpcEndDocPrinter RpcAddJob RpcScheduleJob RpcGetPrinterData RpcSetPrinterData RpcWaitForPrinterChange
    RpcClosePrinter RpcAddForm RpcDeleteForm RpcGetForm RpcSetForm RpcEnumForms RpcEnumPorts RpcEnumMonitors RpcAddPort
    RpcConfigurePort RpcDeletePort RpcCreatePrinterIC RpcPlayGdiScriptOnPrinterIC RpcDeletePrinterIC
    RpcAddPrinterConnection RpcDeletePrinterConnection RpcPrinterMessageBox RpcAddMonitor RpcDeleteMonitor
    RpcDeletePrintProcessor RpcAddPrintProvidor RpcDeletePrintProvidor RpcEnumPrintProcessorDatatypes RpcResetPrinter
    RpcGetPrinterDriver2 RpcClientFindFirstPrinterChangeNotification RpcFindNextPrinterChangeNotification
    RpcFindClosePrinterChangeNotification RpcRouterFindFirstPrinterChangeNotificationOld RpcReplyOpenPrinter
    RpcRouterReplyPrinter RpcReplyClosePrinter RpcAddPortEx RpcRemoteFindFirstPrinterChangeNotification RpcSpoolerInit
    RpcResetPrinterEx RpcRemoteFindFirstPrinterChangeNotificationEx RpcRouterReplyPrinterEx
    RpcRouterRefreshPrinterChangeNotification RpcSetAllocFailCount RpcSplOpenPrinter RpcAddPrinterEx RpcSetPort
    RpcEnumPrinterData RpcDeletePrinterData RpcClusterSplOpen RpcClusterSplClose RpcClusterSplIsAlive
    RpcSetPrinterDataEx RpcGetPrinterDataEx RpcEnumPrinterDataEx RpcEnumPrinterKey RpcDeletePrinterDataEx
    RpcDeletePrinterKey RpcSeekPrinter RpcDeletePrinterDriverEx RpcAddPerMachineConnection
    RpcDeletePerMachineConnection RpcEnumPerMachineConnections RpcXcvData RpcAddPrinterDriverEx RpcSplOpenPrinter
    RpcGetSpoolFileInfo RpcCommitSpoolData RpcCloseSpoolFileHandle RpcFlushPrinter RpcSendRecvBidiData
    RpcAddDriverCatalog RpcAddPrinterConnection2 RpcDeletePrinterConnection2 RpcInstallPrinterDriverFromPackage
    RpcUploadPrinterDriverPackage RpcGetCorePrinterDrivers RpcCorePrinterDriverInstalled
    RpcGetPrinterDriverPackagePath RpcReportJobProcessingProgress`),
  requests: {
    ...forAll([1, 69, 10, 12, 15, 16, 35, 36], serverFirst),
    ...forAll([8, 17, 18, 19, 20, 23, 26, 27, 78], targetByHandle),
    ...forAll([62, 65], remoteNotification),
    ...forAll([9, 89], addDriver),
    14: addProcessor,
    77: setPrinterDataEx,
    29: closesHandle,
  },
  responses: forAll([1, 69], opensHandleAtEnd),
} as const;
