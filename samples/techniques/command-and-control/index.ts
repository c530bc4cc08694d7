import type { Technique } from "../technique.ts";
import { bareShell } from "./bare-shell.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { httpBeacon, statusPage } from "./http-beacon.ts";
import { mining } from "./mining.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const COMMAND_AND_CONTROL = [
  bareShell,
  dnsTunnel,
  httpBeacon,
  statusPage,
  mining,
] as const satisfies readonly Technique[];
