import type { RpcInterface } from "./interface.ts";
import { namedObject } from "./named.ts";

/** Virtual disk service: what diskpart and the disk console do to a server's disks and volumes. [MS-VDS] 1.9, 3.4.5 */
export const NAMED_VDS: readonly RpcInterface[] = [
  namedObject("118610b7-8d94-4030-b5b8-500889788e4e", "IEnumVdsObject", "Next Skip Reset Clone"),
  namedObject("8326cd1d-cf59-4936-b786-5efc08798e25", "IVdsAdviseSink", "OnNotify"),
  namedObject("d5d23b6d-5a55-4492-9889-397a3c2d2dbc", "IVdsAsync", "Cancel Wait QueryStatus"),
  namedObject("e0393303-90d4-4a97-ab71-e9b671ee2729", "IVdsServiceLoader", "LoadService"),
  namedObject("4afc3636-db01-4052-80c3-03bbcb8d3c69", "IVdsServiceInitialization", "Initialize"),
  namedObject(
    "0818a8ef-9ba9-40d8-a6f9-e22833cc771e",
    "IVdsService",
    `IsServiceReady WaitForServiceReady GetProperties QueryProviders QueryMaskedDisks QueryUnallocatedDisks GetObject
     QueryDriveLetters QueryFileSystemTypes Reenumerate Refresh CleanupObsoleteMountPoints Advise Unadvise Reboot
     SetFlags ClearFlags`,
  ),
  namedObject("0ac13689-3134-47c6-a17c-4669216801be", "IVdsServiceHba", "QueryHbaPorts"),
  namedObject("14fbe036-3ed7-4e10-90e9-a5ff991aff01", "IVdsServiceIscsi", "GetInitiatorName QueryInitiatorAdapters"),
  namedObject(
    "b6b22da8-f903-4be7-b492-c09d875ac9da",
    "IVdsServiceUninstallDisk",
    "GetDiskIdFromLunInfo UninstallDisks",
  ),
  namedObject("fc5d23e8-a88b-41a5-8de0-2d2f73c5a630", "IVdsServiceSAN", "GetSANPolicy SetSANPolicy"),
  namedObject("15fc031c-0652-4306-b2c3-f558b8f837e2", "IVdsServiceSw", "GetDiskObject"),
  namedObject("2abd757f-2851-4997-9a13-47d2a885d6ca", "IVdsHbaPort", "GetProperties SetAllPathStatuses"),
  namedObject("10c5e575-7984-4e81-a56b-431f5f92ae42", "IVdsProvider", "GetProperties"),
  namedObject("1732be13-e8f9-4a03-bfbc-5f616aa66ce1", "IVdsProviderSupport", "GetVersionSupport"),
  namedObject("9aa58360-ce33-4f92-b658-ed24b14425b8", "IVdsSwProvider", "QueryPacks CreatePack"),
  namedObject(
    "3b69d7f5-9d94-4648-91ca-79939ba263bf",
    "IVdsPack",
    `GetProperties GetProvider QueryVolumes QueryDisks CreateVolume AddDisk MigrateDisks ReplaceDisk RemoveMissingDisk
     Recover`,
  ),
  namedObject("13b50bff-290a-47dd-8558-b7c58db1a71a", "IVdsPack2", "CreateVolume2"),
  namedObject(
    "07e5c822-f00c-47a1-8fce-b244da56fd06",
    "IVdsDisk",
    "GetProperties GetPack GetIdentificationData QueryExtents ConvertStyle SetFlags ClearFlags",
  ),
  namedObject("40f73c8b-687d-4a13-8d96-3d7f2e683936", "IVdsDisk2", "SetSANMode"),
  namedObject("8f4b2f5d-ec15-4357-992f-473ef10975b9", "IVdsDisk3", "GetProperties2 QueryFreeExtents"),
  namedObject("90681b1d-6a7f-48e8-9061-31b7aa125322", "IVdsDiskOnline", "Online Offline"),
  namedObject(
    "538684e0-ba3d-4bc0-aca9-164aff85c2a9",
    "IVdsDiskPartitionMF",
    `GetPartitionFileSystemProperties GetPartitionFileSystemTypeName QueryPartitionFileSystemFormatSupport
     FormatPartitionEx`,
  ),
  namedObject("9cbe50ca-f2d2-4bf4-ace1-96896b729625", "IVdsDiskPartitionMF2", "FormatPartitionEx2"),
  namedObject(
    "6e6f6b40-977c-4069-bddd-ac710059f8c0",
    "IVdsAdvancedDisk",
    `GetPartitionProperties QueryPartitions CreatePartition DeletePartition ChangeAttributes AssignDriveLetter
     DeleteDriveLetter GetDriveLetter FormatPartition Clean`,
  ),
  namedObject("9723f420-9355-42de-ab66-e31bb15beeac", "IVdsAdvancedDisk2", "ChangePartitionType"),
  namedObject("3858c0d5-0f35-4bf5-9714-69874963bc36", "IVdsAdvancedDisk3", "GetProperties GetUniqueId"),
  namedObject("9882f547-cfc3-420b-9750-00dfbec50662", "IVdsCreatePartitionEx", "CreatePartitionEx"),
  namedObject("0316560b-5db4-4ed9-bbb5-213436ddc0d9", "IVdsRemovable", "QueryMedia Eject"),
  namedObject(
    "88306bb2-e71f-478c-86a2-79da200a0f11",
    "IVdsVolume",
    "GetProperties GetPack QueryPlexes Extend Shrink AddPlex BreakPlex RemovePlex Delete SetFlags ClearFlags",
  ),
  namedObject("72ae6713-dcbb-4a03-b36b-371f6ac6b53d", "IVdsVolume2", "GetProperties2"),
  namedObject(
    "ee2d5ded-6236-4169-931d-b9778ce03dc6",
    "IVdsVolumeMF",
    `GetFileSystemProperties Format AddAccessPath QueryAccessPaths QueryReparsePoints DeleteAccessPath Mount Dismount
     SetFileSystemFlags ClearFileSystemFlags`,
  ),
  namedObject(
    "4dbcee9a-6343-4651-b85f-5e75d74d983c",
    "IVdsVolumeMF2",
    "GetFileSystemTypeName QueryFileSystemFormatSupport FormatEx",
  ),
  namedObject(
    "6788faf9-214e-4b85-ba59-266953616e09",
    "IVdsVolumeMF3",
    "QueryVolumeGuidPathnames FormatEx2 OfflineVolume",
  ),
  namedObject("d68168c9-82a2-4f85-b6e9-74707c49a58f", "IVdsVolumeShrink", "QueryMaxReclaimableBytes Shrink"),
  namedObject("1be2275a-b315-4f70-9e44-879b3a2a53f2", "IVdsVolumeOnline", "Online"),
  namedObject("4daa0135-e1d1-40f1-aaa5-3cc1e53221c3", "IVdsVolumePlex", "GetProperties GetVolume QueryExtents Repair"),
  namedObject("1e062b84-e5e6-4b4b-8a25-67b81e8f13e8", "IVdsVDisk", "Open GetProperties GetHostVolume GetDeviceName"),
  namedObject(
    "b481498c-8354-45f9-84a0-0bdd2832a91f",
    "IVdsVdProvider",
    "QueryVDisks CreateVDisk AddVDisk GetDiskFromVDisk GetVDiskFromDisk",
  ),
  namedObject(
    "75c8f324-f715-4fe3-a28e-f9011b61a4a1",
    "IVdsOpenVDisk",
    "Attach Detach DetachAndDelete Compact Merge Expand",
  ),
];
