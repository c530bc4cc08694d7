import type { Detection } from "../detection.ts";
import { accountRemoval } from "./account-removal.ts";
import { archiveDeletion } from "./archive-deletion.ts";
import { archiveOverwrite } from "./archive-overwrite.ts";
import { archiveRename } from "./archive-rename.ts";
import { archiveTruncation } from "./archive-truncation.ts";
import { azureDeletion } from "./azure-deletion.ts";
import { b2Deletion } from "./b2-deletion.ts";
import { backupServerRemoval } from "./backup-server-removal.ts";
import { bucketSettings } from "./bucket-settings.ts";
import { clientKey } from "./client-key.ts";
import { clockJump } from "./clock-jump.ts";
import { databaseDestruction } from "./database-destruction.ts";
import { destructiveBlocks } from "./destructive-blocks.ts";
import { eventLogClear } from "./event-log-clear.ts";
import { eventServiceCrash } from "./event-service-crash.ts";
import { gcsDeletion } from "./gcs-deletion.ts";
import { inPlaceEncryption } from "./in-place-encryption.ts";
import { lifecycleRule } from "./lifecycle-rule.ts";
import { logSilence } from "./log-silence.ts";
import { machineDestruction } from "./machine-destruction.ts";
import { massPowerOff } from "./mass-power-off.ts";
import { mediaMoved } from "./media-moved.ts";
import { nfsDeletion } from "./nfs-deletion.ts";
import { nfsRename } from "./nfs-rename.ts";
import { nfsTruncation } from "./nfs-truncation.ts";
import { objectDeletion } from "./object-deletion.ts";
import { permissions } from "./permissions.ts";
import { productDeletions } from "./product-deletions.ts";
import { productSettings } from "./product-settings.ts";
import { ransomNote } from "./ransom-note.ts";
import { remoteShutdown } from "./remote-shutdown.ts";
import { repositoryDeletion } from "./repository-deletion.ts";
import { retentionWeakened } from "./retention-weakened.ts";
import { rsyncDelete } from "./rsync-delete.ts";
import { serviceStop } from "./service-stop.ts";
import { shadowCopies } from "./shadow-copies.ts";
import { shareChange } from "./share-change.ts";
import { snapshotRemoval } from "./snapshot-removal.ts";
import { storageFull } from "./storage-full.ts";
import { tapeErasure } from "./tape-erasure.ts";
import { versionDeletion } from "./version-deletion.ts";
import { versioningSuspended } from "./versioning-suspended.ts";
import { zeroedRanges } from "./zeroed-ranges.ts";

/** Detections of this phase, in the order of their ids. A new one is a file here and two lines below. */
export const TAMPERING: readonly Detection[] = [
  archiveDeletion,
  archiveRename,
  archiveTruncation,
  archiveOverwrite,
  inPlaceEncryption,
  zeroedRanges,
  permissions,
  shareChange,
  nfsDeletion,
  nfsRename,
  nfsTruncation,
  objectDeletion,
  versionDeletion,
  versioningSuspended,
  lifecycleRule,
  retentionWeakened,
  bucketSettings,
  clientKey,
  azureDeletion,
  gcsDeletion,
  b2Deletion,
  repositoryDeletion,
  backupServerRemoval,
  rsyncDelete,
  tapeErasure,
  destructiveBlocks,
  mediaMoved,
  snapshotRemoval,
  machineDestruction,
  massPowerOff,
  shadowCopies,
  eventLogClear,
  serviceStop,
  remoteShutdown,
  productDeletions,
  productSettings,
  clockJump,
  ransomNote,
  accountRemoval,
  logSilence,
  storageFull,
  databaseDestruction,
  eventServiceCrash,
];
