import { accountCreate } from "./account-create.ts";
import { accountEnumeration } from "./account-enumeration.ts";
import { adminShareFanOut } from "./admin-share-fan-out.ts";
import { adminShareWrite } from "./admin-share-write.ts";
import { archiveDelete } from "./archive-delete.ts";
import { archiveOverwrite } from "./archive-overwrite.ts";
import { archiveRead } from "./archive-read.ts";
import { archiveRename } from "./archive-rename.ts";
import { archiveTruncate } from "./archive-truncate.ts";
import { auditChange } from "./audit-change.ts";
import { backupServerAsClient } from "./backup-server-as-client.ts";
import { backupSoftwareSearch } from "./backup-software-search.ts";
import { bulkDelete } from "./bulk-delete.ts";
import { configurationBackupRead } from "./configuration-backup-read.ts";
import { credentialFiles } from "./credential-files.ts";
import { dcReplication } from "./dc-replication.ts";
import { dcomMmc20 } from "./dcom-mmc20.ts";
import { dcsync } from "./dcsync.ts";
import { directoryDatabase } from "./directory-database.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { domainLogon } from "./domain-logon.ts";
import { endpointDump } from "./endpoint-dump.ts";
import { eventLogClear } from "./event-log-clear.ts";
import { hiveSave } from "./hive-save.ts";
import { kerberoasting } from "./kerberoasting.ts";
import { kerberosSpraying } from "./kerberos-spraying.ts";
import { largeUpload } from "./large-upload.ts";
import { managementFromOutside } from "./management-from-outside.ts";
import { newAdminProtocol } from "./new-admin-protocol.ts";
import { passwordChange } from "./password-change.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { petitpotam } from "./petitpotam.ts";
import { portScan } from "./port-scan.ts";
import { portSweep } from "./port-sweep.ts";
import { psexec } from "./psexec.ts";
import { ransomNote } from "./ransom-note.ts";
import { registryRead } from "./registry-read.ts";
import { registryWrite } from "./registry-write.ts";
import { remoteService } from "./remote-service.ts";
import { remoteShutdown } from "./remote-shutdown.ts";
import { retentionDelete } from "./retention-delete.ts";
import { scheduledTask } from "./scheduled-task.ts";
import { secretRetrieval } from "./secret-retrieval.ts";
import { serviceStop } from "./service-stop.ts";
import { sessionEnumeration } from "./session-enumeration.ts";
import { shadowCopyDelete } from "./shadow-copy-delete.ts";
import { shareDelete } from "./share-delete.ts";
import { shareEnumeration } from "./share-enumeration.ts";
import { smbFileCopy } from "./smb-file-copy.ts";
import { smbPsexec } from "./smb-psexec.ts";
import { smbexec } from "./smbexec.ts";
import { sshGuessing } from "./ssh-guessing.ts";
import { sshUpload } from "./ssh-upload.ts";
import { veeamGuestProcessing } from "./veeam-guest-processing.ts";
import { winrm } from "./winrm.ts";
import { wmiExec } from "./wmi-exec.ts";
import { zerologon } from "./zerologon.ts";
import { zerologonReset } from "./zerologon-reset.ts";
import type { Technique } from "./technique.ts";

/** Every small capture; `make.js --techniques` writes them all. A new one is a file here and two lines below. */
export const TECHNIQUES = [
  accountCreate,
  accountEnumeration,
  adminShareFanOut,
  adminShareWrite,
  archiveDelete,
  archiveOverwrite,
  archiveRead,
  archiveRename,
  archiveTruncate,
  auditChange,
  backupServerAsClient,
  backupSoftwareSearch,
  bulkDelete,
  configurationBackupRead,
  credentialFiles,
  dcReplication,
  dcomMmc20,
  dcsync,
  directoryDatabase,
  dnsTunnel,
  domainLogon,
  endpointDump,
  eventLogClear,
  hiveSave,
  kerberoasting,
  kerberosSpraying,
  largeUpload,
  managementFromOutside,
  newAdminProtocol,
  passwordChange,
  passwordGuessing,
  petitpotam,
  portScan,
  portSweep,
  psexec,
  ransomNote,
  registryRead,
  registryWrite,
  remoteService,
  remoteShutdown,
  retentionDelete,
  scheduledTask,
  secretRetrieval,
  serviceStop,
  sessionEnumeration,
  shadowCopyDelete,
  shareDelete,
  shareEnumeration,
  smbFileCopy,
  smbPsexec,
  smbexec,
  sshGuessing,
  sshUpload,
  veeamGuestProcessing,
  winrm,
  wmiExec,
  zerologon,
  zerologonReset,
] as const satisfies readonly Technique[];
