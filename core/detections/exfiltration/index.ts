import type { Detection } from "../detection.ts";
import { newBulkDestination } from "./new-bulk-destination.ts";
import { sshUpload } from "./ssh-upload.ts";
import { uploadAsymmetry } from "./upload-asymmetry.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const EXFILTRATION: readonly Detection[] = [sshUpload, uploadAsymmetry, newBulkDestination];
