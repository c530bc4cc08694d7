import type { Detection } from "../detection.ts";
import { captureLoss } from "./capture-loss.ts";
import { clientIdentity } from "./client-identity.ts";
import { clockDisagreement } from "./clock-disagreement.ts";
import { contentAddress } from "./content-address.ts";
import { contentName } from "./content-name.ts";
import { entropyJump } from "./entropy-jump.ts";
import { listingDiffers } from "./listing-differs.ts";
import { manifestMismatch } from "./manifest-mismatch.ts";
import { reportOfChanges } from "./report-of-changes.ts";
import { restoredDiffers } from "./restored-differs.ts";
import { missingLock } from "./missing-lock.ts";
import { productVerdict } from "./product-verdict.ts";
import { refusedChange } from "./refused-change.ts";
import { repositoryCheck } from "./repository-check.ts";
import { uploadDigest } from "./upload-digest.ts";
import { wrongServer } from "./wrong-server.ts";
import { jobMissing } from "./job-missing.ts";
import { volumeCollapse } from "./volume-collapse.ts";
import { volumeDrift } from "./volume-drift.ts";
import { volumeSurge } from "./volume-surge.ts";
import { ratioCollapse } from "./ratio-collapse.ts";
import { chainMetadata } from "./chain-metadata.ts";

/** Detections about the state of the data and of the evidence. A new one is a file here and two lines below. */
export const INTEGRITY: readonly Detection[] = [
  entropyJump,
  contentName,
  manifestMismatch,
  contentAddress,
  uploadDigest,
  reportOfChanges,
  listingDiffers,
  repositoryCheck,
  productVerdict,
  refusedChange,
  missingLock,
  captureLoss,
  clockDisagreement,
  clientIdentity,
  restoredDiffers,
  wrongServer,
  jobMissing,
  volumeCollapse,
  volumeSurge,
  volumeDrift,
  ratioCollapse,
  chainMetadata,
];
