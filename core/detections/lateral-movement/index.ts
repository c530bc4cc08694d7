import type { Detection } from "../detection.ts";
import { activationRefused } from "./activation-refused.ts";
import { adminShareExecution } from "./admin-share-execution.ts";
import { adminShareFanOut } from "./admin-share-fan-out.ts";
import { agentDrivenByStranger } from "./agent-driven-by-stranger.ts";
import { backupServerAsClient } from "./backup-server-as-client.ts";
import { credentialSwitch } from "./credential-switch.ts";
import { dcomApplication } from "./dcom-application.ts";
import { foreignDatastore } from "./foreign-datastore.ts";
import { guestOperations } from "./guest-operations.ts";
import { hopChain } from "./hop-chain.ts";
import { newAccountIntoEstate } from "./new-account-into-estate.ts";
import { newPeer } from "./new-peer.ts";
import { ntlmInsteadOfKerberos } from "./ntlm-instead-of-kerberos.ts";
import { printerDriver } from "./printer-driver.ts";
import { smb1Exploit } from "./smb1-exploit.ts";
import { smbCompressionExploit } from "./smb-compression-exploit.ts";
import { serverServiceExploit } from "./server-service-exploit.ts";
import { rdpChannelExploit } from "./rdp-channel-exploit.ts";
import { dnsServerLibrary } from "./dns-server-library.ts";
import { dnsSignatureExploit } from "./dns-signature-exploit.ts";
import { programDelivery } from "./program-delivery.ts";
import { psexec } from "./psexec.ts";
import { rdpNewPath } from "./rdp-new-path.ts";
import { registryWrite } from "./registry-write.ts";
import { remoteScreen } from "./remote-screen.ts";
import { remoteService } from "./remote-service.ts";
import { scheduledTask } from "./scheduled-task.ts";
import { smbexec } from "./smbexec.ts";
import { sshNewPath } from "./ssh-new-path.ts";
import { sshTunnel } from "./ssh-tunnel.ts";
import { unusualPipe } from "./unusual-pipe.ts";
import { winrm } from "./winrm.ts";
import { wmiExecution } from "./wmi-execution.ts";
import { wmiWrite } from "./wmi-write.ts";
import { answeringHostConnects } from "./answering-host-connects.ts";
import { rarePath } from "./rare-path.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const LATERAL_MOVEMENT: readonly Detection[] = [
  remoteService,
  psexec,
  smbexec,
  adminShareExecution,
  adminShareFanOut,
  scheduledTask,
  wmiExecution,
  wmiWrite,
  dcomApplication,
  activationRefused,
  winrm,
  rdpNewPath,
  sshNewPath,
  programDelivery,
  printerDriver,
  smb1Exploit,
  smbCompressionExploit,
  dnsSignatureExploit,
  serverServiceExploit,
  rdpChannelExploit,
  dnsServerLibrary,
  registryWrite,
  backupServerAsClient,
  agentDrivenByStranger,
  newPeer,
  newAccountIntoEstate,
  hopChain,
  sshTunnel,
  ntlmInsteadOfKerberos,
  unusualPipe,
  remoteScreen,
  foreignDatastore,
  credentialSwitch,
  guestOperations,
  answeringHostConnects,
  rarePath,
];
