import type { RpcInterface } from "./interface.ts";
import { named, notOnWire } from "./named.ts";

/** Services of Windows that are known by name only. Names as in Zeek's base/protocols/dce-rpc/consts.zeek. */
export const NAMED_SERVICES: readonly RpcInterface[] = [
  named(
    "afa8bd80-7d8a-11c9-bef4-08002b102989",
    "mgmt",
    "inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name",
  ),
  named(
    "0a74ef1c-41a4-4e06-83ae-dc74fb1cdd53",
    "idletask",
    "ItSrvRegisterIdleTask ItSrvUnregisterIdleTask ItSrvProcessIdleTasks ItSrvSetDetectionParameters",
  ),
  named("906b0ce0-c70b-1067-b317-00dd010662da", "IXnRemote"),
  named("ae33069b-a2a8-46ee-a235-ddfd339be281", "IRPCRemoteObject"),
  named("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1", "IRPCAsyncNotify"),
  named(
    "f5cc59b4-4264-101a-8c59-08002b2f8426",
    "FrsRpc",
    `FrsRpcSendCommPkt FrsRpcVerifyPromotionParent FrsRpcStartPromotionParent FrsNOP FrsBackupComplete
     FrsBackupComplete FrsBackupComplete FrsBackupComplete FrsBackupComplete FrsBackupComplete
     FrsRpcVerifyPromotionParentEx`,
  ),
  named("5261574a-4572-206e-b268-6b199213b4e4", "AsyncEMSMDB"),
  named("1544f5e0-613c-11d1-93df-00c04fd7bd09", "exchange_rfr"),
  named(
    "f5cc5a18-4264-101a-8c59-08002b2f8426",
    "nspi",
    `NspiBind NspiUnbind NspiUpdateStat NspiQueryRows NspiSeekEntries NspiGetMatches NspiResortRestriction
     NspiDNToEph NspiGetPropList NspiGetProps`,
  ),
  named(
    "a4f1db00-ca47-1067-b31f-00dd010662da",
    "exchange_mapi",
    `EcDoConnect EcDoDisconnect EcDoRpc EcGetMoreRpc EcRRegisterPushNotification EcRUnregisterPushNotification
     EcDummyRpc EcRGetDCName EcRNetGetDCName EcDoRpcExt EcDoConnectEx EcDoRpcExt2 EcUnknown0xC EcUnknown0xD
     EcDoAsyncConnectEx`,
  ),
  named(
    "45f52c28-7f9f-101a-b52b-08002b2efabe",
    "winspipe",
    `R_WinsRecordAction R_WinsStatus R_WinsTrigger R_WinsDoStaticInit R_WinsDoScavenging R_WinsGetDbRecs R_WinsTerm
     R_WinsBackup R_WinsDelDbRecs R_WinsPullRange R_WinsSetPriorityClass R_WinsResetCounters R_WinsWorkerThdUpd
     R_WinsGetNameAndAdd R_WinsGetBrowserNames_Old R_WinsDeleteWins R_WinsSetFlags R_WinsGetDbRecsByName
     R_WinsStatusWHdl R_WinsDoScavengingNew`,
  ),
  named("811109bf-a4e1-11d1-ab54-00a0c91e9b45", "winsi2", "R_WinsTombstoneDbRecs R_WinsCheckAccess"),
  named("51c82175-844e-4750-b0d8-ec255555bc06", "KMS"),
  named("c8cb7687-e6d3-11d2-a958-00c04f682e16", "DAV RPC SERVICE"),
  named("3d267954-eeb7-11d1-b94e-00c04fa3080d", "HydraLsPipe"),
  named(
    "8d0ffe72-d252-11d0-bf8f-00c04fd9126b",
    "IKeySvc",
    `KeyrOpenKeyService KeyrEnumerateProviders KeyrEnumerateProviderTypes KeyrEnumerateProvContainers
     KeyrCloseKeyService KeyrGetDefaultProvider KeyrSetDefaultProvider KeyrEnroll KeyrExportCert KeyrImportCert
     KeyrEnumerateAvailableCertTypes KeyrEnumerateCAs KeyrEnroll_V2 KeyrQueryRequestStatus`,
  ),
  named("68b58241-c259-4f03-a2e5-a2651dcbc930", "IKeySvc2", "KSrSubmitRequest KSrGetTemplates KSrGetCAs"),
  named("0d72a7d4-6148-11d1-b4aa-00c04fb66ea0", "ICertProtect", "SSCertProtectFunction"),
  named(
    "f50aac00-c7f3-428e-a022-a6b71bfb9d43",
    "ICatDBSvc",
    `SSCatDBAddCatalog SSCatDBDeleteCatalog SSCatDBEnumCatalogs SSCatDBRegisterForChangeNotification
     KeyrCloseKeyService SSCatDBRebuildDatabase`,
  ),
  named(
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d5",
    "RpcSrvDHCPC",
    `RpcSrvEnableDhcp RpcSrvRenewLease RpcSrvRenewLeaseByBroadcast RpcSrvReleaseLease RpcSrvSetFallbackParams
     RpcSrvGetFallbackParams RpcSrvFallbackRefreshParams RpcSrvStaticRefreshParams RpcSrvRemoveDnsRegistrations
     RpcSrvRequestParams RpcSrvPersistentRequestParams RpcSrvRegisterParams RpcSrvDeRegisterParams
     RpcSrvEnumInterfaces RpcSrvQueryLeaseInfo RpcSrvSetClassId RpcSrvGetClassId RpcSrvSetClientId RpcSrvGetClientId
     RpcSrvNotifyMediaReconnected RpcSrvGetOriginalSubnetMask RpcSrvSetMSFTVendorSpecificOptions
     RpcSrvRequestCachedParams RpcSrvRegisterConnectionStateNotification RpcSrvDeRegisterConnectionStateNotification
     RpcSrvGetNotificationStatus RpcSrvGetDhcpServicedConnections`,
  ),
  named(
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d6",
    "dhcpcsvc6",
    "RpcSrvRequestPrefix RpcSrvRenewPrefix RpcSrvReleasePrefix RpcSrvRequestParams",
  ),
  named(
    "2f59a331-bf7d-48cb-9ec5-7c090d76e8b8",
    "lcrpc",
    `RpcLicensingOpenServer RpcLicensingCloseServer RpcLicensingLoadPolicy RpcLicensingUnloadPolicy
     RpcLicensingSetPolicy RpcLicensingGetAvailablePolicyIds RpcLicensingGetPolicy RpcLicensingGetPolicyInformation
     RpcLicensingDeactivateCurrentPolicy`,
  ),
  named(
    "12b81e99-f207-4a4c-85d3-77b42f76fd14",
    "ISeclogon",
    "SeclCreateProcessWithLogonW SeclCreateProcessWithLogonExW",
  ),
  named("d6d70ef0-0e3b-11cb-acc3-08002b1d29c3", "NsiS", "nsi_binding_export nsi_binding_unexport"),
  named(
    "d3fbb514-0e3b-11cb-8fad-08002b1d29c3",
    "NsiC",
    "nsi_binding_lookup_begin nsi_binding_lookup_done nsi_binding_lookup_next nsi_mgmt_handle_set_exp_age",
  ),
  named(
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c4",
    "NsiM",
    `nsi_group_delete nsi_group_mbr_add nsi_group_mbr_remove nsi_group_mbr_inq_begin nsi_group_mbr_inq_next
     nsi_group_mbr_inq_done nsi_profile_delete nsi_profile_elt_add nsi_profile_elt_remove nsi_profile_elt_inq_begin
     nsi_profile_elt_inq_next nsi_profile_elt_inq_done nsi_entry_object_inq_begin nsi_entry_object_inq_next
     nsi_entry_object_inq_done nsi_entry_expand_name nsi_mgmt_binding_unexport nsi_mgmt_entry_delete
     nsi_mgmt_entry_create nsi_mgmt_entry_inq_if_ids nsi_mgmt_inq_exp_age nsi_mgmt_inq_set_age`,
  ),
  named(
    "17fdd703-1827-4e34-79d4-24a55c53bb37",
    "msgsvc",
    "NetrMessageNameAdd NetrMessageNameEnum NetrMessageNameGetInfo NetrMessageNameDel",
  ),
  named("5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc", "msgsvcsend", "NetrSendMessage"),
  named("57674cd0-5200-11ce-a897-08002b2e9c6d", "lls_license", "LlsrLicenseRequestW LlsrLicenseFree"),
  named(
    "83da7c00-e84f-11d2-9807-00c04f8ec850",
    "sfcapi",
    `SfcSrv_GetNextProtectedFile SfcSrv_IsFileProtected SfcSrv_FileException SfcSrv_InitiateScan SfcSrv_PurgeCache
     SfcSrv_SetCacheSize SfcSrv_SetDisable SfcSrv_InstallProtectedFiles`,
  ),
  named(
    "2f5f3220-c126-1076-b549-074d078619da",
    "nddeapi",
    `NDdeShareAddW NDdeShareDelA NDdeShareDelW NDdeGetShareSecurityA NDdeGetShareSecurityW NDdeSetShareSecurityA
     NDdeSetShareSecurityW NDdeShareEnumA NDdeShareEnumW NDdeShareGetInfoW NDdeShareSetInfoW NDdeSetTrustedShareA
     NDdeSetTrustedShareW NDdeGetTrustedShareA NDdeGetTrustedShareW NDdeTrustedShareEnumA NDdeTrustedShareEnumW -
     NDdeSpecialCommand`,
  ),
  named(
    "0b1c2170-5732-4e0e-8cd3-d9b16f3b84d7",
    "authzr",
    `AuthzrFreeContext AuthzrInitializeContextFromSid AuthrzInitializeCompoundContext AuthrzAccessCheck
     AuthrzGetInformationFromContext AuthrzModifyClaims AuthrzModifySids`,
  ),
  named("e3d0d746-d2af-40fd-8a7a-0d7078bb7092", "BitsPeerAuth", "ExchangePublicKeys"),
  named("7c44d7d4-31d5-424c-bd5e-2b3e1f323d22", "dsaop", "IDL_DSAPrepareScript IDL_DSAExecuteScript"),
  named(
    "77df7a80-f298-11d0-8358-00a024c480a8",
    "dscomm",
    `S_DSCreateObject S_DSDeleteObject S_DSGetProps S_DSSetProps S_DSGetObjectSecurity S_DSSetObjectSecurity
     S_DSLookupBegin S_DSLookupNext S_DSLookupEnd Opnum9NotUsedOnWire S_DSDeleteObjectGuid S_DSGetPropsGuid
     S_DSSetPropsGuid S_DSGetObjectSecurityGuid S_DSSetObjectSecurityGuid ${notOnWire(15, 19)}
     S_DSQMSetMachineProperties S_DSCreateServersCache S_DSQMGetObjectSecurity S_DSValidateServer
     S_DSCloseServerHandle ${notOnWire(24, 27)} S_DSGetServerPort`,
  ),
  named(
    "708cca10-9569-11d1-b2a5-0060977d8118",
    "dscomm2",
    `S_DSGetComputerSites S_DSGetPropsEx S_DSGetPropsGuidEx S_DSBeginDeleteNotification S_DSNotifyDelete
     S_DSEndDeleteNotification S_DSIsServerGC Opnum7NotUsedOnWire S_DSGetGCListInDomain`,
  ),
  named("8f09f000-b7ed-11ce-bbd2-00001a181cad", "dimsvc"),
  named(
    "82ad4280-036b-11cf-972c-00aa006887b0",
    "inetinfo",
    `R_InetInfoGetVersion R_InetInfoGetAdminInformation R_InsetInfoGetSites R_InetInfoSetAdminInformation
     R_InetInfoGetGlobalAdminInformation R_InetInfoSetGlobalAdminInformation R_InetInfoQueryStatistics
     R_InetInfoClearStatistics R_InetInfoFlushMemoryCache R_InetInfoGetServerCapabilities R_W3QueryStatistics2
     R_W3ClearStatistics2 R_FtpQueryStatistics2 R_FtpClearStatistics2 R_IISDEnumerateUsers R_IISDisconnectedUser
     ${notOnWire(16, 18)}`,
  ),
  named("ea0a3165-4834-11d2-a6f8-00c04fa346cc", "fax"),
  named("6099fc12-3eff-11d0-abd0-00c04fd91a4e", "faxclient"),
  named(
    "897e2e5f-93f3-4376-9c9c-fd2277495c27",
    "FrsTransport",
    `CheckConnectivity EstablishConnection EstablishSession RequestUpdates RequestVersionVector AsyncPoll
     RequestRecords UpdateCancel RawGetFileData RdcGetSignatures RdcPushSourceNeeds RdcGetFileData RdcClose
     InitializeFileTransferAsync Opnum14NotUsedOnWire RawGetFileDataAsync RdcGetFileDataAsync
     RdcFileDataTransferKeepAlive`,
  ),
  named("b9785960-524f-11df-8b6d-83dcded72085", "ISDKey", "GetKey"),
  named(
    "e33c0cc4-0482-101a-bc0c-02608c6ba218",
    "locator",
    `I_nsi_lookup_begin I_nsi_lookup_done I_nsi_lookup_next I_nsi_entry_object_inq_next I_nsi_ping_locator
     I_nsi_entry_object_inq_done I_nsi_entry_object_inq_begin`,
  ),
  named("afc07e2e-311c-4435-808c-c483ffeec7c9", "lsacap", "LsarGetAvailableCAPIDs"),
  named(
    "22e5386d-8b12-4bf0-b0ec-6a1ea419e366",
    "NetEventForwarder",
    "RpcNetEventOpenSession RpcNetEventReceiveData RpcNetEventCloseSession",
  ),
  named(
    "d049b186-814f-11d1-9a3c-00c04fc9b232",
    "NtFrsApi",
    `Opnum0NotUsedOnWire Opnum1NotUsedOnWire Opnum2NotUsedOnWire Opnum3NotUsedOnWire
     NtFrsApi_Rpc_Set_DsPollingIntervalW NtFrsApi_Rpc_Get_DsPollingIntervalW Opnum6NotUsedOnWire NtFrsApi_Rpc_InfoW
     NtFrsApi_Rpc_IsPathReplicated NtFrsApi_Rpc_WriterCommand NtFrsApi_Rpc_ForceReplication`,
  ),
  named("da5a86c5-12c2-4943-ab30-7f74a813d853", "PerflibV2"),
  named("1088a980-eae5-11d0-8d9b-00a02453c337", "qm2qm"),
  named("fdb3a030-065f-11d1-bb9b-00a024ea5525", "qmcomm"),
  named("76d12b80-3467-11d3-91ff-0090272f9ea3", "qmcomm2"),
  named("41208ee0-e970-11d1-9b9e-00e02c064c39", "qmmgmt"),
  named("20610036-fa22-11cf-9823-00a0c911e5df", "rasrpc"),
  named("1a9134dd-7b39-45ba-ad88-44d01ca47f28", "RemoteRead"),
  named("2f5f6521-ca47-1068-b319-00dd010662db", "remotesp", "RemoteSPAttach RemoteSPEventProc RemoteSPDetach"),
  named("2f5f6520-ca46-1067-b319-00dd010662da", "tapsrv", "ClientAttach ClientRequest ClientDetach"),
  named(
    "4b112204-0e19-11d3-b42b-0000f81feb9f",
    "ssdpsrv",
    `RegisterServiceRpc DeregisterServiceRpcByUSN DeregisterServiceRpc UpdateCacheRpc LookupCacheRpc CleanupCacheRpc
     InitializeSyncHandle RemoveSyncHandle RegisterNotificationRpc GetNotificationRpc WakeupGetNotificationRpc
     DeregisterNotificationRpc EnableDeviceHost DisableDeviceHost SetICSInterfaces SetICSOff`,
  ),
  named("4da1c422-943d-11d1-acae-00c04fc2aa3f", "trksvr", "LnkSvrMessage LnkSvrMessageCallback"),
  named("300f3532-38cc-11d0-a3f0-0020af6b0add", "trkwks", `${notOnWire(0, 12)} LnkSearchMachine`),
  named(
    "8fb6d884-2388-11d0-8c35-00c04fda2795",
    "W32Time",
    `W32TimeSync W32TimeGetNetlogonServiceBits W32TimeQueryProviderStatus W32TimeQuerySource
     W32TimeQueryProviderConfiguration W32TimeQueryConfiguration W32TimeQueryStatus W32TimeLog`,
  ),
  named("1a927394-352e-4553-ae3f-7cf4aafca620", "WdsRpcInterface", "WdsRpcMessage"),
  named(
    "ccd8c074-d0e5-4a40-92b4-d074faa6ba28",
    "Witness",
    "WitnessrGetInterfaceList WitnessrRegister WitnessrUnRegister WitnessrAsyncNotify WitnessrRegisterEx",
  ),
];
