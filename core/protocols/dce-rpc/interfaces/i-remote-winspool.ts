import { readDriver } from "./printer-driver.ts";
import type { ArgumentReader } from "./interface.ts";
import { forAll, opensHandleAtEnd, operations, serverFirst } from "./interface.ts";

/** [MS-PAR] 3.1.4.2.2 */
const addDriver: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  readDriver(ndr, call.facts);
};

/** Print server, asynchronous. [MS-PAR] */
export const iRemoteWinspool = {
  uuid: "76f03f96-cdfd-44fc-a22c-64950a001209",
  name: "IRemoteWinspool",
  operations: operations(`
    RpcAsyncOpenPrinter RpcAsyncAddPrinter RpcAsyncSetJob RpcAsyncGetJob RpcAsyncEnumJobs RpcAsyncAddJob
    RpcAsyncScheduleJob RpcAsyncDeletePrinter RpcAsyncSetPrinter RpcAsyncGetPrinter RpcAsyncStartDocPrinter
    RpcAsyncStartPagePrinter RpcAsyncWritePrinter RpcAsyncEndPagePrinter RpcAsyncEndDocPrinter RpcAsyncAbortPrinter
    RpcAsyncGetPrinterData RpcAsyncGetPrinterDataEx RpcAsyncSetPrinterData RpcAsyncSetPrinterDataEx
    RpcAsyncClosePrinter RpcAsyncAddForm RpcAsyncDeleteForm RpcAsyncGetForm RpcAsyncSetForm RpcAsyncEnumForms
    RpcAsyncGetPrinterDriver RpcAsyncEnumPrinterData RpcAsyncEnumPrinterDataEx RpcAsyncEnumPrinterKey
    RpcAsyncDeletePrinterData RpcAsyncDeletePrinterDataEx RpcAsyncDeletePrinterKey RpcAsyncXcvData
    RpcAsyncSendRecvBidiData RpcAsyncCreatePrinterIC RpcAsyncPlayGdiScriptOnPrinterIC RpcAsyncDeletePrinterIC
    RpcAsyncEnumPrinters RpcAsyncAddPrinterDriver RpcAsyncEnumPrinterDrivers RpcAsyncGetPrinterDriverDirectory
    RpcAsyncDeletePrinterDriver RpcAsyncDeletePrinterDriverEx RpcAsyncAddPrintProcessor RpcAsyncEnumPrintProcessors
    RpcAsyncGetPrintProcessorDirectory RpcAsyncEnumPorts RpcAsyncEnumMonitors RpcAsyncAddPort RpcAsyncSetPort
    RpcAsyncAddMonitor RpcAsyncDeleteMonitor RpcAsyncDeletePrintProcessor RpcAsyncEnumPrintProcessorDatatypes
    RpcAsyncAddPerMachineConnection RpcAsyncDeletePerMachineConnection RpcAsyncEnumPerMachineConnections
    RpcSyncRegisterForRemoteNotifications RpcSyncUnRegisterForRemoteNotifications RpcSyncRefreshRemoteNotifications
    RpcAsyncGetRemoteNotifications RpcAsyncInstallPrinterDriverFromPackage RpcAsyncUploadPrinterDriverPackage
    RpcAsyncGetCorePrinterDrivers RpcAsyncCorePrinterDriverInstalled RpcAsyncGetPrinterDriverPackagePath
    RpcAsyncDeletePrinterDriverPackage RpcAsyncReadPrinter RpcAsyncResetPrinter RpcAsyncGetJobNamedPropertyValue
    RpcAsyncSetJobNamedProperty RpcAsyncDeleteJobNamedProperty RpcAsyncEnumJobNamedProperties
    RpcAsyncLogJobInfoForBranchOffice`),
  requests: { ...forAll([0, 38, 40, 62], serverFirst), 39: addDriver },
  responses: { 0: opensHandleAtEnd },
} as const;
