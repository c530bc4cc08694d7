import type { Technique } from "../technique.ts";
import { dnsTunnel } from "./dns-tunnel.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const COMMAND_AND_CONTROL = [dnsTunnel] as const satisfies readonly Technique[];
