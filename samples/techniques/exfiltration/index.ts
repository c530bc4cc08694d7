import type { Technique } from "../technique.ts";
import { largeUpload } from "./large-upload.ts";
import { sshUpload } from "./ssh-upload.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const EXFILTRATION = [largeUpload, sshUpload] as const satisfies readonly Technique[];
