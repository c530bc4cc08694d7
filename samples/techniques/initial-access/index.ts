import type { Technique } from "../technique.ts";
import { managementFromOutside } from "./management-from-outside.ts";
import { webInjection } from "./web-injection.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const INITIAL_ACCESS = [managementFromOutside, webInjection] as const satisfies readonly Technique[];
