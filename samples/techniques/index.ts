import { smbPsexec } from "./smb-psexec.ts";
import type { Technique } from "./technique.ts";

export const TECHNIQUES = [smbPsexec] as const satisfies readonly Technique[];
