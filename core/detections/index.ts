import { accountChange } from "./admin-access/account-change.ts";
import { auditChange } from "./admin-access/audit-change.ts";
import { consoleFromStranger } from "./admin-access/console-from-stranger.ts";
import { passwordChange } from "./admin-access/password-change.ts";
import { archiveRead } from "./collection/archive-read.ts";
import { newDestination } from "./command-and-control/new-destination.ts";
import { dnsTunnel } from "./command-and-control/dns-tunnel.ts";
import { asrepRoasting } from "./credential-access/asrep-roasting.ts";
import { coercion } from "./credential-access/coercion.ts";
import { configurationBackup } from "./credential-access/configuration-backup.ts";
import { credentialFiles } from "./credential-access/credential-files.ts";
import { dcsync } from "./credential-access/dcsync.ts";
import { directoryDatabase } from "./credential-access/directory-database.ts";
import { hiveSave } from "./credential-access/hive-save.ts";
import { kerberoasting } from "./credential-access/kerberoasting.ts";
import { kerberosDowngrade } from "./credential-access/kerberos-downgrade.ts";
import { kerberosSpraying } from "./credential-access/kerberos-spraying.ts";
import { passwordGuessing } from "./credential-access/password-guessing.ts";
import { secretRetrieval } from "./credential-access/secret-retrieval.ts";
import { sshGuessing } from "./credential-access/ssh-guessing.ts";
import { zerologon } from "./credential-access/zerologon.ts";
import type { Detection } from "./detection.ts";
import { accountEnumeration } from "./discovery/account-enumeration.ts";
import { backupSoftwareSearch } from "./discovery/backup-software-search.ts";
import { endpointDump } from "./discovery/endpoint-dump.ts";
import { portScan } from "./discovery/port-scan.ts";
import { portSweep } from "./discovery/port-sweep.ts";
import { sessionEnumeration } from "./discovery/session-enumeration.ts";
import { shareEnumeration } from "./discovery/share-enumeration.ts";
import { newBulkDestination } from "./exfiltration/new-bulk-destination.ts";
import { sshUpload } from "./exfiltration/ssh-upload.ts";
import { uploadAsymmetry } from "./exfiltration/upload-asymmetry.ts";
import { managementFromOutside } from "./initial-access/management-from-outside.ts";
import { adminShareExecution } from "./lateral-movement/admin-share-execution.ts";
import { adminShareFanOut } from "./lateral-movement/admin-share-fan-out.ts";
import { agentDrivenByStranger } from "./lateral-movement/agent-driven-by-stranger.ts";
import { backupServerAsClient } from "./lateral-movement/backup-server-as-client.ts";
import { dcomApplication } from "./lateral-movement/dcom-application.ts";
import { newAccountIntoEstate } from "./lateral-movement/new-account-into-estate.ts";
import { newAdminProtocol } from "./lateral-movement/new-admin-protocol.ts";
import { printerDriver } from "./lateral-movement/printer-driver.ts";
import { programDelivery } from "./lateral-movement/program-delivery.ts";
import { psexec } from "./lateral-movement/psexec.ts";
import { rdpNewPath } from "./lateral-movement/rdp-new-path.ts";
import { registryWrite } from "./lateral-movement/registry-write.ts";
import { remoteService } from "./lateral-movement/remote-service.ts";
import { scheduledTask } from "./lateral-movement/scheduled-task.ts";
import { smbexec } from "./lateral-movement/smbexec.ts";
import { sshNewPath } from "./lateral-movement/ssh-new-path.ts";
import { winrm } from "./lateral-movement/winrm.ts";
import { wmiExecution } from "./lateral-movement/wmi-execution.ts";
import { archiveDeletion } from "./tampering/archive-deletion.ts";
import { archiveOverwrite } from "./tampering/archive-overwrite.ts";
import { archiveRename } from "./tampering/archive-rename.ts";
import { archiveTruncation } from "./tampering/archive-truncation.ts";
import { eventLogClear } from "./tampering/event-log-clear.ts";
import { ransomNote } from "./tampering/ransom-note.ts";
import { remoteShutdown } from "./tampering/remote-shutdown.ts";
import { serviceStop } from "./tampering/service-stop.ts";
import { shadowCopies } from "./tampering/shadow-copies.ts";
import { shareChange } from "./tampering/share-change.ts";

/** All detections, in the order of the story's phases. */
export const DETECTIONS: readonly Detection[] = [
  managementFromOutside,
  portSweep,
  portScan,
  endpointDump,
  shareEnumeration,
  sessionEnumeration,
  accountEnumeration,
  backupSoftwareSearch,
  dcsync,
  hiveSave,
  directoryDatabase,
  credentialFiles,
  kerberoasting,
  asrepRoasting,
  kerberosDowngrade,
  kerberosSpraying,
  coercion,
  sshGuessing,
  passwordGuessing,
  secretRetrieval,
  configurationBackup,
  zerologon,
  remoteService,
  psexec,
  smbexec,
  adminShareExecution,
  adminShareFanOut,
  scheduledTask,
  wmiExecution,
  dcomApplication,
  winrm,
  rdpNewPath,
  sshNewPath,
  programDelivery,
  printerDriver,
  registryWrite,
  backupServerAsClient,
  agentDrivenByStranger,
  newAdminProtocol,
  newAccountIntoEstate,
  consoleFromStranger,
  accountChange,
  passwordChange,
  auditChange,
  archiveRead,
  archiveDeletion,
  archiveRename,
  archiveTruncation,
  archiveOverwrite,
  shareChange,
  shadowCopies,
  eventLogClear,
  serviceStop,
  remoteShutdown,
  ransomNote,
  dnsTunnel,
  newDestination,
  sshUpload,
  uploadAsymmetry,
  newBulkDestination,
];
