import type { RpcInterface } from "./interface.ts";
import { namedObject } from "./named.ts";

/** Numbers 3 to 6 of objects that are made for scripts. [MS-OAUT] 3.1.4 */
const DISPATCH = "GetTypeInfoCount GetTypeInfo GetIDsOfNames Invoke";

/** COM objects by which servers are administered; names as in Zeek's base/protocols/dce-rpc/consts.zeek. */
export const NAMED_SERVER_OBJECTS: readonly RpcInterface[] = [
  // Performance logs. [MS-PLA]
  namedObject("03837516-098b-11d8-9414-505054503030", "IAlertDataCollector"),
  namedObject("0383751a-098b-11d8-9414-505054503030", "IApiTracingDataCollector"),
  namedObject("03837514-098b-11d8-9414-505054503030", "IConfigurationDataCollector"),
  namedObject("038374ff-098b-11d8-9414-505054503030", "IDataCollector"),
  namedObject("03837502-098b-11d8-9414-505054503030", "IDataCollectorCollection"),
  namedObject("03837520-098b-11d8-9414-505054503030", "IDataCollectorSet"),
  namedObject("03837524-098b-11d8-9414-505054503030", "IDataCollectorSetCollection"),
  namedObject("03837541-098b-11d8-9414-505054503030", "IDataManager"),
  namedObject("03837543-098b-11d8-9414-505054503030", "IFolderAction"),
  namedObject("03837544-098b-11d8-9414-505054503030", "IFolderActionCollection"),
  namedObject("03837506-098b-11d8-9414-505054503030", "IPerformanceCounterDataCollector"),
  namedObject("0383753a-098b-11d8-9414-505054503030", "ISchedule"),
  namedObject("0383753d-098b-11d8-9414-505054503030", "IScheduleCollection"),
  namedObject("0383750b-098b-11d8-9414-505054503030", "ITraceDataCollector"),
  namedObject("03837512-098b-11d8-9414-505054503030", "ITraceDataProvider"),
  namedObject("03837510-098b-11d8-9414-505054503030", "ITraceDataProviderCollection"),
  namedObject("03837534-098b-11d8-9414-505054503030", "IValueMap"),
  namedObject("03837533-098b-11d8-9414-505054503030", "IValueMapItem"),
  // Internet Information Services. [MS-IMSA], [MS-IISS]
  namedObject(
    "70b51430-b6ca-11d0-b9b9-00a0c922e750",
    "IMSAdminBaseW",
    `AddKey DeleteKey DeleteChildKEys EnumKeys CopyKey RenameKey R_SetData R_GetData DeleteDate R_EnumData R_GetAllData
     DeleteAllData CopyData GetDataPaths OpenKey CloseKey ChangePermissions SaveData GetHandleInfo
     GetSystemChangeNumber GetDataSetNumber SetLastChangeTime GetLastChangeTime R_KeyExchangePhase1
     R_KeyExchangePhase2 Backup Restore EnumBackups DeleteBackup UnmarshalInterface R_GetServerGuid`,
  ),
  namedObject(
    "8298d101-f992-43b7-8eca-5052d885b995",
    "IMSAdminBase2W",
    `${unnamed(3, 34)} BackupWithPasswrd RestoreWithPasswrd Export Import RestoreHistory EnumHistory`,
  ),
  namedObject("f612954d-3b0b-4c56-9563-227b7be624b4", "IMSAdminBase3W", `${unnamed(3, 40)} GetChildPaths`),
  namedObject(
    "7c4e1804-e342-483d-a43e-a850cfcc8d18",
    "IIISApplicationAdmin",
    `CreateApplication DeleteApplication CreateApplicationPool DeleteApplicationPool EnumerateApplicationsInPool
     RecycleApplicationPool GetProcessMode`,
  ),
  namedObject(
    "bd0c73bc-805b-4043-9c30-9a28d64dd7d2",
    "IIISCertObj",
    `${DISPATCH} Opnum7NotUsedOnWire Opnum8NotUsedOnWire Opnum9NotUsedOnWire InstanceName Opnum11NotUsedOnWire
     IsInstallRemote Opnum13NotUsedOnWire IsExportableRemote Opnum15NotUsedOnWire GetCertInfoRemote
     Opnum17NotUsedOnWire Opnum18NotUsedOnWire Opnum19NotUsedOnWire Opnum20NotUsedOnWire Opnum21NotUsedOnWire
     ImportFromBlob ImportFromBlobGetHash Opnum24NotUsedOnWire ExportToBlob`,
  ),
  namedObject(
    "e8fb8620-588f-11d2-9d61-00c04f79c5fe",
    "IIisServiceControl",
    `${DISPATCH} Stop Start Reboot Status Kill`,
  ),
  namedObject(
    "29822ab7-f302-11d0-9953-00c04fd919c1",
    "IWamAdmin",
    "AppCreate AppDelete AppUnLoad AppGetStatus AppDeleteRecoverable AppRecover",
  ),
  namedObject("29822ab8-f302-11d0-9953-00c04fd919c1", "IWamAdmin2", `${unnamed(3, 9)} AppCreate2`),
  // Telnet server, remote help, OCSP. [MS-TSRAP], [MS-RA], [MS-RAI], [MS-OCSPA]
  namedObject(
    "034634fd-ba3f-11d1-856a-00a0c944138c",
    "IManageTelnetSessions",
    `${DISPATCH} GetTelnetSessions TerminateSession SendMsgToASession`,
  ),
  namedObject("081e7188-c080-4ff3-9238-29f66d6cabfd", "IMessenger"),
  namedObject("833e4100-aff7-4ac3-aac2-9f24c1457bce", "IPCHCollection"),
  namedObject("833e4200-aff7-4ac3-aac2-9f24c1457bce", "IPCHService"),
  namedObject("833e41aa-aff7-4ac3-aac2-9f24c1457bce", "ISAFSession"),
  namedObject("f120a684-b926-447f-9df4-c966cb785648", "IRASrv"),
  namedObject("784b693d-95f3-420b-8126-365c098659f2", "IOCSPAdminD"),
  // Routing and remote access. [MS-RRASM]
  namedObject("66a2db22-d706-11d0-a37b-00c04fc9da04", "IRemoteICFICSConfig"),
  namedObject("6139d8a4-e508-4ebb-bac7-d7f275145897", "IRemoteIPV6Config"),
  namedObject("66a2db1b-d706-11d0-a37b-00c04fc9da04", "IRemoteNetworkConfig"),
  namedObject("66a2db20-d706-11d0-a37b-00c04fc9da04", "IRemoteRouterRestart"),
  namedObject("66a2db21-d706-11d0-a37b-00c04fc9da04", "IRemoteSetDnsConfig"),
  namedObject("5ff9bdf6-bd91-4d8b-a614-d6317acc8dd8", "IRemoteSstpCertCheck"),
  namedObject("67e08fc2-2984-4b62-b92e-fc1aae64bbbb", "IRemoteStringIdConfig"),
  // Virtual smart cards. [MS-TPMVSC]
  namedObject(
    "112b1dff-d9dc-41f7-869f-d67fee7cb591",
    "ITpmVirtualSmartCardManager",
    "CreateVirtualSmartCard DestroyVirtualSmartCard",
  ),
  namedObject(
    "fdf8a2b9-02de-47f4-bc26-aa85ab5e5267",
    "ITpmVirtualSmartCardManager2",
    "- - CreateVirtualSmartCardWithPinPolicy",
  ),
  namedObject(
    "3c745a97-f375-4150-be17-5950f694c699",
    "ITpmVirtualSmartCardManager3",
    "- - - CreateVirtualSmartCardWithAttestation",
  ),
  namedObject(
    "1a1bb35f-abb8-451c-a1ae-33d98f1bef4a",
    "ITpmVirtualSmartCardManagerStatusCallback",
    "ReportProgress ReportError",
  ),
  // Windows System Resource Manager. [MS-WSRM]
  namedObject(
    "c5cebee2-9df5-4cdd-a08c-c2471bc144b4",
    "IResourceManager",
    `${DISPATCH} RetrieveEventList GetSystemAffinity ImportXMLFiles ExportXMLFiles RestoreXMLFiles GetDependencies
     GetServiceList GetllSAppPoolNames GetServerName GetCurrentMemory`,
  ),
  namedObject(
    "2a3eb639-d134-422d-90d8-aaa1b5216202",
    "IResourceManager2",
    `${DISPATCH} ExportObjects GetImportConflicts ImportXml ExportXml`,
  ),
  namedObject(
    "4f7ca01c-a9e5-45b6-b142-2332a1339c1d",
    "IWRMAccounting",
    `${DISPATCH} CreateAccountingDb GetAccountingMetadata ExecuteAccountingQuery GetRawAccountingData
     GetNextAccountingDataBatch DeleteAccountingData DefragmentDB CancelAccountingQuery RegisterAccountingClient
     DumpAccountingData GetAccountingClients SetAccountingClientStatus CheckAccountingConnection SetClientPermissions`,
  ),
  namedObject(
    "481e06cf-ab04-4498-8ffe-124a0a34296d",
    "IWRMCalendar",
    `${DISPATCH} GetCalendarInfo CreateCalendar ModifyCalendar DeleteCalendar RenameCalendar ComputeEvents
     GetScheduleInfo CreateSchedule ModifySchedule DeleteSchedule RenameSchedule MoveBeforeCalendar MoveAfterCalendar
     GetServerTimeZone`,
  ),
  namedObject(
    "21546ae8-4da5-445e-987f-627fea39c5e8",
    "IWRMConfig",
    `${DISPATCH} GetConfig SetConfig IsEnabled EnableDisable GetExclusionList SetExclusionList WSRMActivate
     IsWSRMActivated RestoreExclusionList`,
  ),
  namedObject(
    "943991a5-b3fe-41fa-9696-7f7b656ee34b",
    "IWRMMachineGroup",
    `${DISPATCH} CreateMachineGroup GetMachineGroupInfo ModifyMachineGroup DeleteMachineGroup RenameMachineGroup
     AddMachine GetMachineInfo ModifyMachineInfo DeleteMachine`,
  ),
  namedObject(
    "59602eb6-57b0-4fd8-aa4b-ebf06971fe15",
    "IWRMPolicy",
    `${DISPATCH} GetPolicyInfo CreatePolicy ModifyPolicy DeletePolicy RenameAllocationPolicy MoveBefore MoveAfter
     SetCalDefaultPolicyName GetCalDefaultPolicyName GetProcessList GetCurrentPolicy SetCurrentPolicy
     GetCurrentStateAndActivePolicyName GetConditionalPolicy SetConditionalPolicy`,
  ),
  namedObject("f31931a9-832d-481c-9503-887a0e6a79f0", "IWRMProtocol", `${DISPATCH} GetSupportedClient`),
  namedObject(
    "fc910418-55ca-45ef-b264-83d4ce7d30e0",
    "IWRMRemoteSessionMgmt",
    `${DISPATCH} GetRemoteUserCategories SetRemoteUserCategories RefreshRemoteSessionWeights`,
  ),
  namedObject(
    "bc681469-9dd9-4bf4-9b3d-709f69efe431",
    "IWRMResourceGroup",
    `${DISPATCH} GetResourceGroupInfo ModifyResourceGroup CreateResourceGroup DeleteResourceGroup RenameResourceGroup`,
  ),
];

/** Places of the numbers from `first` on, up to `next`, that have no name here. */
function unnamed(first: number, next: number): string {
  return Array.from({ length: next - first }, () => "-").join(" ");
}
