import type { Detection } from "../detection.ts";
import { managementFromOutside } from "./management-from-outside.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const INITIAL_ACCESS: readonly Detection[] = [managementFromOutside];
