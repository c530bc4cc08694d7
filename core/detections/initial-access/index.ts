import type { Detection } from "../detection.ts";
import { arcserveBypass } from "./arcserve-bypass.ts";
import { arcserveDatabase } from "./arcserve-database.ts";
import { backupExecAgent } from "./backup-exec-agent.ts";
import { commvaultDeploy } from "./commvault-deploy.ts";
import { commvaultInternalAccount } from "./commvault-internal-account.ts";
import { distributionService } from "./distribution-service.ts";
import { enterpriseManagerBypass } from "./enterprise-manager-bypass.ts";
import { firstDownload } from "./first-download.ts";
import { heartbleed } from "./heartbleed.ts";
import { hypervisorSlp } from "./hypervisor-slp.ts";
import { log4shell } from "./log4shell.ts";
import { managementFromOutside } from "./management-from-outside.ts";
import { minioBootstrap } from "./minio-bootstrap.ts";
import { nakivoFileRead } from "./nakivo-file-read.ts";
import { nasArchiver } from "./nas-archiver.ts";
import { outOfBandName } from "./out-of-band-name.ts";
import { unknownDevice } from "./unknown-device.ts";
import { vcenterAnalytics } from "./vcenter-analytics.ts";
import { vcenterVrops } from "./vcenter-vrops.ts";
import { vcenterVsan } from "./vcenter-vsan.ts";
import { veeamCallBack } from "./veeam-call-back.ts";
import { veeamSecurePort } from "./veeam-secure-port.ts";
import { veeamServiceFromWorkstation } from "./veeam-service-from-workstation.ts";
import { webInjection } from "./web-injection.ts";
import { webShell } from "./web-shell.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const INITIAL_ACCESS: readonly Detection[] = [
  managementFromOutside,
  unknownDevice,
  veeamSecurePort,
  veeamCallBack,
  veeamServiceFromWorkstation,
  enterpriseManagerBypass,
  distributionService,
  backupExecAgent,
  nakivoFileRead,
  commvaultDeploy,
  commvaultInternalAccount,
  arcserveBypass,
  arcserveDatabase,
  nasArchiver,
  minioBootstrap,
  vcenterVsan,
  vcenterVrops,
  vcenterAnalytics,
  hypervisorSlp,
  log4shell,
  heartbleed,
  webInjection,
  outOfBandName,
  webShell,
  firstDownload,
];
