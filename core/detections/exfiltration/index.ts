import type { Detection } from "../detection.ts";
import { backupCarrier } from "./backup-carrier.ts";
import { cloudClient } from "./cloud-client.ts";
import { cloudStorage } from "./cloud-storage.ts";
import { ftpUpload } from "./ftp-upload.ts";
import { megaUpload } from "./mega.ts";
import { mirroredTraffic } from "./mirrored-traffic.ts";
import { ndmpMover } from "./ndmp-mover.ts";
import { newBulkDestination } from "./new-bulk-destination.ts";
import { outsideWindow } from "./outside-window.ts";
import { providerCopy } from "./provider-copy.ts";
import { rclone } from "./rclone.ts";
import { sharingService } from "./sharing-service.ts";
import { slowExport } from "./slow-export.ts";
import { sshBulk } from "./ssh-bulk.ts";
import { sshUpload } from "./ssh-upload.ts";
import { stagingHost } from "./staging-host.ts";
import { udpUpload } from "./udp-upload.ts";
import { unknownBucket } from "./unknown-bucket.ts";
import { uploadAsymmetry } from "./upload-asymmetry.ts";
import { webdavUpload } from "./webdav-upload.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const EXFILTRATION: readonly Detection[] = [
  stagingHost,
  rclone,
  megaUpload,
  cloudClient,
  cloudStorage,
  unknownBucket,
  sharingService,
  backupCarrier,
  providerCopy,
  sshUpload,
  sshBulk,
  ftpUpload,
  webdavUpload,
  udpUpload,
  ndmpMover,
  mirroredTraffic,
  uploadAsymmetry,
  newBulkDestination,
  outsideWindow,
  slowExport,
];
