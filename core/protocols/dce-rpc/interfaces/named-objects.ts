import type { RpcInterface } from "./interface.ts";
import { namedObject, notOnWire } from "./named.ts";

const ENUMERATION = "Next Skip Reset Clone";

/** Interfaces of COM objects that are known by name only. */
export const NAMED_OBJECTS: readonly RpcInterface[] = [
  {
    ...namedObject("00000000-0000-0000-c000-000000000046", "IUnknown"),
    operations: ["Opnum0NotUsedOnWire", "Opnum1NotUsedOnWire", "Opnum2NotUsedOnWire"],
  },
  namedObject(
    "00020401-0000-0000-c000-000000000046",
    "ITypeInfo",
    `GetTypeAttr GetTypeComp GetFuncDesc GetVarDesc GetNames GetRefTypeOfImplType GetImplTypeFlags - - GetDocumentation
     GetDllEntry GetRefTypeInfo - CreateInstance GetMops GetContainingTypeLib`,
  ),
  namedObject("00020402-0000-0000-c000-000000000046", "ITypeLib"),
  namedObject("00020403-0000-0000-c000-000000000046", "ITypeComp"),
  namedObject("00020404-0000-0000-c000-000000000046", "IEnumVARIANT"),
  namedObject("00020411-0000-0000-c000-000000000046", "ITypeLib2"),
  namedObject("00020412-0000-0000-c000-000000000046", "ITypeInfo2"),
  namedObject(
    "6619a740-8154-43be-a186-0319578e02db",
    "IRemoteDispatch",
    "- - - - RemoteDispatchAutoDone RemoteDispatchNotAutoDone",
  ),
  namedObject("c3fcc19e-a970-11d2-8b5a-00a0c9b7c9c4", "IManagedObject", "GetSerializedBuffer GetObjectIdentify"),
  namedObject("8165b19e-8d3a-4d0b-80c8-97de310db583", "IServicedComponentInfo", "GetComponentInfo"),
  // WMI. [MS-WMI]
  namedObject("d4781cd6-e5d3-44df-ad94-930efe48a887", "IWbemLoginClientID"),
  namedObject("44aca674-e8fc-11d0-a07c-00c04fb68820", "IWbemContext interface"),
  namedObject("674b6698-ee92-11d0-ad71-00c04fd8fdff", "IWbemContext unmarshaler"),
  namedObject("dc12a681-737f-11cf-884d-00aa004b2e24", "IWbemClassObject interface"),
  namedObject("4590f812-1d3a-11d0-891f-00aa004b2e24", "IWbemClassObject unmarshaler"),
  namedObject("9a653086-174f-11d2-b5f9-00104b703efd", "IWbemClassObject interface"),
  namedObject("c49e32c6-bc8b-11d2-85d4-00105a1f8304", "IWbemBackupRestoreEx interface"),
  namedObject("7c857801-7381-11cf-884d-00aa004b2e24", "IWbemObjectSink interface"),
  namedObject(
    "027947e1-d731-11ce-a357-000000000001",
    "IEnumWbemClassObject interface",
    "Reset Next NextAsync Clone Skip",
  ),
  namedObject("44aca675-e8fc-11d0-a07c-00c04fb68820", "IWbemCallResult interface"),
  namedObject("c49e32c7-bc8b-11d2-85d4-00105a1f8304", "IWbemBackupRestore interface"),
  namedObject("a359dec5-e813-4834-8a2a-ba7f1d777d76", "IWbemBackupRestoreEx interface"),
  namedObject("f1e9c5b2-f59b-11d2-b362-00105a1f8177", "IWbemRemoteRefresher interface"),
  namedObject("2c9273e0-1dc3-11d3-b364-00105a1f8177", "IWbemRefreshingServices interface"),
  namedObject("423ec01e-2e35-11d2-b604-00104b703efd", "IWbemWCOSmartEnum interface"),
  namedObject("1c1c45ee-4395-11d2-b60b-00104b703efd", "IWbemFetchSmartEnum interface"),
  namedObject("541679ab-2e5f-11d3-b34e-00104bcc4b4a", "IWbemLoginHelper interface"),
  // Shadow copies. [MS-SCMP]
  namedObject("01954e6b-9254-4e6e-808c-c9e05d007696", "IVssEnumMgmtObject", ENUMERATION),
  namedObject("ae1c7110-2f60-11d3-8a39-00c04f72d8e3", "IVssEnumObject", ENUMERATION),
  // Disks and volumes, before VDS. [MS-DMRP]
  namedObject("d2d79df7-3400-11d0-b40b-00aa005ff586", "IDMNotify", "ObjectsChanged"),
  namedObject("3a410f21-553f-11d1-8e5e-00a0c92c9d5d", "IDMRemoteServer", "CreateRemoteObject"),
  namedObject(
    "d2d79df5-3400-11d0-b40b-00aa005ff586",
    "IVolumeClient",
    `EnumDisksEx EnumDiskRegionsEx CreatePartition CreatePartitionAssignAndFormat CreatePartitionAssignandFormatEx
     DeletePartition WriteSignature MarkActivePartition Eject Opnum12NotUsedOnWire FTEnumVolumes
     FTEnumLogicalDiskMembers FTDeleteVolume FTBreakMirror FTResyncMirror FTRegenerateParityStripe
     FTReplaceMirrorPartition FTReplaceParityStripePartition EnumDriveLetters AssignDriveLetter FreeDriveLetter
     EnumLocalFileSystems GetInstalledFileSystems Format Opnum27NotUsedOnWire EnumVolumes EnumVolumeMembers
     CreateVolume CreateVolumeAssignAndFormat CreateVolumeAssignAndFormatEx GetVolumeMountName GrowVolume DeleteVolume
     AddMirror RemoveMirror SplitMirror InitializeDiskEx UninitializeDisk ReConnectDisk Opnum42NotUsedOnWire
     ImportDiskGroup DiskMergeQuery DiskMerge Opnum46NotUsedOnWire ReAttachDisk ${notOnWire(48, 51)} ReplaceRaid5Column
     RestartVolume GetEncapsulateDiskInfoEx EncapsulateDiskEx QueryChangePartitionNumbers
     DeletePartitionNumberInfoFromRegistry SetDontShow GetDontShow ${notOnWire(59, 67)} EnumTasks GetTaskDetail AbortTask
     HrGetErrorData Initialize Uninitialize Refresh RescanDisks RefreshFileSys SecureSystemPartition ShutDownSystem
     EnumAccessPath EnumAccessPathForVolume AddAccessPath DeleteAccessPath`,
  ),
  namedObject("4bdafc52-fe6a-11d2-93f8-00105a11164a", "IVolumeClient2", "GetMaxAdjustedFreeSpace"),
  namedObject(
    "135698d2-3a37-4d26-99df-e2bb6ae3ac61",
    "IVolumeClient3",
    `EnumDisksEx EnumDiskRegionsEx CreatePartition CreatePartitionAssignAndFormat CreatePartitionAssignandFormatEx
     DeletePartition InitializeDiskStyle MarkActivePartition Eject Opnum12NotUsedOnWire FTEnumVolumes
     FTEnumLogicalDiskMembers FTDeleteVolume FTBreakMirror FTResyncMirror FTRegenerateParityStripe
     FTReplaceMirrorPartition FTReplaceParityStripePartition EnumDriveLetters AssignDriveLetter FreeDriveLetter
     EnumLocalFileSystems GetInstalledFileSystems Format EnumVolumes EnumVolumeMembers CreateVolume
     CreateVolumeAssignAndFormat CreateVolumeAssignAndFormatEx GetVolumeMountName GrowVolume DeleteVolume
     CreatePartitionsForVolume DeletePartitionsForVolume GetMaxAdjustedFreeSpace AddMirror RemoveMirror SplitMirror
     InitializeDiskEx UninitializeDisk ReConnectDisk ImportDiskGroup DiskMergeQuery DiskMerge ReAttachDisk
     ReplaceRaid5Column RestartVolume GetEncapsulateDiskInfoEx EncapsulateDiskEx QueryChangePartitionNumbers
     DeletePartitionNumberInfoFromRegistry SetDontShow GetDontShow ${notOnWire(56, 64)} EnumTasks GetTaskDetail AbortTask
     HrGetErrorData Initialize Uninitialize Refresh RescanDisks RefreshFileSys SecureSystemPartition ShutDownSystem
     EnumAccessPath EnumAccessPathForVolume AddAccessPath DeleteAccessPath`,
  ),
  namedObject("deb01010-3a37-4d26-99df-e2bb6ae3ac61", "IVolumeClient4", "RefreshEx GetVolumeDeviceName"),
  // Certificates. [MS-CSRA], [MS-WCCE]
  namedObject(
    "d99e6e71-fc88-11d0-b498-00a0c90312f3",
    "ICertAdminD",
    `SetExtension SetAttributes ResubmitRequest DenyRequest IsValidCertificate PublishCRL GetCRL RevokeCertificate
     EnumViewColumn GetViewDefaultColumnSet EnumAttributesOrExtensions OpenView EnumView CloseView ServerControl Ping
     GetServerState BackupPrepare BackupEnd BackupGetAttachmentInformation BackupGetBackupLogs BackupOpenFile
     BackupReadFile BackupCloseFile BackupTruncateLogs ImportCertificate BackupGetDynamicFiles
     RestoreGetDatabaseLocations`,
  ),
  namedObject(
    "7fe0d935-dda6-443f-85d0-1cfb58fe41dd",
    "ICertAdminD2",
    `- - - - - - - - - - - - - - - - - - - - - - - - - - - - PublishCRLs GetCAProperty SetCAProperty GetCAPropertyInfo
     EnumViewColumnTable GetCASecurity SetCASecurity Ping2 GetArchivedKey GetAuditFilter SetAuditFilter
     GetOfficerRights SetOfficerRights GetConfigEntry SetConfigEntry ImportKey GetMyRoles DeleteRow`,
  ),
  namedObject("d99e6e70-fc88-11d0-b498-00a0c90312f3", "ICertRequestD", "Request GetCACert Ping"),
  namedObject(
    "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90",
    "ICertRequestD2",
    "Request GetCACert Ping Request2 GetCAProperty GetCAPropertyInfo Ping2",
  ),
  // Removable storage: tape libraries. [MS-RSMP]
  namedObject("d61a27c6-8f53-11d0-bfa0-00a024151983", "CNtmsSvr"),
  namedObject("879c8bbe-41b0-11d1-be11-00c04fb6bf70", "IClientSink"),
  namedObject("4e934f30-341a-11d1-8fb1-00a024cb6019", "INtmsLibraryControl1"),
  namedObject("db90832f-6910-4d46-9f5e-9fd6bfa73903", "INtmsLibraryControl2"),
  namedObject("d02e4be0-3419-11d1-8fb1-00a024cb6019", "INtmsMediaServices1"),
  namedObject("bb39332c-bfee-4380-ad8a-badc8aff5bb6", "INtmsNotifySink"),
  namedObject("69ab7050-3059-11d1-8faf-00a024cb6019", "INtmsObjectInfo1"),
  namedObject("b057dc50-3059-11d1-8faf-00a024cb6019", "INtmsObjectManagement1"),
  namedObject("895a2c86-270d-489d-a6c0-dc2a9b35280e", "INtmsObjectManagement2"),
  namedObject("3bbed8d9-2c9a-4b21-8936-acb2f995be6c", "INtmsObjectManagement3"),
  namedObject("8da03f40-3419-11d1-8fb1-00a024cb6019", "INtmsSession1"),
  namedObject("7d07f313-a53f-459a-bb12-012c15b1846e", "IRobustNtmsMediaServices1"),
  // DFS replication health. [MS-DFSRH]
  namedObject("4bb8ab1d-9ef9-4100-8eb6-dd4b4e418b72", "IADProxy", "CreateObject DeleteObject ModifyObject"),
  namedObject("c4b0c7d9-abe0-4733-a1e1-9fdedf260c7a", "IADProxy2", "- - - CreateObject DeleteObject ModifyObject"),
  namedObject(
    "e65e8028-83e8-491b-9af7-aaf6bd51a0ce",
    "IServerHealthReport",
    `GetReport GetCompressedReport GetRawReportEx GetReferenceVersionVectors Opnum7NotUsedOnWire
     GetReferenceBacklogCounts`,
  ),
  namedObject(
    "20d15747-6c48-4254-a358-65039fd8c63c",
    "IServerHealthReport2",
    "- - - - - - GetReport - - - - - - GetCompressedReport",
  ),
];
