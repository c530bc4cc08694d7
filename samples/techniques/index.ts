import { adminShareWrite } from "./admin-share-write.ts";
import { archiveDelete } from "./archive-delete.ts";
import { archiveOverwrite } from "./archive-overwrite.ts";
import { archiveRead } from "./archive-read.ts";
import { archiveRename } from "./archive-rename.ts";
import { archiveTruncate } from "./archive-truncate.ts";
import { backupServerAsClient } from "./backup-server-as-client.ts";
import { bulkDelete } from "./bulk-delete.ts";
import { dcReplication } from "./dc-replication.ts";
import { dcsync } from "./dcsync.ts";
import { domainLogon } from "./domain-logon.ts";
import { largeUpload } from "./large-upload.ts";
import { newAdminProtocol } from "./new-admin-protocol.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { psexec } from "./psexec.ts";
import { ransomNote } from "./ransom-note.ts";
import { remoteService } from "./remote-service.ts";
import { retentionDelete } from "./retention-delete.ts";
import { scheduledTask } from "./scheduled-task.ts";
import { smbFileCopy } from "./smb-file-copy.ts";
import { smbPsexec } from "./smb-psexec.ts";
import { smbexec } from "./smbexec.ts";
import { veeamGuestProcessing } from "./veeam-guest-processing.ts";
import { wmiExec } from "./wmi-exec.ts";
import { zerologonReset } from "./zerologon-reset.ts";
import { zerologon } from "./zerologon.ts";
import type { Technique } from "./technique.ts";

/** Every small capture; `make.js --techniques` writes them all. */
export const TECHNIQUES = [
  smbPsexec,
  psexec,
  remoteService,
  smbexec,
  scheduledTask,
  wmiExec,
  adminShareWrite,
  dcsync,
  dcReplication,
  zerologon,
  zerologonReset,
  passwordGuessing,
  newAdminProtocol,
  archiveDelete,
  archiveRename,
  archiveTruncate,
  archiveOverwrite,
  archiveRead,
  bulkDelete,
  ransomNote,
  smbFileCopy,
  retentionDelete,
  veeamGuestProcessing,
  largeUpload,
  backupServerAsClient,
  domainLogon,
] as const satisfies readonly Technique[];
