import type { Detection } from "../detection.ts";
import { archiveRead } from "./archive-read.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const COLLECTION: readonly Detection[] = [archiveRead];
