import type { Detection } from "../detection.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { newDestination } from "./new-destination.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const COMMAND_AND_CONTROL: readonly Detection[] = [dnsTunnel, newDestination];
