import type { Technique } from "../technique.ts";
import { adminShareFanOut } from "./admin-share-fan-out.ts";
import { adminShareWrite } from "./admin-share-write.ts";
import { backupServerAsClient } from "./backup-server-as-client.ts";
import { dcomMmc20 } from "./dcom-mmc20.ts";
import { psexec } from "./psexec.ts";
import { registryWrite } from "./registry-write.ts";
import { remoteService } from "./remote-service.ts";
import { scheduledTask } from "./scheduled-task.ts";
import { smbFileCopy } from "./smb-file-copy.ts";
import { smbPsexec } from "./smb-psexec.ts";
import { smbexec } from "./smbexec.ts";
import { veeamGuestProcessing } from "./veeam-guest-processing.ts";
import { winrm } from "./winrm.ts";
import { wmiExec } from "./wmi-exec.ts";
import { wmiRefused } from "./wmi-refused.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const LATERAL_MOVEMENT = [
  adminShareFanOut,
  adminShareWrite,
  backupServerAsClient,
  dcomMmc20,
  psexec,
  registryWrite,
  remoteService,
  scheduledTask,
  smbFileCopy,
  smbPsexec,
  smbexec,
  veeamGuestProcessing,
  winrm,
  wmiExec,
  wmiRefused,
] as const satisfies readonly Technique[];
