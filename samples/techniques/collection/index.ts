import type { Technique } from "../technique.ts";
import { archiveRead } from "./archive-read.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const COLLECTION = [archiveRead] as const satisfies readonly Technique[];
